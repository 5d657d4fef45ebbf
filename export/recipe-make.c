/* Panels from passes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/perplexity.h"
#include "base/error.h"
#include "compute/registry.h"
#include "export/recipe-pass.h"

#define DECAY_POINTS 256
#define FIELD_POINTS 48

/* --- what provenance says ------------------------------------------------------------------------
 */

void
scope_pass_describe (const ScopePass *pass, ScopeResult *result)
{
  ScopeBackend *backend = scope_schedule_backend (pass->model->schedule);
  ScopeProvenance *out = result->provenance;
  g_autofree char *device = scope_backend_describe (backend);
  scope_provenance_set (out, "program", "mambascope %s", SCOPE_VERSION);
  scope_provenance_set (out, "model", "%s", pass->model->name);
  scope_provenance_set (out, "model-hash", "%s",
                        scope_model_hash (scope_schedule_model (pass->model->schedule)));
  scope_provenance_set (out, "tokens", "%" G_GSIZE_FORMAT, pass->count);
  scope_provenance_set (out, "backend", "%s", device);
  scope_provenance_set (out, "precision", "%s", scope_precision_name (backend->precision));
}

static void
describe_text (ScopeResult *result, const ScopePass *pass)
{
  g_autoptr (ScopeTokens) used = scope_tokens_slice (pass->text->tokens, 0, pass->count);
  g_autofree char *hash = scope_tokens_hash (used);
  scope_provenance_set (result->provenance, "model", "%s", pass->model->name);
  scope_provenance_set (result->provenance, "text", "%s", pass->text->name);
  scope_provenance_set (result->provenance, "text-hash", "%s", hash);
}

static void
set_title (ScopeResult *result, const char *title)
{
  if (title == NULL)
    return;
  g_free (result->title);
  result->title = g_strdup (title);
}

/* --- maps ----------------------------------------------------------------------------------------
 */

static gboolean
normalise_result (ScopeResult *result, ScopeNormalise kind, GError **error)
{
  static const char *const words[SCOPE_N_NORMALISATIONS]
      = { "%s", "row-L1 of %s", "min–max of |%s|", "softmax of %s" };
  if (kind == SCOPE_NORMALISE_NONE)
    return TRUE;
  ScopeMatrix *matrix = scope_normalise (result->matrix, result->range, kind, error);
  if (matrix == NULL)
    return FALSE;
  g_clear_pointer (&result->matrix, scope_matrix_unref);
  result->matrix = matrix;
  g_autofree char *before = g_steal_pointer (&result->value_label);
  gboolean bars = kind == SCOPE_NORMALISE_MINMAX && strchr (before, '|') == NULL;
  result->value_label = bars || kind != SCOPE_NORMALISE_MINMAX
                            ? g_strdup_printf (words[kind], before)
                            : g_strconcat ("min–max of ", before, NULL);
  scope_provenance_set (result->provenance, "normalisation", "%s", scope_normalise_name (kind));
  return TRUE;
}

static ScopeResult *
make_map (ScopePass *pass, const ScopeRecipePanel *panel, const ScopeShot *shot,
          ScopeLayerTrace *layer, ScopeProgress *progress, GError **error)
{
  ScopeMapSpec spec = { .channel = (gsize)panel->channel,
                        .kind = panel->matrix,
                        .lane = -1,
                        .epsilon = pass->world->recipe->epsilon };
  ScopeRange range
      = panel->has_range ? panel->range : (ScopeRange){ 0, pass->count, 0, pass->count };
  gsize bins = shot->marks ? 1 : panel->bins;
  g_autoptr (ScopeResult) result = scope_result_map (pass->trace, layer, &spec, range, bins,
                                                     panel->reduce, !shot->marks, progress, error);
  if (result == NULL || !normalise_result (result, panel->normalise, error))
    return NULL;
  return g_steal_pointer (&result);
}

/* --- lines ---------------------------------------------------------------------------------------
 */

static gboolean
lists_channel (const ScopeRecipePanel *panel, gsize channel)
{
  for (guint k = 0; panel->channels != NULL && k < panel->channels->len; k++)
    if (g_array_index (panel->channels, double, k) == (double)channel)
      return TRUE;
  return FALSE;
}

gboolean
scope_panel_classes_have (ScopePanelClasses classes, gboolean global)
{
  return classes == SCOPE_CLASSES_ALL || (classes == SCOPE_CLASSES_GLOBAL && global)
         || (classes == SCOPE_CLASSES_LOCAL && !global);
}

static gboolean
check_listed (const ScopeRecipePanel *panel, gsize channels, GError **error)
{
  for (guint k = 0; panel->channels != NULL && k < panel->channels->len; k++)
    if (g_array_index (panel->channels, double, k) >= (double)channels) {
      scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                       "channels: expected 0 to %" G_GSIZE_FORMAT ", found %.0f", channels - 1,
                       g_array_index (panel->channels, double, k));
      return FALSE;
    }
  return TRUE;
}

