#include "session/compare-work.h"

#include <math.h>

#include "base/error.h"
#include "compute/estimate.h"

#define COARSE_SIZE  256
#define DECAY_POINTS 512
/* Tokens before and after the row that the text shows. */
#define TEXT_BEFORE 767
#define TEXT_AFTER  32

struct _ScopeCompareBench {
  gatomicrefcount refs;
  ScopeStage *stage[SCOPE_N_SIDES];
  char *model[SCOPE_N_SIDES]; /* as it was asked for; NULL: the session's */
};

/* --- what is handed about -----------------------------------------------------------------------
 */

void
scope_compare_picture_clear (ScopeComparePicture *self)
{
  g_clear_pointer (&self->result, scope_result_unref);
  g_clear_pointer (&self->image, cairo_surface_destroy);
}

void
scope_compare_picture_copy (ScopeComparePicture *to, const ScopeComparePicture *from)
{
  ScopeComparePicture copy = { from->result != NULL ? scope_result_ref (from->result) : NULL,
                               from->image != NULL ? cairo_surface_reference (from->image) : NULL };

  scope_compare_picture_clear (to);
  *to = copy;
}

ScopeCompareBench *
scope_compare_bench_new (void)
{
  ScopeCompareBench *self = g_new0 (ScopeCompareBench, 1);

  g_atomic_ref_count_init (&self->refs);
  return self;
}

ScopeCompareBench *
scope_compare_bench_ref (ScopeCompareBench *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
bench_drop (ScopeCompareBench *self, ScopeSide side)
{
  g_clear_pointer (&self->stage[side], scope_stage_unref);
  g_clear_pointer (&self->model[side], g_free);
}

void
scope_compare_bench_unref (ScopeCompareBench *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  bench_drop (self, SCOPE_SIDE_A);
  bench_drop (self, SCOPE_SIDE_B);
  g_free (self);
}

ScopeCompareRow *
scope_compare_row_ref (ScopeCompareRow *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
scope_compare_row_unref (ScopeCompareRow *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    g_free (self->value[k]);
    g_free (self->dropped[k]);
  }
  g_free (self);
}

void
scope_compare_order_free (ScopeCompareOrder *self)
{
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    g_clear_pointer (&self->look[k], scope_look_unref);
    g_free (self->side[k].model);
    g_free (self->side[k].text);
    scope_setting_clear (&self->side[k].setting);
  }
  for (guint k = 0; k < SCOPE_N_PICTURES; k++)
    scope_compare_picture_clear (&self->old[k]);
  g_clear_pointer (&self->bench, scope_compare_bench_unref);
  g_clear_pointer (&self->home, scope_stage_unref);
  g_free (self);
}

void
scope_compare_haul_free (ScopeCompareHaul *self)
{
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    g_clear_pointer (&self->look[k], scope_look_unref);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++) {
    scope_compare_picture_clear (&self->coarse[k]);
    scope_compare_picture_clear (&self->fine[k]);
  }
  g_clear_pointer (&self->decay, scope_result_unref);
  g_clear_pointer (&self->row, scope_compare_row_unref);
  g_free (self);
}

/* --- opening a side -----------------------------------------------------------------------------
 */

/* A run beside the session's own two must not take more than those may. */
static gboolean
check_room (ScopeStage *stage, GError **error)
{
  ScopeEstimate estimate;

  if (!scope_estimate (stage->host->model, stage->host->backend, scope_tokens_count (stage->tokens),
                       0, SCOPE_RUN_KEEP_RESIDUAL, &estimate, error))
    return FALSE;
  if (estimate.trace <= scope_stage_budget ())
    return TRUE;
  g_autofree char *needed = scope_bytes_text (estimate.trace);
  g_autofree char *allowed = scope_bytes_text (scope_stage_budget ());
  g_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
               "the other side of the comparison needs %s beside what is open, but at most %s are"
               " kept",
               needed, allowed);
  return FALSE;
}

static gboolean
bench_fits (const ScopeCompareOrder *in, ScopeSide k, const char *text)
{
  const ScopeStage *stage = in->bench->stage[k];

  return stage != NULL && g_str_equal (stage->path, text)
         && g_strcmp0 (in->bench->model[k], in->side[k].model) == 0
         && (in->side[k].model != NULL || stage->host == in->home->host);
}

