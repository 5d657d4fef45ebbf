#include "session/curves.h"

#include <math.h>

#include "analysis/decay.h"
#include "session/session-private.h"

#define POINTS 512

struct _ScopeCurves {
  ScopeInquiry parent_instance;
  guint look; /* id of the look that the view is of */
};

G_DEFINE_FINAL_TYPE (ScopeCurves, scope_curves, SCOPE_TYPE_INQUIRY)

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

static gboolean
curves_arrived (ScopeInquiry *inquiry, gconstpointer view)
{
  /* A newer look would have cancelled this request. */
  SCOPE_CURVES (inquiry)->look = scope_inquiry_get_session (inquiry)->look->id;
  return FALSE;
}

static void
curves_ask (ScopeInquiry *inquiry)
{
  ScopeLook *look = scope_inquiry_get_session (inquiry)->look;

  if (scope_inquiry_get_view (inquiry) == NULL || SCOPE_CURVES (inquiry)->look != look->id)
    scope_inquiry_post (inquiry, curves_work, scope_look_ref (look),
                        (GDestroyNotify)scope_look_unref);
}

const ScopeCurvesView *
scope_curves_get_view (ScopeCurves *self)
{
  g_return_val_if_fail (SCOPE_IS_CURVES (self), NULL);
  return scope_inquiry_get_view (SCOPE_INQUIRY (self));
}

static void
scope_curves_init (ScopeCurves *self)
{
}

static void
scope_curves_class_init (ScopeCurvesClass *class)
{
  ScopeInquiryClass *inquiry = SCOPE_INQUIRY_CLASS (class);

  inquiry->kind = SCOPE_REQUEST_CURVES;
  inquiry->free_view = view_free;
  inquiry->ask = curves_ask;
  inquiry->arrived = curves_arrived;
}

ScopeCurves *
scope_curves_new (ScopeSession *session)
{
  ScopeCurves *self = g_object_new (SCOPE_TYPE_CURVES, NULL);

  scope_inquiry_set_session (SCOPE_INQUIRY (self), session);
  g_signal_connect_object (session, "notify::text", G_CALLBACK (scope_inquiry_forget), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::layer-view", G_CALLBACK (scope_inquiry_ask), self,
                           G_CONNECT_SWAPPED);
  return self;
}
