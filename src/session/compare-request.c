#include "session/compare-private.h"

#include <string.h>

#include "base/error.h"

static void
release_look (ScopeCompare *self, ScopeSide side)
{
  scope_engine_release (self->session->engine, g_steal_pointer (&self->look[side]),
                        (GDestroyNotify)scope_look_unref);
  g_clear_pointer (&self->key[side], g_free);
  g_clear_pointer (&self->map_key[side], g_free);
}

void
scope_compare_drop_results (ScopeCompare *self)
{
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    release_look (self, k);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++) {
    scope_compare_picture_clear (&self->coarse[k]);
    scope_compare_picture_clear (&self->fine[k]);
    self->most[k] = 0;
  }
  g_clear_pointer (&self->decay, scope_result_unref);
  g_clear_pointer (&self->row, scope_compare_row_unref);
  g_clear_pointer (&self->message, g_free);
}

void
scope_compare_drop (ScopeCompare *self)
{
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_COMPARE);
  scope_session_notify_busy (self->session);
  scope_compare_drop_results (self);
  scope_engine_release (self->session->engine, self->bench,
                        (GDestroyNotify)scope_compare_bench_unref);
  self->bench = scope_compare_bench_new ();
  self->asked = FALSE;
  self->want_coarse = TRUE;
}

/* --- orders -------------------------------------------------------------------------------------
 */

/* What a look is of. The stage's address is no more than a name here: what is open is dropped
 * before another can come to lie there. */
static char *
look_key (ScopeCompare *self, ScopeSide k)
{
  const ScopeCompareSide *side = &self->side[k];
  ScopeSetting setting = { NULL, 0.0 };

  scope_compare_fill_setting (self, k, &setting);
  char *key = g_strdup_printf ("%p|%s|%s|%s|%g|%" G_GSIZE_FORMAT, (void *)self->session->stage,
                               side->model != NULL ? side->model : "",
                               side->text != NULL ? side->text : "", setting.spec, setting.theta,
                               scope_compare_layer (self, k));
  scope_setting_clear (&setting);
  return key;
}

static char *
map_key (ScopeCompare *self, ScopeSide k)
{
  g_autofree char *look = look_key (self, k);

  return g_strdup_printf ("%s|%d|%" G_GSIZE_FORMAT, look, (int)self->session->kind,
                          scope_compare_channel (self, k));
}

/* The look that is here, or the session's own where it is the same. NULL: none. */
static ScopeLook *
find_look (ScopeCompare *self, ScopeSide k)
{
  const ScopeCompareSide *side = &self->side[k];
  ScopeLook *own = self->session->look;
  ScopeSetting setting = { NULL, 0.0 };
  g_autofree char *key = look_key (self, k);

  if (self->look[k] != NULL && g_strcmp0 (self->key[k], key) == 0)
    return scope_look_ref (self->look[k]);
  if (side->model != NULL || side->text != NULL || own == NULL || own->view.preview
      || own->view.layer != scope_compare_layer (self, k))
    return NULL;
  scope_compare_fill_setting (self, k, &setting);
  gboolean same = g_str_equal (setting.spec, own->setting.spec);
  scope_setting_clear (&setting);
  return same ? scope_look_ref (own) : NULL;
}

static ScopeCompareOrder *
new_order (ScopeCompare *self)
{
  ScopeSession *session = self->session;
  ScopeCompareOrder *in = g_new0 (ScopeCompareOrder, 1);

  in->bench = scope_compare_bench_ref (self->bench);
  in->home = scope_stage_ref (session->stage);
  in->backend = session->backend;
  in->palette = session->palette;
  in->norm = session->norm;
  in->size = self->pixels;
  in->difference = self->mode == SCOPE_COMPARE_MODE_DIFFERENCE;
  in->row = session->row;
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    ScopeCompareOrderSide *side = &in->side[k];
    side->model = g_strdup (self->side[k].model);
    side->text = g_strdup (self->side[k].text);
    scope_compare_fill_setting (self, k, &side->setting);
    side->layer = scope_compare_layer (self, k);
    side->spec = (ScopeMapSpec){ .channel = scope_compare_channel (self, k),
                                 .kind = session->kind,
                                 .lane = -1 };
    side->range = self->range[k];
    in->look[k] = find_look (self, k);
    g_free (self->asked_key[k]);
    g_free (self->asked_map_key[k]);
    self->asked_key[k] = look_key (self, k);
    self->asked_map_key[k] = map_key (self, k);
  }
  for (guint k = 0; k < SCOPE_N_PICTURES; k++) {
    in->most[k] = self->most[k];
    scope_compare_picture_copy (&in->old[k], &self->coarse[k]);
  }
  return in;
}