/* The side's own stage, as the order wants it. Borrowed. */
static ScopeStage *
bench_stage (const ScopeCompareOrder *in, ScopeSide k, ScopeProgress *progress, GError **error)
{
  const ScopeCompareOrderSide *side = &in->side[k];
  const char *text = side->text != NULL ? side->text : in->home->path;

  if (bench_fits (in, k, text))
    return in->bench->stage[k];
  bench_drop (in->bench, k); /* first, or both would have to find room */
  g_autoptr (ScopeHost) host = side->model != NULL
                                   ? scope_host_open (side->model, in->backend, progress, error)
                                   : scope_host_ref (in->home->host);
  if (host == NULL)
    return NULL;
  g_autoptr (ScopeStage) stage = scope_stage_new (host, text, error);
  if (stage == NULL || !check_room (stage, error))
    return NULL;
  in->bench->model[k] = g_strdup (side->model);
  in->bench->stage[k] = g_steal_pointer (&stage);
  return in->bench->stage[k];
}

/* The session's own stage where that costs it none of its runs. Borrowed. */
static ScopeStage *
side_stage (const ScopeCompareOrder *in, ScopeSide k, ScopeProgress *progress, GError **error)
{
  const ScopeCompareOrderSide *side = &in->side[k];
  g_auto (ScopeStageFilter) filter = { NULL, NULL, 0.0 };

  if (side->model != NULL || side->text != NULL)
    return bench_stage (in, k, progress, error);
  if (!scope_stage_filter (in->home, &side->setting, &filter, progress, error))
    return NULL;
  return scope_stage_has_room (in->home, &filter) ? in->home : bench_stage (in, k, progress, error);
}

/* The channel of another model, or layer, may not be there. */
static gboolean
fit_spec (ScopeMapSpec *spec, const ScopeLook *look, GError **error)
{
  const ScopeConfig *config = scope_model_config (look->stage->host->model);
  gsize count = scope_matrix_channels (config, look->view.layer, spec->kind);

  if (count == 0) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "%s: layer %" G_GSIZE_FORMAT " has no %s map to compare with",
                 scope_model_name (look->stage->host->model), look->view.layer,
                 scope_matrix_kind_name (spec->kind));
    return FALSE;
  }
  spec->channel = MIN (spec->channel, count - 1);
  return TRUE;
}

static ScopeLook *
open_side (const ScopeCompareOrder *in, ScopeSide k, ScopeProgress *progress, GError **error)
{
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.2);
  ScopeProgress looking = scope_progress_span (progress, 0.2, 1.0);
  ScopeStage *stage = side_stage (in, k, &opening, error);

  if (stage == NULL)
    return NULL;
  gsize last = scope_model_config (stage->host->model)->n_layer - 1;
  return scope_look_open (stage, &in->side[k].setting, MIN (in->side[k].layer, last), &looking,
                          error);
}

/* --- maps ---------------------------------------------------------------------------------------
 */

static ScopeResult *
make_map (const ScopeCompareHaul *out, ScopeSide k, ScopeRange range, gsize size,
          ScopeReduce reduce, ScopeProgress *progress, GError **error)
{
  ScopeLook *look = out->look[k];

  return scope_result_map (look->run->trace, look->layer, &out->spec[k], range, size, reduce, FALSE,
                           progress, error);
}

static gsize
side_length (const ScopeCompareHaul *out, ScopeSide k)
{
  return scope_tokens_count (out->look[k]->stage->tokens);
}

/* FALSE if nothing of RANGE lies within LENGTH tokens. */
static gboolean
clip_range (ScopeRange *range, gsize length)
{
  range->row_end = MIN (range->row_end, length);
  range->column_end = MIN (range->column_end, length);
  return range->row_begin < range->row_end && range->column_begin < range->column_end;
}

