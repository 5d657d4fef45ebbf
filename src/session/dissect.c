#include "session/dissect.h"

#include <math.h>

#include "session/session-private.h"

struct _ScopeDissect {
  GObject parent_instance;
  ScopeSession *session;
  gboolean active;
  gboolean there; /* VIEW is of a cell */
  ScopeDissectView view;
};

G_DEFINE_FINAL_TYPE (ScopeDissect, scope_dissect, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
emit_changed (ScopeDissect *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
drop_view (ScopeDissect *self)
{
  scope_cell_clear (&self->view.cell);
  self->view = (ScopeDissectView){ .map_value = NAN };
  self->there = FALSE;
}

/* --- the map's own value ------------------------------------------------------------------------
 */

/* The kernel that is taken apart: of a FULL map it is what gate and convolution act on. */
static ScopeMapSpec
dissected_spec (const ScopeDissectView *view)
{
  ScopeMatrixKind kind = view->kind == SCOPE_MATRIX_FULL ? SCOPE_MATRIX_S6 : view->kind;
  return (ScopeMapSpec){ .channel = view->channel, .kind = kind, .lane = -1 };
}

static gpointer
work_cell (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  g_autoptr (ScopeMatrix) tile
      = scope_attention_tile (in->look->layer, &in->spec, in->range, progress, error);
  if (tile == NULL)
    return NULL;
  double value = scope_matrix_get (tile, 0, 0);
  return g_memdup2 (&value, sizeof value);
}

static void
on_cell_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeDissect *self = owner;
  g_autofree double *value = result;

  if (error != NULL) {
    scope_session_fail (self->session, error);
  } else if (self->there) {
    self->view.map_value = *value;
    emit_changed (self);
  }
}

static void
request_cell (ScopeDissect *self)
{
  const ScopeDissectView *view = &self->view;
  ScopeEngine *engine = self->session->engine;

  if (!self->active || !self->there) {
    scope_engine_cancel (engine, SCOPE_REQUEST_CELL); /* of an older cell */
    return;
  }
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);
  in->look = scope_look_ref (self->session->look);
  in->spec = dissected_spec (view);
  in->range = (ScopeRange){ view->row, view->row + 1, view->column, view->column + 1 };
  scope_engine_post (engine, SCOPE_REQUEST_CELL, work_cell, in,
                     (GDestroyNotify)scope_work_input_free, g_free, on_cell_done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

/* --- the terms ----------------------------------------------------------------------------------
 */

static gboolean
dissect_ssm (ScopeDissectView *view, ScopeLayerTrace *layer)
{
  if (!scope_attention_cell (layer, view->channel, view->row, view->column, &view->cell, NULL))
    return FALSE;
  if (view->kind == SCOPE_MATRIX_SKIP && view->row == view->column)
    view->skip = scope_matrix_get (scope_layer_trace_matrix (layer, SCOPE_LAYER_D, NULL), 0,
                                   view->channel);
  view->sum = view->cell.value + view->skip;
  return TRUE;
}

static gboolean
dissect_softmax (ScopeDissectView *view, ScopeLayerTrace *layer)
{
  if (!scope_softmax_cell (layer, view->channel, view->row, view->column, &view->softmax, NULL))
    return FALSE;
  view->sum = view->softmax.value;
  return TRUE;
}

static gboolean
layer_is_there (ScopeDissect *self)
{
  const ScopeSession *session = self->session;
  return session->look != NULL && session->look->view.layer == session->layer;
}

static void
fill_view (ScopeDissect *self)
{
  ScopeSession *session = self->session;
  gsize length = scope_session_length (session);

  if (!layer_is_there (self) || MAX (session->row, session->column) >= length)
    return;
  self->view = (ScopeDissectView){ .layer = session->layer,
                                   .channel = session->channel,
                                   .row = session->row,
                                   .column = session->column,
                                   .kind = session->kind,
                                   .map_value = NAN };
  self->there = session->kind == SCOPE_MATRIX_SOFTMAX
                    ? dissect_softmax (&self->view, session->look->layer)
                    : dissect_ssm (&self->view, session->look->layer);
}

static void
session_changed_cb (ScopeDissect *self)
{
  drop_view (self);
  fill_view (self);
  request_cell (self);
  emit_changed (self);
}

/* --- what is asked of it ------------------------------------------------------------------------
 */

const ScopeDissectView *
scope_dissect_get_cell (ScopeDissect *self)
{
  g_return_val_if_fail (SCOPE_IS_DISSECT (self), NULL);
  return self->there ? &self->view : NULL;
}

ScopeSession *
scope_dissect_session (ScopeDissect *self)
{
  g_return_val_if_fail (SCOPE_IS_DISSECT (self), NULL);
  return self->session;
}

double
scope_dissect_error (const ScopeDissectView *view)
{
  double scale = fmax (fabs (view->map_value), fabs (view->skip));
  double off = fabs (view->sum - view->map_value);

  for (gsize n = 0; n < view->cell.states; n++)
    scale = fmax (scale, fabs (view->cell.term[n]));
  return off == 0 ? 0 : off / scale;
}

static gsize
rank_of (const ScopeChannelStats *channels, gsize count, gsize channel)
{
  gsize rank = 1;
  for (gsize h = 0; h < count; h++)
    rank += channels[h].ln_decay > channels[channel].ln_decay;
  return rank;
}

static void
fill_deltas (ScopeChannelFacts *out, ScopeLayerTrace *layer)
{
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, NULL);
  const ScopeMatrix *a = scope_layer_trace_matrix (layer, SCOPE_LAYER_A, NULL);
  gsize channel = out->stats.channel, kept = 0;

  out->tokens = scope_matrix_rows (delta);
  out->sum_delta = out->stats.delta_sum;
  for (gsize t = 0; t < out->tokens; t++)
    kept += scope_matrix_get (delta, t, channel) > 0;
  out->mean_delta = kept > 0 ? out->sum_delta / (double)kept : 0;
  out->rate_low = INFINITY;
  out->rate_high = -INFINITY;
  for (gsize n = 0; n < scope_matrix_columns (a); n++) {
    out->rate_low = fmin (out->rate_low, scope_matrix_get (a, channel, n));
    out->rate_high = fmax (out->rate_high, scope_matrix_get (a, channel, n));
  }
}

gboolean
scope_dissect_get_channel (ScopeDissect *self, ScopeChannelFacts *out)
{
  g_return_val_if_fail (SCOPE_IS_DISSECT (self), FALSE);
  const ScopeSession *session = self->session;

  if (!layer_is_there (self) || session->kind == SCOPE_MATRIX_SOFTMAX
      || session->channel >= session->look->view.n_channels)
    return FALSE;
  const ScopeLook *look = session->look;
  *out = (ScopeChannelFacts){
    .stats = look->view.channels[session->channel],
    .class_decay = scope_matrix_get (look->classes, session->layer, session->channel),
    .ln_theta = look->view.ln_theta,
    .rank = rank_of (look->view.channels, look->view.n_channels, session->channel),
    .channels = look->view.n_channels,
  };
  fill_deltas (out, look->layer);
  return TRUE;
}

/* --- the object ---------------------------------------------------------------------------------
 */

void
scope_dissect_set_active (ScopeDissect *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_DISSECT (self));
  if (!self->active == !active)
    return;
  self->active = active != FALSE;
  if (!active || isnan (self->view.map_value))
    request_cell (self);
}

static void
scope_dissect_dispose (GObject *object)
{
  ScopeDissect *self = SCOPE_DISSECT (object);

  drop_view (self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_dissect_parent_class)->dispose (object);
}

static void
scope_dissect_class_init (ScopeDissectClass *class)
{
  G_OBJECT_CLASS (class)->dispose = scope_dissect_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", SCOPE_TYPE_DISSECT, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_dissect_init (ScopeDissect *self)
{
  self->view.map_value = NAN;
}

ScopeDissect *
scope_dissect_new (ScopeSession *session)
{
  static const char *const changes[]
      = { "notify::row",  "notify::column",     "notify::layer", "notify::channel",
          "notify::kind", "notify::layer-view", "notify::text" };
  ScopeDissect *self = g_object_new (SCOPE_TYPE_DISSECT, NULL);

  self->session = g_object_ref (session);
  for (guint k = 0; k < G_N_ELEMENTS (changes); k++)
    g_signal_connect_object (session, changes[k], G_CALLBACK (session_changed_cb), self,
                             G_CONNECT_SWAPPED);
  fill_view (self);
  return self;
}
