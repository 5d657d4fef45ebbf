#include "session/sweep.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "session/session-private.h"
#include "session/sweep-private.h"

#define DEFAULT_FILTERS "off\nlongmamba"
#define DEFAULT_SCORE   100
#define MAX_WINDOWS     10000

enum {
  PROP_NONE,
  PROP_FILTERS,
  PROP_LENGTHS,
  PROP_SCORE,
  PROP_WINDOWS,
  PROP_PROTOCOL,
  PROP_RUNNING,
  PROP_TABLE,
  PROP_KEPT,
  N_SWEEP_PROPS
};
static GParamSpec *props[N_SWEEP_PROPS];

G_DEFINE_FINAL_TYPE (ScopeSweep, scope_sweep, G_TYPE_OBJECT)

static void
notify (ScopeSweep *self, guint prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

/* --- settings -----------------------------------------------------------------------------------
 */

const char *
scope_sweep_get_filters (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), NULL);
  return self->filters;
}

static void
set_text (ScopeSweep *self, char **slot, const char *text, guint prop)
{
  if (g_strcmp0 (*slot, text) == 0)
    return;
  g_free (*slot);
  *slot = g_strdup (text != NULL ? text : "");
  notify (self, prop);
}

void
scope_sweep_set_filters (ScopeSweep *self, const char *specs)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  set_text (self, &self->filters, specs, PROP_FILTERS);
}

gboolean
scope_sweep_has_filter (ScopeSweep *self, const char *spec)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self) && spec != NULL, FALSE);
  g_auto (GStrv) lines = g_strsplit (self->filters, "\n", -1);
  return g_strv_contains ((const char *const *)lines, spec);
}

gboolean
scope_sweep_set_filter (ScopeSweep *self, const char *spec, gboolean on, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self) && spec != NULL, FALSE);
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, error);
  g_auto (GStrv) lines = g_strsplit (self->filters, "\n", -1);
  g_autoptr (GString) out = g_string_new (NULL);
  if (filter == NULL)
    return FALSE;
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0' && !g_str_equal (*line, spec))
      g_string_append_printf (out, "%s%s", out->len > 0 ? "\n" : "", *line);
  if (on && scope_sweep_has_filter (self, spec))
    return TRUE;
  if (on)
    g_string_append_printf (out, "%s%s", out->len > 0 ? "\n" : "", spec);
  scope_sweep_set_filters (self, out->str);
  return TRUE;
}

const char *
scope_sweep_get_lengths (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), NULL);
  return self->lengths;
}

void
scope_sweep_set_lengths (ScopeSweep *self, const char *lengths)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  set_text (self, &self->lengths, lengths, PROP_LENGTHS);
}

char *
scope_sweep_default_lengths (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  gsize tokens = scope_session_length (self->session);
  gsize first = scope_session_get_train_length (self->session);
  while (first > tokens)
    first /= 2;
  for (gsize length = MAX (first, 2); length <= tokens; length *= 2)
    g_string_append_printf (out, "%s%" G_GSIZE_FORMAT, out->len > 0 ? ", " : "", length);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- results ------------------------------------------------------------------------------------
 */

const ScopeSweepTable *
scope_sweep_get_table (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), NULL);
  return self->run != NULL ? &self->run->table : NULL;
}

ScopeResult *
scope_sweep_make_result (ScopeSweep *self)
{
  const ScopeSweepTable *table = scope_sweep_get_table (self);
  if (table == NULL || !(table->done > 0))
    return NULL;
  return scope_result_sweep ((const char *const *)table->filters, table->n_filters, table->rows,
                             table->n_lengths, table->train_length);
}

char *
scope_sweep_make_csv (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), NULL);
  return self->run != NULL ? scope_sweep_run_csv (self->run) : NULL;
}

char *
scope_sweep_command_line (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), NULL);
  return self->run != NULL ? scope_sweep_run_command (self->run) : NULL;
}

static void
end_export (ScopeSweep *self, const GError *error)
{
  ScopeSweepDone done = g_steal_pointer (&self->export_done);
  if (done != NULL)
    done (self, error, self->export_data);
}

/* Somebody cancelled everything. */
static void
busy_changed (ScopeSweep *self)
{
  ScopeEngine *engine = self->session->engine;
  if (self->running && !scope_engine_has (engine, SCOPE_REQUEST_SWEEP))
    scope_sweep_note_end (self);
  if (self->export_done == NULL || scope_engine_has (engine, SCOPE_REQUEST_EXPORT))
    return;
  g_autoptr (GError) error = g_error_new_literal (SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "Cancelled");
  end_export (self, error);
}

static void
on_export_done (gpointer result, const GError *error, gpointer owner)
{
  g_free (result);
  end_export (owner, error);
}

void
scope_sweep_export (ScopeSweep *self, const char *path, ScopeSweepDone done, gpointer data)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self) && path != NULL && done != NULL && self->run != NULL);
  g_autoptr (GError) error
      = g_error_new_literal (SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "A newer export came first");
  end_export (self, error);
  self->export_done = done;
  self->export_data = data;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_EXPORT, scope_sweep_export_work,
                     scope_sweep_export_new (self->run, path),
                     (GDestroyNotify)scope_sweep_export_free, g_free, on_export_done,
                     G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