/* B - A as a map of its own: its boundary is A's, that of the mirror B's. Takes B's arrays. */
static ScopeResult *
subtract (ScopeResult *a, ScopeResult *b, GError **error)
{
  gsize rows = scope_matrix_rows (a->matrix), columns = scope_matrix_columns (a->matrix);
  g_autoptr (ScopeResult) out = scope_result_new (SCOPE_RESULT_MAP);

  out->matrix = scope_matrix_new (SCOPE_REAL_F64, rows, columns, error);
  if (out->matrix == NULL)
    return NULL;
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      scope_matrix_set (out->matrix, r, c,
                        scope_matrix_get (b->matrix, r, c) - scope_matrix_get (a->matrix, r, c));
  out->range = a->range;
  out->exact = a->exact && b->exact;
  out->value_label = g_strdup_printf ("B − A of %s", a->value_label);
  out->n_boundary = a->n_boundary;
  out->boundary_row = g_steal_pointer (&a->boundary_row);
  out->boundary_start = g_steal_pointer (&a->boundary_start);
  out->mirror_start = g_steal_pointer (&b->boundary_start);
  out->dropped = g_steal_pointer (&b->dropped);
  a->n_boundary = b->n_boundary = 0;
  return g_steal_pointer (&out);
}

/* Signed means: their difference is the mean of the differences. */
static gboolean
make_difference (const ScopeCompareHaul *out, ScopeRange range, gsize size,
                 ScopeComparePicture *picture, ScopeProgress *progress, GError **error)
{
  ScopeProgress first = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress second = scope_progress_span (progress, 0.5, 1.0);

  if (!clip_range (&range, MIN (side_length (out, SCOPE_SIDE_A), side_length (out, SCOPE_SIDE_B))))
    return TRUE;
  g_autoptr (ScopeResult) a
      = make_map (out, SCOPE_SIDE_A, range, size, SCOPE_REDUCE_MEAN, &first, error);
  if (a == NULL)
    return FALSE;
  g_autoptr (ScopeResult) b
      = make_map (out, SCOPE_SIDE_B, range, size, SCOPE_REDUCE_MEAN, &second, error);
  if (b == NULL)
    return FALSE;
  picture->result = subtract (a, b, error);
  return picture->result != NULL;
}

static gboolean
make_side (const ScopeCompareHaul *out, ScopeSide k, ScopeRange range, gsize size,
           ScopeComparePicture *picture, ScopeProgress *progress, GError **error)
{
  if (!clip_range (&range, side_length (out, k)))
    return TRUE;
  picture->result = make_map (out, k, range, size, SCOPE_REDUCE_ABSMEAN, progress, error);
  return picture->result != NULL;
}

static gboolean
make_coarse (ScopeCompareHaul *out, ScopeProgress *progress, GError **error)
{
  ScopeProgress spans[]
      = { scope_progress_span (progress, 0.0, 0.25), scope_progress_span (progress, 0.25, 0.5),
          scope_progress_span (progress, 0.5, 1.0) };

  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    gsize length = side_length (out, k);
    if (!make_side (out, k, (ScopeRange){ 0, length, 0, length }, COARSE_SIZE, &out->coarse[k],
                    &spans[k], error))
      return FALSE;
  }
  gsize length = side_length (out, SCOPE_SIDE_A);
  return make_difference (out, (ScopeRange){ 0, length, 0, length }, COARSE_SIZE,
                          &out->coarse[SCOPE_PICTURE_DIFFERENCE], &spans[2], error);
}

static gboolean
make_fine (const ScopeCompareOrder *in, ScopeCompareHaul *out, ScopeProgress *progress,
           GError **error)
{
  ScopeProgress spans[]
      = { scope_progress_span (progress, 0.0, 0.5), scope_progress_span (progress, 0.5, 1.0) };

  out->fine_made = TRUE;
  if (in->difference)
    return make_difference (out, in->side[SCOPE_SIDE_A].range, in->size,
                            &out->fine[SCOPE_PICTURE_DIFFERENCE], progress, error);
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    if (!make_side (out, k, in->side[k].range, in->size, &out->fine[k], &spans[k], error))
      return FALSE;
  return TRUE;
}

/* --- one scale for both sides -------------------------------------------------------------------
 */

static double
largest (const ScopeComparePicture *picture, double most)
{
  const ScopeMatrix *matrix = picture->result != NULL ? picture->result->matrix : NULL;

  for (gsize r = 0; matrix != NULL && r < scope_matrix_rows (matrix); r++)
    for (gsize c = 0; c < scope_matrix_columns (matrix); c++) {
      double size = fabs (scope_matrix_get (matrix, r, c));
      if (isfinite (size) && size > most)
        most = size;
    }
  return most;
}