/* Of the lines of all channels, in their order, those that the panel shows; from the last, so that
 * the others keep their places. */
static gboolean
choose_lines (ScopeResult *result, const ScopeRecipePanel *panel, GError **error)
{
  if (panel->channel >= 0 || !check_listed (panel, result->curves->len, error))
    return panel->channel >= 0;
  for (guint k = result->curves->len; k > 0; k--) {
    const ScopeCurve *curve = g_ptr_array_index (result->curves, k - 1);
    if (!scope_panel_classes_have (panel->classes, curve->global) && !lists_channel (panel, k - 1))
      g_ptr_array_remove_index (result->curves, k - 1);
  }
  return TRUE;
}

static ScopeResult *
make_decay (ScopePass *pass, const ScopeRecipePanel *panel, const ScopeShot *shot,
            ScopeLayerTrace *layer, ScopeProgress *progress, GError **error)
{
  ScopeProgress classing = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress drawing = scope_progress_span (progress, 0.5, 1.0);
  gsize train_length;
  double ln_theta;
  g_autoptr (ScopeMatrix) classes
      = scope_pass_classes (pass, panel, &ln_theta, &train_length, &classing, error);
  if (classes == NULL)
    return NULL;
  if (panel->kind == SCOPE_PANEL_FIELDS)
    return scope_result_fields (pass->trace, layer, classes, ln_theta, train_length, FIELD_POINTS,
                                pass->world->recipe->epsilon, &drawing, error);
  g_autoptr (ScopeResult) result
      = scope_result_decay (pass->trace, layer, panel->channel, classes, ln_theta, train_length,
                            DECAY_POINTS, &drawing, error);
  /* Lines of before are found by their names: which there are, the lines of after say. */
  if (result == NULL || (!shot->before && !choose_lines (result, panel, error)))
    return NULL;
  return g_steal_pointer (&result);
}

static ScopeResult *
make_layers (ScopePass *pass, const ScopeRecipePanel *panel, ScopeProgress *progress,
             GError **error)
{
  double ln_theta;
  gsize train_length;
  g_autoptr (ScopeMatrix) classes
      = scope_pass_classes (pass, panel, &ln_theta, &train_length, progress, error);
  if (classes == NULL)
    return NULL;
  ScopeResult *result = scope_result_layers (classes, (const double *)(void *)panel->thetas->data,
                                             panel->thetas->len);
  for (gsize k = 0; k < panel->thetas->len; k++) {
    ScopeCurve *curve = g_ptr_array_index (result->curves, k);
    double theta = g_array_index (panel->thetas, double, k);
    g_autofree char *number = scope_tick_label (theta, theta < 1.0001e-3);
    g_free (curve->name);
    curve->name = g_strconcat ("θ = ", number, NULL);
  }
  scope_pass_describe (pass, result);
  scope_provenance_set (result->provenance, "train-length", "%" G_GSIZE_FORMAT, train_length);
  scope_provenance_set (result->provenance, "filter", "%s", panel->filter);
  return result;
}

typedef struct {
  gsize lengths;
  ScopePerplexityRow *rows; /* (filters, lengths) */
} Sweep;

static void
take_row (const ScopePerplexityRow *row, gpointer data)
{
  Sweep *sweep = data;
  ScopePerplexityRow *rows = sweep->rows + row->filter * sweep->lengths;
  for (gsize k = 0; k < sweep->lengths; k++)
    if (rows[k].length == row->length)
      rows[k] = *row;
}

static ScopeResult *
draw_sweep (const ScopePass *pass, const ScopeRecipePanel *panel, const Sweep *sweep,
            gsize train_length)
{
  ScopeResult *result
      = scope_result_sweep ((const char *const *)panel->filters->pdata, panel->filters->len,
                            sweep->rows, sweep->lengths, train_length);
  scope_pass_describe (pass, result);
  scope_provenance_set (result->provenance, "score", "%" G_GSIZE_FORMAT, panel->score);
  scope_provenance_set (result->provenance, "windows", "%" G_GSIZE_FORMAT, panel->windows);
  scope_provenance_set (result->provenance, "protocol", "%s",
                        scope_protocol_names[panel->protocol]);
  return result;
}

