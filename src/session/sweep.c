#include "session/sweep.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "session/session-private.h"
#include "session/sweep-private.h"

#define DEFAULT_FILTERS "off\nlongmamba"
#define DEFAULT_SCORE   100
#define MAX_WINDOWS     10000

struct _ScopeSweep {
  GObject parent_instance;
  ScopeSession *session;
  char *filters, *lengths;
  guint score, windows;
  ScopeProtocol protocol;
  char *folder;       /* NULL: nothing is kept */
  double kept;        /* share of the next start's windows that it has */
  gsize looked_for;   /* windows, each under one filter, when the folder was looked into */
  ScopeSweepRun *run; /* NULL: none yet */
  gboolean running;
  gsize cell; /* of the run that is with the engine */
  ScopeSweepDone export_done;
  gpointer export_data;
};

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

static void
set_running (ScopeSweep *self, gboolean running)
{
  if (running == self->running)
    return;
  self->running = running;
  notify (self, PROP_RUNNING);
}

static void
drop_run (ScopeSweep *self)
{
  if (self->run == NULL)
    return;
  ScopeStage *stage = scope_sweep_run_free (g_steal_pointer (&self->run));
  scope_engine_release (self->session->engine, stage, (GDestroyNotify)scope_stage_unref);
}

/* --- what is kept -------------------------------------------------------------------------------
 */

static void
set_kept (ScopeSweep *self, double kept)
{
  if (self->kept == kept)
    return;
  self->kept = kept;
  notify (self, PROP_KEPT);
}

void
scope_sweep_keep_in (ScopeSweep *self, const char *folder)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  char *copy = g_strdup (folder);
  g_free (self->folder);
  self->folder = copy;
}

double
scope_sweep_get_kept (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), 0);
  return self->kept;
}

static gsize
count_results (const ScopeWindows *windows)
{
  return scope_windows_count (windows) * scope_windows_settings (windows)->n_filters;
}

/* KNOWN (taken over) NULL: the folder is only looked into. */
static void
post_search (ScopeSweep *self, ScopeWindows *windows, GArray *known, ScopeEngineDone done)
{
  ScopeSweepSearch *search = g_new0 (ScopeSweepSearch, 1);
  search->stage = scope_stage_ref (self->session->stage);
  search->windows = scope_windows_ref (windows);
  search->folder = g_strdup (self->folder);
  search->known = known;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_SWEEP, scope_sweep_search_work, search,
                     (GDestroyNotify)scope_sweep_search_free, (GDestroyNotify)scope_sweep_find_free,
                     done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

static void
on_looked (gpointer result, const GError *error, gpointer owner)
{
  ScopeSweep *self = owner;
  ScopeSweepFind *find = result;
  /* What cannot be measured is said when somebody wants to measure it. */
  set_kept (self, find != NULL ? (double)find->found / (double)self->looked_for : 0);
  g_clear_pointer (&find, scope_sweep_find_free);
}

static ScopeWindows *make_windows (ScopeSweep *self, GError **error);

void
scope_sweep_look (ScopeSweep *self)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  if (self->running || self->folder == NULL)
    return;
  g_autoptr (ScopeWindows) windows = make_windows (self, NULL);
  if (windows == NULL) {
    set_kept (self, 0);
    return;
  }
  self->looked_for = count_results (windows);
  post_search (self, windows, NULL, on_looked);
}

/* --- running ------------------------------------------------------------------------------------
 */

/* What stays of the run that has ended. */
static void
note_end (ScopeSweep *self)
{
  set_running (self, FALSE);
  if (self->run == NULL || self->run->keep == NULL)
    return;
  g_autoptr (GArray) known = scope_sweep_run_known (self->run);
  set_kept (self, (double)known->len / (double)count_results (self->run->windows));
}

static void post_next (ScopeSweep *self);

