#include "session/curves.h"

#include <math.h>

#include "analysis/decay.h"
#include "session/session-private.h"

#define POINTS 512

struct _ScopeCurves {
  GObject parent_instance;
  ScopeSession *session;
  gboolean active, pending;
  guint look; /* id of the look that VIEW is of */
  ScopeCurvesView *view;
};

G_DEFINE_FINAL_TYPE (ScopeCurves, scope_curves, G_TYPE_OBJECT)

enum { CURVES_0, CURVES_VIEW, CURVES_PENDING, N_CURVES };
static GParamSpec *properties[N_CURVES];

static void
view_free (gpointer data)
{
  ScopeCurvesView *view = data;

  g_clear_pointer (&view->after, scope_matrix_unref);
  g_clear_pointer (&view->before, scope_matrix_unref);
  g_free (view->x);
  g_free (view->class_ln);
  g_free (view->target);
  g_free (view->aim_ln);
  g_free (view->sum_after);
  g_free (view->sum_before);
  g_free (view);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeCurvesView, view_free)

/* --- on the engine's thread ---------------------------------------------------------------------
 */

static ScopeCurvesView *
view_new (const ScopeLook *look)
{
  ScopeCurvesView *view = g_new0 (ScopeCurvesView, 1);

  view->layer = look->view.layer;
  view->channels = look->view.n_channels;
  view->tokens = scope_layer_trace_length (look->layer);
  view->train_length = look->stage->host->train_length;
  view->preview = look->view.preview;
  view->ln_theta = look->view.ln_theta;
  view->points = MIN (view->tokens, POINTS);
  view->x = g_new (double, view->points);
  view->class_ln = g_new (double, view->channels);
  view->target = g_new (double, view->channels);
  view->aim_ln = g_new (double, view->channels);
  for (gsize h = 0; h < view->channels; h++)
    view->class_ln[h] = scope_matrix_get (look->classes, view->layer, h);
  return view;
}

/* ROWS (points) are tokens, spaced evenly, the first and the last among them. */
static gsize *
place_points (ScopeCurvesView *view)
{
  gsize *rows = g_new (gsize, view->points);

  for (gsize k = 0; k < view->points; k++) {
    rows[k] = view->points > 1 ? (gsize)((guint64)(view->tokens - 1) * k / (view->points - 1)) : 0;
    view->x[k] = (double)(rows[k] + 1);
  }
  return rows;
}

static gboolean
measure (const ScopeCurvesView *view, ScopeLayerTrace *layer, const gsize *rows,
         ScopeMatrix **decay, double **sums, ScopeProgress *progress, GError **error)
{
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  g_autofree gsize *kept = g_new (gsize, view->channels);

  if (delta == NULL)
    return FALSE;
  *sums = g_new (double, view->channels);
  scope_channels_sum (delta, *sums, kept);
  *decay = scope_decay_rows (layer, rows, view->points, progress, error);
  return *decay != NULL;
}

/* The layer as the unfiltered network has it, if that was run; else itself, unfiltered. */
static ScopeLayerTrace *
unfiltered_layer (ScopeCurvesView *view, const ScopeLook *look, ScopeProgress *progress,
                  GError **error)
{
  const ScopeStageFilter off = { NULL, NULL, 0.0 };
  ScopeRun *run = scope_stage_find (look->stage, &off);

  view->approximate = run == NULL;
  return scope_trace_layer (run != NULL ? run->trace : look->run->trace, view->layer,
                            run != NULL ? NULL : SCOPE_PLAN_NONE, progress, error);
}

static gboolean
measure_before (ScopeCurvesView *view, const ScopeLook *look, const gsize *rows,
                ScopeProgress *progress, GError **error)
{
  ScopeProgress recompute = scope_progress_span (progress, 0.0, 0.6);
  ScopeProgress rest = scope_progress_span (progress, 0.6, 1.0);

  if (scope_layer_trace_plan (look->layer) == NULL)
    return TRUE;
  g_autoptr (ScopeLayerTrace) layer = unfiltered_layer (view, look, &recompute, error);
  return layer != NULL
         && measure (view, layer, rows, &view->before, &view->sum_before, &rest, error);
}

