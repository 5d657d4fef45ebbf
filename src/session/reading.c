#include "session/reading.h"

#include <math.h>
#include <string.h>

#include "session/session-private.h"
#include "session/surprisal.h"

/* How long one request for surprisal may take before what it has is shown. */
#define SLICE_SECONDS 0.12
/* Runs whose surprisal is kept: with the filter and without it. */
#define KEPT_RUNS 2

struct _ScopeReading {
  GObject parent_instance;
  ScopeSession *session;
  ScopeReadingKind colour;
  gboolean active, pending;
  gsize first;
  ScopeReadingView *view;
  GPtrArray *surprisals; /* ScopeSurprisal, the newest last */
};

G_DEFINE_FINAL_TYPE (ScopeReading, scope_reading, G_TYPE_OBJECT)

enum { READING_0, READING_COLOUR, READING_VIEW, READING_PENDING, N_READING };
static GParamSpec *properties[N_READING];

/* --- on the engine's thread ---------------------------------------------------------------------
 */

typedef struct {
  ScopeLook *look;
  ScopeReadingKind kind;
  ScopeMapSpec spec;
  gsize at, first;
  ScopeNormKind norm;
  ScopeSurprisal *surprisal; /* of SURPRISAL */
} Input;

static void
input_free (gpointer data)
{
  Input *in = data;

  g_clear_pointer (&in->look, scope_look_unref);
  g_clear_pointer (&in->surprisal, scope_surprisal_unref);
  g_free (in);
}

static void
view_free (gpointer data)
{
  ScopeReadingView *view = data;

  g_free (view->values);
  g_free (view->dropped);
  g_free (view);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeReadingView, view_free)

static ScopeReadingView *
view_new (const Input *in)
{
  ScopeReadingView *view = g_new0 (ScopeReadingView, 1);

  view->kind = in->kind;
  view->matrix = in->spec.kind;
  view->layer = in->look->view.layer;
  view->channel = in->spec.channel;
  view->at = in->at;
  view->preview = in->look->view.preview;
  view->count = view->computed = scope_tokens_count (in->look->stage->tokens);
  view->values = g_new (double, view->count);
  for (gsize t = 0; t < view->count; t++)
    view->values[t] = NAN;
  return view;
}

/* A row has no values above the diagonal, a column none before it: the map is causal. */
static gboolean
read_map (ScopeReadingView *view, const Input *in, ScopeProgress *progress, GError **error)
{
  gboolean row = in->kind == SCOPE_READING_ROW;
  ScopeRange range = row ? (ScopeRange){ in->at, in->at + 1, 0, in->at + 1 }
                         : (ScopeRange){ in->at, view->count, in->at, in->at + 1 };
  gsize begin = row ? 0 : in->at, count = row ? in->at + 1 : view->count - in->at;
  g_autoptr (ScopeMatrix) cells
      = scope_attention_tile (in->look->layer, &in->spec, range, progress, error);

  if (cells == NULL)
    return FALSE;
  for (gsize k = 0; k < count; k++)
    view->values[begin + k] = scope_matrix_get (cells, row ? 0 : k, row ? k : 0);
  return TRUE;
}

static gboolean
read_delta (ScopeReadingView *view, const Input *in, GError **error)
{
  if (in->spec.kind == SCOPE_MATRIX_SOFTMAX) {
    view->missing = "attention heads have no Δ";
    return TRUE;
  }
  const ScopeMatrix *delta = scope_layer_trace_matrix (in->look->layer, SCOPE_LAYER_DELTA, error);
  for (gsize t = 0; delta != NULL && t < view->count; t++)
    view->values[t] = scope_matrix_get (delta, t, in->spec.channel);
  return delta != NULL;
}

static gboolean
read_surprisal (ScopeReadingView *view, const Input *in, ScopeProgress *progress, GError **error)
{
  ScopeRun *run = in->look->run;

  if (!scope_surprisal_extend (in->surprisal, run, scope_tokens_ids (in->look->stage->tokens),
                               in->first, SLICE_SECONDS, progress, error))
    return FALSE;
  memcpy (view->values, in->surprisal->values, view->count * sizeof *view->values);
  view->computed = in->surprisal->computed;
  view->filtered = scope_run_is_filtered (run);
  return TRUE;
}

/* The filter acts on the scan alone: shared attention sees every token. */
static gboolean
read_dropped (ScopeReadingView *view, const Input *in, GError **error)
{
  ScopeLayerTrace *layer = in->look->layer;

  if (scope_layer_trace_plan (layer) == NULL || in->spec.kind == SCOPE_MATRIX_SOFTMAX)
    return TRUE;
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  if (delta == NULL)
    return FALSE;
  view->dropped = g_new (guint8, view->count);
  for (gsize t = 0; t < view->count; t++) {
    view->dropped[t] = scope_matrix_get (delta, t, in->spec.channel) == 0;
    view->n_dropped += view->dropped[t];
  }
  if (view->n_dropped == 0)
    g_clear_pointer (&view->dropped, g_free);
  return TRUE;
}