/* The map's own rule for the logarithm: six decades below the next power of ten. */
static ScopeNorm
side_norm (const ScopeCompareHaul *out, ScopeNormKind kind)
{
  double most = MAX (out->most[SCOPE_PICTURE_A], out->most[SCOPE_PICTURE_B]);
  double high = pow (10, ceil (log10 (MAX (most, 1e-12)) - 1e-9));

  const ScopeResult *a = out->coarse[SCOPE_PICTURE_A].result;
  const ScopeResult *b = out->coarse[SCOPE_PICTURE_B].result;
  if (kind == SCOPE_NORM_LOG || a == NULL || b == NULL)
    return (ScopeNorm){ .kind = SCOPE_NORM_LOG, .low = high * 1e-6, .high = high };
  const ScopeMatrix *both[] = { a->matrix, b->matrix };
  ScopeNorm norm = scope_norm_fit_all (kind, both, G_N_ELEMENTS (both));
  norm.high = MAX (norm.high, most);
  return norm;
}

/* As far above 0 as below it. */
static ScopeNorm
difference_norm (double most, ScopeNormKind kind)
{
  double high = most > 0 ? most : 1;

  if (kind == SCOPE_NORM_LINEAR)
    return (ScopeNorm){ .kind = kind, .low = -high, .high = high };
  return (ScopeNorm){ .kind = SCOPE_NORM_SYMLOG, .low = high * 1e-4, .high = high };
}

static void
paint (ScopeComparePicture *picture, ScopePalette palette, const ScopeNorm *norm)
{
  g_clear_pointer (&picture->image, cairo_surface_destroy);
  if (picture->result != NULL)
    picture->image
        = scope_map_image (picture->result->matrix, picture->result->range, palette, norm);
}

static void
paint_all (const ScopeCompareOrder *in, ScopeCompareHaul *out)
{
  for (guint k = 0; k < SCOPE_N_PICTURES; k++)
    out->most[k] = largest (&out->fine[k], largest (&out->coarse[k], in->most[k]));
  out->norm[SCOPE_PICTURE_A] = out->norm[SCOPE_PICTURE_B] = side_norm (out, in->norm);
  out->norm[SCOPE_PICTURE_DIFFERENCE]
      = difference_norm (out->most[SCOPE_PICTURE_DIFFERENCE], in->norm);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++) {
    ScopePalette palette = k == SCOPE_PICTURE_DIFFERENCE ? SCOPE_PALETTE_BALANCE : in->palette;
    paint (&out->coarse[k], palette, &out->norm[k]);
    paint (&out->fine[k], palette, &out->norm[k]);
  }
}

/* --- curves and text ----------------------------------------------------------------------------
 */

static char *
side_name (const ScopeCompareHaul *out, ScopeSide k)
{
  const char *spec = out->look[k]->setting.spec;

  return g_strdup_printf ("%s: %s", k == SCOPE_SIDE_A ? "A" : "B",
                          g_str_equal (spec, "off") ? "no filter" : spec);
}

/* Of one side; shared attention does not decay: then the layer's first channel. */
static ScopeResult *
side_decay (const ScopeCompareHaul *out, ScopeSide k, ScopeProgress *progress, GError **error)
{
  const ScopeLook *look = out->look[k];
  gsize channel = out->spec[k].kind == SCOPE_MATRIX_SOFTMAX ? 0 : out->spec[k].channel;

  return scope_result_decay (look->run->trace, look->layer, (gssize)channel, look->classes,
                             look->view.ln_theta, look->stage->host->train_length, DECAY_POINTS,
                             progress, error);
}

static gboolean
make_decay (ScopeCompareHaul *out, ScopeProgress *progress, GError **error)
{
  ScopeResult *both = scope_result_new (SCOPE_RESULT_CURVES);

  out->decay = both;
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    g_autofree char *name = side_name (out, k);
    g_autoptr (ScopeResult) one = side_decay (out, k, progress, error);
    if (one == NULL)
      return FALSE;
    const ScopeCurve *curve = g_ptr_array_index (one->curves, 0);
    scope_result_add_series (both, name, (gint)k, curve->x, curve->y, NULL, NULL, curve->count);
    both->x_mark = one->x_mark;
    both->y_mark = one->y_mark;
  }
  both->x_label = g_strdup ("tokens");
  both->y_label = g_strdup ("ln cumulative decay");
  return TRUE;
}