static void on_done (gpointer result, const GError *error, gpointer owner);

/* The newest of a kind wins: what an order under way was to bring is asked for again with it. But
 * for an opening nobody starts over because the pointer moved. */
static void
post (ScopeCompare *self)
{
  if (!self->shown || self->session->stage == NULL || self->session->look == NULL)
    return;
  if (self->asked && self->asked_coarse && !self->want_coarse)
    return;
  if (!self->want_coarse && !self->want_fine && !self->want_row)
    return;
  if (self->asked) {
    self->want_fine |= self->asked_fine;
    self->want_row |= self->asked_row;
  }
  ScopeCompareOrder *in = new_order (self);
  /* Coarse first: the view is refined once that is on screen. */
  in->coarse = self->asked_coarse = self->want_coarse;
  in->fine = self->asked_fine = self->want_fine && !in->coarse && self->pixels > 0;
  in->text = self->asked_row = self->want_row;
  self->want_coarse = self->want_row = FALSE;
  self->want_fine &= in->coarse;
  self->asked = TRUE;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_COMPARE, scope_compare_work, in,
                     (GDestroyNotify)scope_compare_order_free,
                     (GDestroyNotify)scope_compare_haul_free, on_done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
  scope_compare_tell_busy (self);
}

/* --- results ------------------------------------------------------------------------------------
 */

static void
take_pictures (ScopeCompare *self, ScopeCompareHaul *haul)
{
  for (guint k = 0; k < SCOPE_N_PICTURES; k++) {
    gboolean other_scale
        = self->norm[k].high != haul->norm[k].high || self->norm[k].kind != haul->norm[k].kind;
    self->most[k] = haul->most[k];
    self->norm[k] = haul->norm[k];
    scope_compare_picture_copy (&self->coarse[k], &haul->coarse[k]);
    if (haul->fine[k].result != NULL)
      scope_compare_picture_copy (&self->fine[k], &haul->fine[k]);
    else if (haul->coarse_made || other_scale) /* it is of something else, or in other colours */
      scope_compare_picture_clear (&self->fine[k]);
  }
}

static void
take_haul (ScopeCompare *self, ScopeCompareHaul *haul)
{
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    release_look (self, k);
    self->look[k] = g_steal_pointer (&haul->look[k]);
    self->key[k] = g_steal_pointer (&self->asked_key[k]);
    self->map_key[k] = g_steal_pointer (&self->asked_map_key[k]);
    self->spec[k] = haul->spec[k];
  }
  take_pictures (self, haul);
  self->kind = haul->spec[SCOPE_SIDE_A].kind;
  if (haul->decay != NULL) {
    g_clear_pointer (&self->decay, scope_result_unref);
    self->decay = g_steal_pointer (&haul->decay);
  }
  if (haul->row != NULL) {
    g_clear_pointer (&self->row, scope_compare_row_unref);
    self->row = g_steal_pointer (&haul->row);
  }
  self->want_fine |= haul->coarse_made;
}

static void
fail (ScopeCompare *self, const GError *error)
{
  if (error->domain == SCOPE_BACKEND_ERROR && !scope_session_fail (self->session, error))
    return; /* all of it is being done anew elsewhere */
  scope_compare_drop_results (self);
  self->message = g_strdup (error->message);
}

static void
on_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeCompare *self = owner;

  self->asked = FALSE;
  if (error != NULL) {
    fail (self, error);
  } else {
    g_clear_pointer (&self->message, g_free);
    take_haul (self, result);
    /* What was not taken over is the engine's to free. */
    scope_engine_release (self->session->engine, result, (GDestroyNotify)scope_compare_haul_free);
  }
  scope_compare_tell_changed (self);
  scope_compare_tell_busy (self);
  if (error == NULL)
    post (self);
}

void
scope_compare_update (ScopeCompare *self)
{
  ScopeSession *session = self->session;

  for (guint k = 0; k < SCOPE_N_SIDES && session->stage != NULL; k++) {
    g_autofree char *key = map_key (self, k);
    self->want_coarse |= g_strcmp0 (key, self->map_key[k]) != 0;
  }
  if (self->kind != session->kind) /* other numbers: a scale of their own */
    memset (self->most, 0, sizeof self->most);
  if (self->want_coarse)
    self->want_row |= self->shows_text;
  post (self);
}