static gboolean
read_values (ScopeReadingView *view, const Input *in, ScopeProgress *progress, GError **error)
{
  switch (in->kind) {
  case SCOPE_READING_DELTA:
    return read_delta (view, in, error);
  case SCOPE_READING_SURPRISAL:
    return read_surprisal (view, in, progress, error);
  default:
    return read_map (view, in, progress, error);
  }
}

static gboolean
fit_norm (ScopeReadingView *view, const Input *in, GError **error)
{
  if (view->kind == SCOPE_READING_SURPRISAL) {
    gsize vocab = scope_model_config (in->look->stage->host->model)->vocab_size;
    view->norm = (ScopeNorm){ .kind = SCOPE_NORM_LINEAR, .low = 0, .high = log ((double)vocab) };
    return TRUE;
  }
  view->filtered = scope_layer_trace_plan (in->look->layer) != NULL;
  g_autoptr (ScopeMatrix) values
      = scope_matrix_wrap (SCOPE_REAL_F64, view->values, 1, view->count, view->count, NULL, NULL);
  view->norm = scope_norm_fit (in->norm, values);
  return TRUE;
}

static gpointer
reading_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const Input *in = input;
  g_autoptr (ScopeReadingView) view = view_new (in);

  if (!read_values (view, in, progress, error) || !read_dropped (view, in, error)
      || !fit_norm (view, in, error))
    return NULL;
  return g_steal_pointer (&view);
}

/* --- on main ------------------------------------------------------------------------------------
 */

static void request (ScopeReading *self);

static void
set_pending (ScopeReading *self, gboolean pending)
{
  if (pending == self->pending)
    return;
  self->pending = pending;
  g_object_notify_by_pspec (G_OBJECT (self), properties[READING_PENDING]);
}

static void
take_view (ScopeReading *self, ScopeReadingView *view)
{
  g_clear_pointer (&self->view, view_free);
  self->view = view;
  g_object_notify_by_pspec (G_OBJECT (self), properties[READING_VIEW]);
}

static void
on_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeReading *self = owner;

  if (error != NULL) {
    set_pending (self, FALSE);
    scope_session_fail (self->session, error);
    return;
  }
  ScopeReadingView *view = result;
  gboolean whole = view->computed == view->count;
  take_view (self, view);
  if (whole || !self->active)
    set_pending (self, FALSE);
  else
    request (self);
}

/* That of RUN, made if there is none. Borrowed. */
static ScopeSurprisal *
surprisal_of (ScopeReading *self, const ScopeLook *look)
{
  for (guint k = 0; k < self->surprisals->len; k++) {
    ScopeSurprisal *known = g_ptr_array_index (self->surprisals, k);
    if (known->run == look->run->id)
      return known;
  }
  if (self->surprisals->len >= KEPT_RUNS)
    g_ptr_array_remove_index (self->surprisals, 0);
  ScopeSurprisal *made = scope_surprisal_new (look->run, scope_tokens_count (look->stage->tokens));
  g_ptr_array_add (self->surprisals, made);
  return made;
}

static gsize
selected_token (ScopeReading *self)
{
  gsize row = self->session->row, column = self->session->column;

  switch (self->colour) {
  case SCOPE_READING_ROW:
    return row != G_MAXSIZE ? row : scope_session_length (self->session) - 1;
  case SCOPE_READING_COLUMN:
    return column != G_MAXSIZE ? column : 0;
  default:
    return G_MAXSIZE;
  }
}

static Input *
input_new (ScopeReading *self)
{
  ScopeSession *session = self->session;
  Input *in = g_new0 (Input, 1);

  in->look = scope_look_ref (session->look);
  in->kind = self->colour;
  in->spec = (ScopeMapSpec){ .channel = session->channel, .kind = session->kind, .lane = -1 };
  in->at = selected_token (self);
  in->first = self->first;
  in->norm = scope_session_get_norm (session);
  if (in->kind == SCOPE_READING_SURPRISAL)
    in->surprisal = scope_surprisal_ref (surprisal_of (self, session->look));
  return in;
}

/* FALSE while the layer on screen is another than the selected one or has no maps of the selected
 * kind, and for surprisal while the network of the filter on screen is still to be run. */
static gboolean
can_read (ScopeReading *self)
{
  ScopeSession *session = self->session;

  if (session->look == NULL || scope_session_length (session) == 0)
    return FALSE;
  if (self->colour == SCOPE_READING_SURPRISAL)
    return !session->look->view.preview;
  const ScopeConfig *config = scope_model_config (session->host->model);
  return session->look->view.layer == session->layer
         && session->channel < scope_matrix_channels (config, session->layer, session->kind);
}