static gboolean
run_sweep (ScopePass *pass, const ScopeRecipePanel *panel, Sweep *sweep, ScopeProgress *progress,
           GError **error)
{
  g_autoptr (GPtrArray) filters
      = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_filter_unref);
  g_autofree gsize *lengths = g_new (gsize, sweep->lengths);
  g_autoptr (ScopeTokens) tokens = scope_tokens_slice (pass->text->tokens, 0, pass->count);
  for (gsize f = 0; f < panel->filters->len; f++) {
    ScopeFilter *filter = scope_filter_parse (g_ptr_array_index (panel->filters, f), error);
    if (filter == NULL)
      return FALSE;
    g_ptr_array_add (filters, filter);
  }
  for (gsize k = 0; k < sweep->lengths; k++)
    lengths[k] = sweep->rows[k].length;
  const ScopePerplexitySettings settings = {
    .lengths = lengths,
    .n_lengths = sweep->lengths,
    .filters = (ScopeFilter *const *)filters->pdata,
    .n_filters = filters->len,
    .score = panel->score,
    .windows = panel->windows,
    .protocol = panel->protocol,
  };
  const char *name = pass->text->name;
  return scope_perplexity (pass->model->context, &tokens, &name, 1, &settings, take_row, sweep,
                           progress, error);
}

static ScopeResult *
make_sweep (ScopePass *pass, const ScopeRecipePanel *panel, ScopeProgress *progress, GError **error)
{
  gsize lengths = panel->lengths->len, all = lengths * panel->filters->len, train_length;
  if (!scope_filter_context_facts (pass->model->context, NULL, &train_length, NULL, error))
    return NULL;
  g_autofree ScopePerplexityRow *rows = g_new0 (ScopePerplexityRow, all);
  Sweep sweep = { lengths, rows };
  for (gsize k = 0; k < all; k++)
    rows[k].length = (gsize)g_array_index (panel->lengths, double, k % lengths);
  return run_sweep (pass, panel, &sweep, progress, error)
             ? draw_sweep (pass, panel, &sweep, train_length)
             : NULL;
}

/* --- strip ---------------------------------------------------------------------------------------
 */

static ScopeResult *
make_strip (ScopePass *pass, const ScopeRecipePanel *panel, ScopeLayerTrace *layer,
            ScopeProgress *progress, GError **error)
{
  ScopeMapSpec spec = { .channel = (gsize)panel->channel, .kind = panel->matrix, .lane = -1 };
  gsize begin = panel->span[0], end = panel->span[1];
  if (end == 0) {
    end = pass->count;
    begin = end > SCOPE_RECIPE_MAX_SPAN ? end - SCOPE_RECIPE_MAX_SPAN : 0;
  }
  gsize query = panel->query >= 0 ? (gsize)panel->query : pass->count - 1;
  gsize key = panel->key >= 0 ? (gsize)panel->key : begin;
  return scope_result_strip (pass->trace, layer, &spec, pass->text->tokens, panel->value,
                             panel->value == SCOPE_STRIP_COLUMN ? key : query, begin, end, progress,
                             error);
}

static ScopeResult *
make_compared (ScopePass *pass, const ScopeRecipePanel *panel, const ScopeShot *shot,
               ScopeLayerTrace *layer, ScopeProgress *progress, GError **error)
{
  if (panel->mode == SCOPE_COMPARE_DECAY)
    return make_decay (pass, panel, shot, layer, progress, error);
  if (panel->mode == SCOPE_COMPARE_TEXT)
    return make_strip (pass, panel, layer, progress, error);
  return make_map (pass, panel, shot, layer, progress, error);
}

/* --- the whole -----------------------------------------------------------------------------------
 */

static ScopeResult *
make_layered (ScopePass *pass, const ScopeRecipePanel *panel, const ScopeShot *shot,
              ScopeProgress *progress, GError **error)
{
  ScopeProgress loading = scope_progress_span (progress, 0.0, 0.3);
  ScopeProgress making = scope_progress_span (progress, 0.3, 1.0);
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (pass->trace, (gsize)panel->layer, NULL, &loading, error);
  if (layer == NULL)
    return NULL;
  switch (panel->kind) {
  case SCOPE_PANEL_DECAY:
  case SCOPE_PANEL_FIELDS:
    return make_decay (pass, panel, shot, layer, &making, error);
  case SCOPE_PANEL_STRIP:
    return make_strip (pass, panel, layer, &making, error);
  case SCOPE_PANEL_COMPARE:
    return make_compared (pass, panel, shot, layer, &making, error);
  default:
    return make_map (pass, panel, shot, layer, &making, error);
  }
}

ScopeResult *
scope_pass_make (ScopePass *self, const ScopeRecipePanel *panel, const ScopeShot *shot,
                 ScopeProgress *progress, GError **error)
{
  ScopeResult *result
      = panel->kind == SCOPE_PANEL_SWEEP    ? make_sweep (self, panel, progress, error)
        : panel->kind == SCOPE_PANEL_LAYERS ? make_layers (self, panel, progress, error)
        : panel->kind == SCOPE_PANEL_ATLAS  ? scope_pass_atlas (self, panel, progress, error)
                                            : make_layered (self, panel, shot, progress, error);
  if (result == NULL)
    return NULL;
  describe_text (result, self);
  set_title (result, panel->title);
  return result;
}