static gboolean
fill_row (ScopeCompareRow *row, const ScopeCompareHaul *out, ScopeSide k, ScopeProgress *progress,
          GError **error)
{
  ScopeLayerTrace *layer = out->look[k]->layer;
  gsize count = row->end - row->begin, length = side_length (out, k);
  ScopeRange range = { row->row, row->row + 1, row->begin, MIN (row->end, length) };
  gboolean acts
      = scope_layer_trace_plan (layer) != NULL && out->spec[k].kind != SCOPE_MATRIX_SOFTMAX;
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);

  row->value[k] = g_new (double, count);
  row->dropped[k] = g_new0 (gboolean, count);
  for (gsize c = 0; c < count; c++)
    row->value[k][c] = NAN;
  if (row->row >= length || delta == NULL)
    return delta != NULL;
  g_autoptr (ScopeMatrix) tile
      = scope_attention_tile (layer, &out->spec[k], range, progress, error);
  if (tile == NULL)
    return FALSE;
  for (gsize c = 0; c < scope_matrix_columns (tile); c++) {
    row->value[k][c] = scope_matrix_get (tile, 0, c);
    row->dropped[k][c]
        = acts && scope_matrix_get (delta, row->begin + c, out->spec[k].channel) == 0;
  }
  return TRUE;
}

static ScopeCompareRow *
make_row (const ScopeCompareOrder *in, const ScopeCompareHaul *out, ScopeProgress *progress,
          GError **error)
{
  ScopeCompareRow *row = g_new0 (ScopeCompareRow, 1);
  gsize length = side_length (out, SCOPE_SIDE_A);

  g_atomic_ref_count_init (&row->refs);
  row->row = MIN (in->row, length - 1);
  row->begin = row->row > TEXT_BEFORE ? row->row - TEXT_BEFORE : 0;
  row->end = MIN (row->row + 1 + TEXT_AFTER, length);
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    if (!fill_row (row, out, k, progress, error)) {
      scope_compare_row_unref (row);
      return NULL;
    }
  for (gsize c = 0; c < row->end - row->begin; c++)
    row->most = fmax (row->most, fabs (row->value[SCOPE_SIDE_B][c] - row->value[SCOPE_SIDE_A][c]));
  return row;
}

/* --- all of it ----------------------------------------------------------------------------------
 */

static gboolean
open_both (const ScopeCompareOrder *in, ScopeCompareHaul *out, ScopeProgress *progress,
           GError **error)
{
  ScopeProgress spans[]
      = { scope_progress_span (progress, 0.0, 0.5), scope_progress_span (progress, 0.5, 1.0) };

  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    out->spec[k] = in->side[k].spec;
    out->look[k]
        = in->look[k] != NULL ? scope_look_ref (in->look[k]) : open_side (in, k, &spans[k], error);
    if (out->look[k] == NULL || !fit_spec (&out->spec[k], out->look[k], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
fill_haul (const ScopeCompareOrder *in, ScopeCompareHaul *out, ScopeProgress *progress,
           GError **error)
{
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.8);
  ScopeProgress coarse = scope_progress_span (progress, 0.8, 0.9);
  ScopeProgress rest = scope_progress_span (progress, 0.9, 1.0);

  if (!open_both (in, out, &opening, error))
    return FALSE;
  for (guint k = 0; !in->coarse && k < SCOPE_N_PICTURES; k++)
    scope_compare_picture_copy (&out->coarse[k], &in->old[k]);
  if (in->coarse && !(make_coarse (out, &coarse, error) && make_decay (out, &coarse, error)))
    return FALSE;
  out->coarse_made = in->coarse;
  if (in->fine && !make_fine (in, out, &rest, error))
    return FALSE;
  if (in->text && (out->row = make_row (in, out, &rest, error)) == NULL)
    return FALSE;
  paint_all (in, out);
  return TRUE;
}

gpointer
scope_compare_work (gpointer input, ScopeProgress *progress, GError **error)
{
  ScopeCompareHaul *out = g_new0 (ScopeCompareHaul, 1);

  if (fill_haul (input, out, progress, error))
    return out;
  scope_compare_haul_free (out);
  return NULL;
}