static void
request (ScopeReading *self)
{
  if (!self->active || self->session->look == NULL)
    return;
  set_pending (self, TRUE);
  if (!can_read (self))
    return;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_READING, reading_work, input_new (self),
                     input_free, view_free, on_done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

/* What the selected row or column has nothing to do with is left as it is. */
static void
cursor_changed_cb (ScopeReading *self, GParamSpec *pspec)
{
  gboolean row = self->colour == SCOPE_READING_ROW && g_str_equal (pspec->name, "row");
  gboolean column = self->colour == SCOPE_READING_COLUMN && g_str_equal (pspec->name, "column");

  if ((row || column)
      && (self->pending || self->view == NULL || self->view->at != selected_token (self)))
    request (self);
}

/* Runs that went with another text are nobody's any more. */
static void
text_changed_cb (ScopeReading *self)
{
  g_ptr_array_set_size (self->surprisals, 0);
  self->first = 0;
  set_pending (self, FALSE);
  if (self->view != NULL)
    take_view (self, NULL);
  request (self);
}

ScopeReadingKind
scope_reading_get_colour (ScopeReading *self)
{
  g_return_val_if_fail (SCOPE_IS_READING (self), SCOPE_READING_ROW);
  return self->colour;
}

void
scope_reading_set_colour (ScopeReading *self, ScopeReadingKind kind)
{
  g_return_if_fail (SCOPE_IS_READING (self) && kind < SCOPE_N_READINGS);
  if (kind == self->colour)
    return;
  self->colour = kind;
  g_object_notify_by_pspec (G_OBJECT (self), properties[READING_COLOUR]);
  request (self);
}

void
scope_reading_set_active (ScopeReading *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_READING (self));
  if (!active == !self->active)
    return;
  self->active = active != FALSE;
  if (active) {
    request (self);
    return;
  }
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_READING);
  scope_session_notify_busy (self->session);
  set_pending (self, FALSE);
}

void
scope_reading_set_first (ScopeReading *self, gsize token)
{
  g_return_if_fail (SCOPE_IS_READING (self));
  self->first = token;
}

const ScopeReadingView *
scope_reading_get_view (ScopeReading *self)
{
  g_return_val_if_fail (SCOPE_IS_READING (self), NULL);
  return self->view;
}

gboolean
scope_reading_get_pending (ScopeReading *self)
{
  g_return_val_if_fail (SCOPE_IS_READING (self), FALSE);
  return self->pending;
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_reading_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeReading *self = SCOPE_READING (object);

  switch (id) {
  case READING_COLOUR:
    g_value_set_uint (value, self->colour);
    break;
  case READING_VIEW:
    g_value_set_pointer (value, self->view);
    break;
  case READING_PENDING:
    g_value_set_boolean (value, self->pending);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_reading_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == READING_COLOUR)
    scope_reading_set_colour (SCOPE_READING (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
scope_reading_init (ScopeReading *self)
{
  self->surprisals = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_surprisal_unref);
}

static void
scope_reading_dispose (GObject *object)
{
  ScopeReading *self = SCOPE_READING (object);

  if (self->session != NULL && self->session->engine != NULL)
    scope_engine_cancel (self->session->engine, SCOPE_REQUEST_READING);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_reading_parent_class)->dispose (object);
}

static void
scope_reading_finalize (GObject *object)
{
  ScopeReading *self = SCOPE_READING (object);

  g_clear_pointer (&self->view, view_free);
  g_clear_pointer (&self->surprisals, g_ptr_array_unref);
  G_OBJECT_CLASS (scope_reading_parent_class)->finalize (object);
}

static void
scope_reading_class_init (ScopeReadingClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags write = read | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = scope_reading_get_property;
  object_class->set_property = scope_reading_set_property;
  object_class->dispose = scope_reading_dispose;
  object_class->finalize = scope_reading_finalize;
  properties[READING_COLOUR]
      = g_param_spec_uint ("colour", NULL, NULL, 0, SCOPE_N_READINGS - 1, 0, write);
  properties[READING_VIEW] = g_param_spec_pointer ("view", NULL, NULL, read);
  properties[READING_PENDING] = g_param_spec_boolean ("pending", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_READING, properties);
}

ScopeReading *
scope_reading_new (ScopeSession *session)
{
  static const struct {
    const char *signal;
    GCallback callback;
  } connections[] = {
    { "notify::text", G_CALLBACK (text_changed_cb) },
    { "notify::layer-view", G_CALLBACK (request) },
    { "notify::channel", G_CALLBACK (request) },
    { "notify::kind", G_CALLBACK (request) },
    { "notify::norm", G_CALLBACK (request) },
    { "notify::row", G_CALLBACK (cursor_changed_cb) },
    { "notify::column", G_CALLBACK (cursor_changed_cb) },
  };
  ScopeReading *self = g_object_new (SCOPE_TYPE_READING, NULL);

  self->session = g_object_ref (session);
  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    g_signal_connect_object (session, connections[i].signal, connections[i].callback, self,
                             G_CONNECT_SWAPPED);
  scope_history_bind (scope_session_get_history (session), G_OBJECT (self), "colour", "text.colour",
                      "colours of the text");
  return self;
}