static void
on_window_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSweep *self = owner;
  if (error != NULL) {
    note_end (self);
    scope_session_fail (self->session, error);
    return;
  }
  scope_sweep_run_put (self->run, self->cell, result);
  scope_sweep_window_free (result);
  post_next (self);
  notify (self, PROP_TABLE);
}

static void
post_next (ScopeSweep *self)
{
  ScopeSweepTask *task = scope_sweep_run_next (self->run, &self->cell);
  if (task != NULL)
    scope_engine_post (self->session->engine, SCOPE_REQUEST_SWEEP, scope_sweep_work, task,
                       (GDestroyNotify)scope_sweep_task_free,
                       (GDestroyNotify)scope_sweep_window_free, on_window_done, G_OBJECT (self));
  if (task != NULL)
    set_running (self, TRUE);
  else
    note_end (self);
  scope_session_notify_busy (self->session);
}

static void
on_found (gpointer result, const GError *error, gpointer owner)
{
  ScopeSweep *self = owner;
  ScopeSweepFind *find = result;
  if (error != NULL) {
    note_end (self);
    scope_session_fail (self->session, error);
    return;
  }
  self->run->searched = TRUE;
  if (find->keep != NULL)
    scope_sweep_run_take (self->run, find->keep);
  scope_sweep_find_free (find);
  post_next (self);
  if (self->run->table.kept > 0)
    notify (self, PROP_TABLE);
}

/* With what the folder has, if there is one. */
static void
go_on (ScopeSweep *self)
{
  if (self->folder == NULL || self->run->searched) {
    post_next (self);
    return;
  }
  set_running (self, TRUE);
  post_search (self, self->run->windows, scope_sweep_run_known (self->run), on_found);
}

static ScopeWindows *
make_windows (ScopeSweep *self, GError **error)
{
  ScopeStage *stage = self->session->stage;
  ScopePerplexitySettings settings
      = { .score = self->score, .windows = self->windows, .protocol = self->protocol };
  if (stage == NULL) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "sweep: expected an open text, found none");
    return NULL;
  }
  if (scope_tokens_count (stage->tokens) < 2) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "sweep: expected a text of at least 2 tokens, found %" G_GSIZE_FORMAT,
                 scope_tokens_count (stage->tokens));
    return NULL;
  }
  g_autofree char *automatic = scope_sweep_default_lengths (self);
  const char *text = *self->lengths != '\0' ? self->lengths : automatic;
  g_autofree gsize *lengths = scope_sweep_parse_lengths (text, scope_tokens_count (stage->tokens),
                                                         &settings.n_lengths, error);
  g_autoptr (GPtrArray) filters
      = lengths != NULL ? scope_sweep_parse_filters (self->filters, error) : NULL;
  if (filters == NULL)
    return NULL;
  settings.lengths = lengths;
  settings.filters = (ScopeFilter *const *)filters->pdata;
  settings.n_filters = filters->len;
  return scope_windows_new (&stage->tokens, (const char *const *)&stage->path, 1, &settings, error);
}

gboolean
scope_sweep_start (ScopeSweep *self, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), FALSE);
  g_autoptr (ScopeWindows) windows = make_windows (self, error);
  if (windows == NULL)
    return FALSE;
  scope_sweep_stop (self);
  ScopeSweepRun *run = scope_sweep_run_new (self->session->stage, windows);
  if (self->run != NULL)
    scope_sweep_run_adopt (run, self->run);
  drop_run (self);
  self->run = run;
  go_on (self);
  notify (self, PROP_TABLE);
  return TRUE;
}

void
scope_sweep_stop (ScopeSweep *self)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  if (!self->running)
    return;
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_SWEEP);
  note_end (self);
  scope_session_notify_busy (self->session);
}

void
scope_sweep_resume (ScopeSweep *self)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  if (self->run != NULL && !self->running)
    go_on (self);
}

gboolean
scope_sweep_is_running (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), FALSE);
  return self->running;
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
    note_end (self);
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
  drop_run (self);
  set_kept (self, 0);
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
    drop_run (self);
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