text_changed (ScopeSweep *self)
{
  if (self->run == NULL || self->run->stage == self->session->stage)
    return;
  scope_sweep_stop (self);
  scope_sweep_drop_run (self);
  scope_sweep_set_kept (self, 0);
  notify (self, PROP_TABLE);
}

static void
scope_sweep_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeSweep *self = SCOPE_SWEEP (object);
  switch (id) {
  case PROP_FILTERS:
    g_value_set_string (value, self->filters);
    break;
  case PROP_LENGTHS:
    g_value_set_string (value, self->lengths);
    break;
  case PROP_SCORE:
    g_value_set_uint (value, self->score);
    break;
  case PROP_WINDOWS:
    g_value_set_uint (value, self->windows);
    break;
  case PROP_PROTOCOL:
    g_value_set_string (value, scope_protocol_names[self->protocol]);
    break;
  case PROP_KEPT:
    g_value_set_double (value, self->kept);
    break;
  case PROP_RUNNING:
    g_value_set_boolean (value, self->running);
    break;
  case PROP_TABLE:
    g_value_set_pointer (value, (gpointer)scope_sweep_get_table (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
set_number (ScopeSweep *self, guint *slot, guint value, guint prop)
{
  if (*slot == value)
    return;
  *slot = value;
  notify (self, prop);
}

/* A name that is none leaves it as it is. */
static void
set_protocol (ScopeSweep *self, const char *name)
{
  ScopeProtocol protocol;
  if (name == NULL || !scope_protocol_parse (name, &protocol) || protocol == self->protocol)
    return;
  self->protocol = protocol;
  notify (self, PROP_PROTOCOL);
}

static void
scope_sweep_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeSweep *self = SCOPE_SWEEP (object);
  switch (id) {
  case PROP_FILTERS:
    scope_sweep_set_filters (self, g_value_get_string (value));
    break;
  case PROP_LENGTHS:
    scope_sweep_set_lengths (self, g_value_get_string (value));
    break;
  case PROP_SCORE:
    set_number (self, &self->score, g_value_get_uint (value), id);
    break;
  case PROP_WINDOWS:
    set_number (self, &self->windows, g_value_get_uint (value), id);
    break;
  case PROP_PROTOCOL:
    set_protocol (self, g_value_get_string (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_sweep_dispose (GObject *object)
{
  ScopeSweep *self = SCOPE_SWEEP (object);
  if (self->session != NULL) {
    self->export_done = NULL;
    /* In silence: who would listen is on the way out, too. */
    if (self->running)
      scope_engine_cancel (self->session->engine, SCOPE_REQUEST_SWEEP);
    self->running = FALSE;
    scope_sweep_drop_run (self);
    g_clear_object (&self->session);
  }
  G_OBJECT_CLASS (scope_sweep_parent_class)->dispose (object);
}

static void
scope_sweep_finalize (GObject *object)
{
  ScopeSweep *self = SCOPE_SWEEP (object);
  g_free (self->filters);
  g_free (self->lengths);
  g_free (self->folder);
  G_OBJECT_CLASS (scope_sweep_parent_class)->finalize (object);
}

static void
scope_sweep_class_init (ScopeSweepClass *class)
{
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags write = read | G_PARAM_WRITABLE;
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->get_property = scope_sweep_get_property;
  object_class->set_property = scope_sweep_set_property;
  object_class->dispose = scope_sweep_dispose;
  object_class->finalize = scope_sweep_finalize;
  props[PROP_FILTERS] = g_param_spec_string ("filters", NULL, NULL, DEFAULT_FILTERS, write);
  props[PROP_LENGTHS] = g_param_spec_string ("lengths", NULL, NULL, "", write);
  props[PROP_SCORE] = g_param_spec_uint ("score", NULL, NULL, 1, G_MAXINT32, DEFAULT_SCORE, write);
  props[PROP_WINDOWS] = g_param_spec_uint ("windows", NULL, NULL, 1, MAX_WINDOWS,
                                           scope_protocol_windows (SCOPE_PROTOCOL_STRICT), write);
  props[PROP_PROTOCOL] = g_param_spec_string ("protocol", NULL, NULL,
                                              scope_protocol_names[SCOPE_PROTOCOL_STRICT], write);
  props[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, read);
  props[PROP_KEPT] = g_param_spec_double ("kept", NULL, NULL, 0, 1, 0, read);
  props[PROP_TABLE] = g_param_spec_pointer ("table", NULL, NULL, read);
  g_object_class_install_properties (object_class, N_SWEEP_PROPS, props);
}

static void
scope_sweep_init (ScopeSweep *self)
{
  self->filters = g_strdup (DEFAULT_FILTERS);
  self->lengths = g_strdup ("");
  self->score = DEFAULT_SCORE;
  self->windows = (guint)scope_protocol_windows (self->protocol);
}

ScopeSweep *
scope_sweep_new (ScopeSession *session)
{
  ScopeSweep *self = g_object_new (SCOPE_TYPE_SWEEP, NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::text", G_CALLBACK (text_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::busy", G_CALLBACK (busy_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}