static gboolean
read_target (ScopeCurvesView *view, const ScopeLook *look, ScopeProgress *progress, GError **error)
{
  ScopeTokens *tokens = look->stage->tokens;
  g_autoptr (ScopeFilter) filter = scope_filter_parse (look->setting.spec, error);
  g_autoptr (ScopeTable) table = NULL;

  if (filter != NULL)
    table = scope_filter_table (filter, look->stage->host->context, scope_tokens_ids (tokens),
                                scope_tokens_count (tokens), progress, error);
  const ScopeMatrix *a
      = table != NULL ? scope_layer_trace_matrix (look->layer, SCOPE_LAYER_A, error) : NULL;
  for (gsize h = 0; a != NULL && h < view->channels; h++) {
    view->target[h] = scope_matrix_get (scope_table_target (table), view->layer, h);
    view->aim_ln[h] = scope_matrix_columns (a) == 1
                          ? scope_matrix_get (a, h, 0) * view->target[h]
                          : scope_matrix_get (scope_table_ln_decay (table), view->layer, h);
  }
  return a != NULL;
}

static gpointer
curves_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeLook *look = input;
  g_autoptr (ScopeCurvesView) view = view_new (look);
  g_autofree gsize *rows = place_points (view);
  ScopeProgress aim = scope_progress_span (progress, 0.0, 0.1);
  ScopeProgress after = scope_progress_span (progress, 0.1, 0.4);
  ScopeProgress before = scope_progress_span (progress, 0.4, 1.0);

  if (!read_target (view, look, &aim, error)
      || !measure (view, look->layer, rows, &view->after, &view->sum_after, &after, error)
      || !measure_before (view, look, rows, &before, error))
    return NULL;
  return g_steal_pointer (&view);
}

/* --- on main ------------------------------------------------------------------------------------
 */

static void
set_pending (ScopeCurves *self, gboolean pending)
{
  if (pending == self->pending)
    return;
  self->pending = pending;
  g_object_notify_by_pspec (G_OBJECT (self), properties[CURVES_PENDING]);
}

static void
take_view (ScopeCurves *self, ScopeCurvesView *view)
{
  g_clear_pointer (&self->view, view_free);
  self->view = view;
  g_object_notify_by_pspec (G_OBJECT (self), properties[CURVES_VIEW]);
}

static void
on_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeCurves *self = owner;

  set_pending (self, FALSE);
  if (error != NULL) {
    scope_session_fail (self->session, error);
    return;
  }
  /* A newer look would have cancelled this request. */
  self->look = self->session->look->id;
  take_view (self, result);
}

static void
request (ScopeCurves *self)
{
  ScopeLook *look = self->session->look;

  if (!self->active || look == NULL || (self->view != NULL && self->look == look->id))
    return;
  set_pending (self, TRUE);
  scope_engine_post (self->session->engine, SCOPE_REQUEST_CURVES, curves_work,
                     scope_look_ref (look), (GDestroyNotify)scope_look_unref, view_free, on_done,
                     G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

static void
text_changed_cb (ScopeCurves *self)
{
  set_pending (self, FALSE);
  if (self->view != NULL)
    take_view (self, NULL);
}

void
scope_curves_set_active (ScopeCurves *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_CURVES (self));
  if (!active == !self->active)
    return;
  self->active = active != FALSE;
  if (active) {
    request (self);
    return;
  }
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_CURVES);
  scope_session_notify_busy (self->session);
  set_pending (self, FALSE);
}

const ScopeCurvesView *
scope_curves_get_view (ScopeCurves *self)
{
  g_return_val_if_fail (SCOPE_IS_CURVES (self), NULL);
  return self->view;
}

gboolean
scope_curves_get_pending (ScopeCurves *self)
{
  g_return_val_if_fail (SCOPE_IS_CURVES (self), FALSE);
  return self->pending;
}

static void
scope_curves_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeCurves *self = SCOPE_CURVES (object);

  if (id == CURVES_VIEW)
    g_value_set_pointer (value, self->view);
  else if (id == CURVES_PENDING)
    g_value_set_boolean (value, self->pending);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
scope_curves_init (ScopeCurves *self)
{
}

static void
scope_curves_dispose (GObject *object)
{
  ScopeCurves *self = SCOPE_CURVES (object);

  if (self->session != NULL && self->session->engine != NULL)
    scope_engine_cancel (self->session->engine, SCOPE_REQUEST_CURVES);
  g_clear_object (&self->session);
  g_clear_pointer (&self->view, view_free);
  G_OBJECT_CLASS (scope_curves_parent_class)->dispose (object);
}

static void
scope_curves_class_init (ScopeCurvesClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = scope_curves_get_property;
  object_class->dispose = scope_curves_dispose;
  properties[CURVES_VIEW] = g_param_spec_pointer ("view", NULL, NULL, read);
  properties[CURVES_PENDING] = g_param_spec_boolean ("pending", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_CURVES, properties);
}

ScopeCurves *
scope_curves_new (ScopeSession *session)
{
  ScopeCurves *self = g_object_new (SCOPE_TYPE_CURVES, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::text", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::layer-view", G_CALLBACK (request), self,
                           G_CONNECT_SWAPPED);
  return self;
}
