/* What a user sets that is no selection: the filter, and how maps are shown. */
#include "session/session-private.h"

#include <math.h>

#include "base/error.h"
#include "session/filter-spec.h"

#define DEFAULT_FILTER "longmamba"

/* --- the filter ---------------------------------------------------------------------------------
 */

/* Takes SPEC, which has no θ, over. TRUE if that is a change. */
static gboolean
put_filter (ScopeSession *self, char *spec, double theta)
{
  gboolean moved = theta != self->theta && !(isnan (theta) && isnan (self->theta));
  char *joined = scope_filter_spec_join (spec, theta);
  gboolean changed = g_strcmp0 (joined, self->filter_spec) != 0;

  g_free (self->filter);
  g_free (self->filter_spec);
  self->filter = spec;
  self->filter_spec = joined;
  self->theta = theta;
  if (moved)
    scope_session_notify (self, PROP_THETA);
  if (changed)
    scope_session_notify (self, PROP_FILTER_SPEC);
  return moved || changed;
}

gboolean
scope_session_set_filter (ScopeSession *self, const char *spec, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self) && spec != NULL, FALSE);
  double theta;
  char *plain = scope_filter_spec_split (spec, &theta, error);

  if (plain == NULL)
    return FALSE;
  if (g_str_equal (plain, "off")) {
    g_free (plain);
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
                 "filter off: expected a method that the switch can put on");
    return FALSE;
  }
  g_object_freeze_notify (G_OBJECT (self));
  if (put_filter (self, plain, isnan (theta) ? self->theta : theta))
    scope_session_request_layer (self);
  g_object_thaw_notify (G_OBJECT (self));
  return TRUE;
}

const char *
scope_session_get_filter (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->filter_spec;
}

void
scope_session_put_setting (ScopeSession *self, const ScopeSetting *setting)
{
  gboolean on = !g_str_equal (setting->spec, "off");
  double theta;
  char *spec = scope_filter_spec_split (on ? setting->spec : self->filter, &theta, NULL);

  g_object_freeze_notify (G_OBJECT (self));
  if (on != self->filter_on) {
    self->filter_on = on;
    scope_session_notify (self, PROP_FILTER_ON);
  }
  put_filter (self, spec != NULL ? spec : g_strdup (DEFAULT_FILTER), setting->theta);
  g_object_thaw_notify (G_OBJECT (self));
}

void
scope_session_reset_filter (ScopeSession *self)
{
  put_filter (self, g_strdup (DEFAULT_FILTER), NAN);
}

void
scope_session_set_filter_on (ScopeSession *self, gboolean on)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  if (!on == !self->filter_on)
    return;
  self->filter_on = on != FALSE;
  scope_session_notify (self, PROP_FILTER_ON);
  scope_session_request_layer (self);
}

void
scope_session_set_theta (ScopeSession *self, double theta)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  if (!isnan (theta))
    theta = CLAMP (theta, G_MINDOUBLE, 1.0);
  g_object_freeze_notify (G_OBJECT (self));
  if (put_filter (self, g_strdup (self->filter), theta))
    scope_session_request_layer (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* --- how maps are shown -------------------------------------------------------------------------
 */

double
scope_session_get_epsilon (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), SCOPE_DEFAULT_EPSILON);
  return self->epsilon;
}

void
scope_session_set_epsilon (ScopeSession *self, double epsilon)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  if (!(epsilon > 0.0 && epsilon <= 1.0) || epsilon == self->epsilon)
    return;
  self->epsilon = epsilon;
  scope_session_notify (self, PROP_EPSILON);
}

ScopeNormKind
scope_session_get_norm (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), SCOPE_NORM_LOG);
  return self->norm;
}

void
scope_session_set_norm (ScopeSession *self, ScopeNormKind norm)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && norm < SCOPE_N_NORMS);
  if (norm == self->norm)
    return;
  self->norm = norm;
  scope_session_notify (self, PROP_NORM);
}

ScopePalette
scope_session_get_palette (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), SCOPE_PALETTE_VIRIDIS);
  return self->palette;
}

void
scope_session_set_palette (ScopeSession *self, ScopePalette palette)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && palette < SCOPE_N_PALETTES);
  if (palette == self->palette)
    return;
  self->palette = palette;
  scope_session_notify (self, PROP_PALETTE);
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void
can_undo_cb (ScopeSession *self)
{
  scope_session_notify (self, PROP_CAN_UNDO);
}

static void
can_redo_cb (ScopeSession *self)
{
  scope_session_notify (self, PROP_CAN_REDO);
}

void
scope_session_settings_init (ScopeSession *self)
{
  self->epsilon = SCOPE_DEFAULT_EPSILON;
  self->norm = SCOPE_NORM_LOG;
  self->palette = SCOPE_PALETTE_VIRIDIS;
  self->filter = g_strdup (DEFAULT_FILTER);
  self->filter_spec = g_strdup (DEFAULT_FILTER);
  self->history = scope_history_new ();
  scope_session_register (self);
  g_signal_connect_swapped (self->history, "notify::can-undo", G_CALLBACK (can_undo_cb), self);
  g_signal_connect_swapped (self->history, "notify::can-redo", G_CALLBACK (can_redo_cb), self);
}

void
scope_session_settings_clear (ScopeSession *self)
{
  g_signal_handlers_disconnect_by_data (self->history, self);
  g_clear_object (&self->history);
  g_clear_pointer (&self->filter, g_free);
  g_clear_pointer (&self->filter_spec, g_free);
}
