#include "session/reading.h"

#include <math.h>
#include <string.h>

#include "session/follow.h"
#include "session/session-private.h"
#include "session/surprisal.h"

/* How long one request for surprisal may take before what it has is shown. */
#define SLICE_SECONDS 0.12
/* Runs whose surprisal is kept: with the filter and without it. */
#define KEPT_RUNS 2

struct _ScopeReading {
  ScopeInquiry parent_instance;
  ScopeReadingKind colour;
  gsize first;
  GPtrArray *surprisals; /* ScopeSurprisal, the newest last */
};

G_DEFINE_FINAL_TYPE (ScopeReading, scope_reading, SCOPE_TYPE_INQUIRY)

enum { READING_0, READING_COLOUR, N_READING };
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

/* The inquiry's. */
static ScopeSession *
session_of (ScopeReading *self)
{
  return scope_inquiry_get_session (SCOPE_INQUIRY (self));
}

static gboolean
reading_arrived (ScopeInquiry *inquiry, gconstpointer result)
{
  const ScopeReadingView *view = result;

  return view->computed < view->count;
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
  const ScopeSession *session = session_of (self);
  gsize row = session->row, column = session->column;

  switch (self->colour) {
  case SCOPE_READING_ROW:
    return row != G_MAXSIZE ? row : scope_session_length (session_of (self)) - 1;
  case SCOPE_READING_COLUMN:
    return column != G_MAXSIZE ? column : 0;
  default:
    return G_MAXSIZE;
  }
}

static Input *
input_new (ScopeReading *self)
{
  ScopeSession *session = session_of (self);
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
  ScopeSession *session = session_of (self);

  if (session->look == NULL || scope_session_length (session) == 0)
    return FALSE;
  if (self->colour == SCOPE_READING_SURPRISAL)
    return !session->look->view.preview;
  const ScopeConfig *config = scope_model_config (session->host->model);
  return session->look->view.layer == session->layer
         && session->channel < scope_matrix_channels (config, session->layer, session->kind);
}

static void
reading_ask (ScopeInquiry *inquiry)
{
  ScopeReading *self = SCOPE_READING (inquiry);

  scope_inquiry_set_pending (inquiry, TRUE);
  if (can_read (self))
    scope_inquiry_post (inquiry, reading_work, input_new (self), input_free);
}

/* What the selected row or column has nothing to do with is left as it is. */
static void
cursor_changed_cb (ScopeReading *self, GParamSpec *pspec)
{
  ScopeInquiry *inquiry = SCOPE_INQUIRY (self);
  const ScopeReadingView *view = scope_inquiry_get_view (inquiry);
  gboolean row = self->colour == SCOPE_READING_ROW && g_str_equal (pspec->name, "row");
  gboolean column = self->colour == SCOPE_READING_COLUMN && g_str_equal (pspec->name, "column");

  if ((row || column)
      && (scope_inquiry_get_pending (inquiry) || view == NULL || view->at != selected_token (self)))
    scope_inquiry_ask (inquiry);
}

/* Runs that went with another text are nobody's any more. */
static void
text_changed_cb (ScopeReading *self)
{
  g_ptr_array_set_size (self->surprisals, 0);
  self->first = 0;
  scope_inquiry_forget (SCOPE_INQUIRY (self));
  scope_inquiry_ask (SCOPE_INQUIRY (self));
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
  scope_inquiry_ask (SCOPE_INQUIRY (self));
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
  return scope_inquiry_get_view (SCOPE_INQUIRY (self));
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_reading_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == READING_COLOUR)
    g_value_set_uint (value, SCOPE_READING (object)->colour);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
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
scope_reading_finalize (GObject *object)
{
  g_clear_pointer (&SCOPE_READING (object)->surprisals, g_ptr_array_unref);
  G_OBJECT_CLASS (scope_reading_parent_class)->finalize (object);
}

static void
scope_reading_class_init (ScopeReadingClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  ScopeInquiryClass *inquiry = SCOPE_INQUIRY_CLASS (class);
  const GParamFlags write = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = scope_reading_get_property;
  object_class->set_property = scope_reading_set_property;
  object_class->finalize = scope_reading_finalize;
  properties[READING_COLOUR]
      = g_param_spec_uint ("colour", NULL, NULL, 0, SCOPE_N_READINGS - 1, 0, write);
  g_object_class_install_properties (object_class, N_READING, properties);
  inquiry->kind = SCOPE_REQUEST_READING;
  inquiry->free_view = view_free;
  inquiry->ask = reading_ask;
  inquiry->arrived = reading_arrived;
}

ScopeReading *
scope_reading_new (ScopeSession *session)
{
  static const ScopeFollowed connections[] = {
    { "notify::text", G_CALLBACK (text_changed_cb) },
    { "notify::layer-view", G_CALLBACK (scope_inquiry_ask) },
    { "notify::channel", G_CALLBACK (scope_inquiry_ask) },
    { "notify::kind", G_CALLBACK (scope_inquiry_ask) },
    { "notify::norm", G_CALLBACK (scope_inquiry_ask) },
    { "notify::row", G_CALLBACK (cursor_changed_cb) },
    { "notify::column", G_CALLBACK (cursor_changed_cb) },
  };
  ScopeReading *self = g_object_new (SCOPE_TYPE_READING, NULL);

  scope_inquiry_set_session (SCOPE_INQUIRY (self), session);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  scope_history_bind (scope_session_get_history (session), G_OBJECT (self), "colour", "text.colour",
                      "colours of the text");
  return self;
}
