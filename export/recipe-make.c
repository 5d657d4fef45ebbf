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

/* For panels that no layer speaks for. */
static void
describe_run (ScopeResult *result, const ScopePass *pass)
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

/* --- atlas ---------------------------------------------------------------------------------------
 */

typedef struct {
  gsize layer, channel;
  double ln_decay;
  gboolean global;
  ScopeResult *tile;
} AtlasEntry;

static int
compare_entries (const void *a, const void *b)
{
  const AtlasEntry *left = a, *right = b;
  if (left->ln_decay != right->ln_decay)
    return left->ln_decay < right->ln_decay ? -1 : 1;
  if (left->layer != right->layer)
    return left->layer < right->layer ? -1 : 1;
  return (left->channel > right->channel) - (left->channel < right->channel);
}

/* Evenly spaced ranks of all channels of LAYER, or of all layers if it is -1, from the one that
 * forgets most to the one that forgets least. */
static AtlasEntry *
choose_entries (const ScopeMatrix *classes, double ln_theta, gssize layer, gsize wanted,
                gsize *count)
{
  gsize channels = scope_matrix_columns (classes);
  gsize first = layer >= 0 ? (gsize)layer : 0;
  gsize end = layer >= 0 ? first + 1 : scope_matrix_rows (classes), all = (end - first) * channels;
  AtlasEntry *entries = g_new0 (AtlasEntry, all);
  for (gsize k = 0; k < all; k++) {
    double ln_decay = scope_matrix_get (classes, first + k / channels, k % channels);
    entries[k]
        = (AtlasEntry){ first + k / channels, k % channels, ln_decay, ln_decay > ln_theta, NULL };
  }
  qsort (entries, all, sizeof *entries, compare_entries);
  *count = MIN (wanted, all);
  for (gsize k = 0; k < *count; k++)
    entries[k] = entries[*count > 1 ? k * (all - 1) / (*count - 1) : 0];
  return entries;
}

static ScopeResult *
make_tile (ScopePass *pass, const ScopeRecipePanel *panel, ScopeLayerTrace *layer,
           const AtlasEntry *entry, ScopeProgress *progress, GError **error)
{
  ScopeMapSpec spec = { .channel = entry->channel,
                        .kind = panel->matrix,
                        .lane = -1,
                        .epsilon = pass->world->recipe->epsilon };
  ScopeRange range = { 0, pass->count, 0, pass->count };
  ScopeResult *tile = scope_result_map (pass->trace, layer, &spec, range, panel->bins,
                                        panel->reduce, FALSE, progress, error);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  if (tile == NULL)
    return NULL;
  scope_provenance_set (tile->provenance, "ln-decay", "%s",
                        g_ascii_formatd (number, sizeof number, "%.9g", entry->ln_decay));
  scope_provenance_set (tile->provenance, "class", "%s", entry->global ? "global" : "local");
  g_free (tile->title);
  tile->title = panel->layer >= 0 ? g_strdup_printf ("%" G_GSIZE_FORMAT, entry->channel)
                                  : g_strdup_printf ("%" G_GSIZE_FORMAT " · %" G_GSIZE_FORMAT,
                                                     entry->layer, entry->channel);
  return tile;
}

/* The entries that LAYER has. */
static gboolean
fill_layer (ScopePass *pass, const ScopeRecipePanel *panel, gsize index, AtlasEntry *entries,
            gsize count, gsize *done, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeLayerTrace) layer = NULL;
  for (gsize k = 0; k < count; k++) {
    if (entries[k].layer != index)
      continue;
    if (layer == NULL)
      layer = scope_trace_layer (pass->trace, index, NULL, NULL, error);
    ScopeProgress one = scope_progress_span (progress, (double)*done / (double)count,
                                             (double)(*done + 1) / (double)count);
    if (layer == NULL || !scope_progress_check (&one, 0.0, "atlas", error))
      return FALSE;
    entries[k].tile = make_tile (pass, panel, layer, &entries[k], &one, error);
    if (entries[k].tile == NULL)
      return FALSE;
    *done += 1;
  }
  return TRUE;
}

static gsize
tile_columns (const ScopeRecipePanel *panel, gsize count)
{
  if (panel->tile_columns > 0)
    return MIN (panel->tile_columns, count);
  /* Somewhat wider than high, in full rows if it can be; twelve in a row is as fine as a page of
   * two columns can show. */
  gsize least = MIN ((gsize)ceil (sqrt ((double)count)), 12), most = MIN (2 * least, 12);
  for (gsize columns = least; columns <= most; columns++)
    if (count % columns == 0)
      return columns;
  return least;
}

/* What the tiles have in common is said of the whole. */
static ScopeResult *
collect_tiles (const ScopePass *pass, const ScopeRecipePanel *panel, const AtlasEntry *entries,
               gsize count)
{
  ScopeResult *result = scope_result_new (SCOPE_RESULT_TILES);
  describe_run (result, pass);
  for (gsize k = 0; k < count; k++) {
    g_ptr_array_add (result->tiles, scope_result_ref (entries[k].tile));
    result->exact &= entries[k].tile->exact;
  }
  static const char *const keys[] = { "layer", "filter", "matrix", "reduce" };
  for (gsize k = panel->layer >= 0 ? 0 : 1; k < G_N_ELEMENTS (keys); k++)
    scope_provenance_set (result->provenance, keys[k], "%s",
                          scope_provenance_get (entries[0].tile->provenance, keys[k]));
  scope_provenance_set (result->provenance, "exact", "%s", result->exact ? "exact" : "sampled");
  result->value_label = g_strdup (entries[0].tile->value_label);
  result->tile_columns = tile_columns (panel, count);
  result->title
      = panel->layer >= 0
            ? g_strdup_printf ("layer %" G_GSSIZE_FORMAT ", %" G_GSIZE_FORMAT " channels by decay",
                               panel->layer, count)
            : g_strdup_printf ("%" G_GSIZE_FORMAT " channels of all layers by decay", count);
  return result;
}

static ScopeResult *
make_atlas (ScopePass *pass, const ScopeRecipePanel *panel, ScopeProgress *progress, GError **error)
{
  ScopeProgress classing = scope_progress_span (progress, 0.0, 0.2);
  ScopeProgress making = scope_progress_span (progress, 0.2, 1.0);
  double ln_theta;
  gsize train_length, count, done = 0;
  g_autoptr (ScopeMatrix) classes
      = scope_pass_classes (pass, &ln_theta, &train_length, &classing, error);
  if (classes == NULL)
    return NULL;
  gsize layers = scope_matrix_rows (classes);
  if (panel->layer >= (gssize)layers) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "layer: expected 0 to %" G_GSIZE_FORMAT ", found %" G_GSSIZE_FORMAT,
                     layers - 1, panel->layer);
    return NULL;
  }
  g_autofree AtlasEntry *entries
      = choose_entries (classes, ln_theta, panel->layer, panel->count, &count);
  gboolean good = TRUE;
  for (gsize l = 0; good && l < layers; l++)
    good = fill_layer (pass, panel, l, entries, count, &done, &making, error);
  ScopeResult *result = good ? collect_tiles (pass, panel, entries, count) : NULL;
  for (gsize k = 0; k < count; k++)
    g_clear_pointer (&entries[k].tile, scope_result_unref);
  return result;
}

/* --- lines ---------------------------------------------------------------------------------------
 */

static ScopeResult *
make_decay (ScopePass *pass, const ScopeRecipePanel *panel, ScopeLayerTrace *layer,
            ScopeProgress *progress, GError **error)
{
  ScopeProgress classing = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress drawing = scope_progress_span (progress, 0.5, 1.0);
  gsize train_length;
  double ln_theta;
  g_autoptr (ScopeMatrix) classes
      = scope_pass_classes (pass, &ln_theta, &train_length, &classing, error);
  if (classes == NULL)
    return NULL;
  if (panel->kind == SCOPE_PANEL_FIELDS)
    return scope_result_fields (pass->trace, layer, classes, ln_theta, train_length, FIELD_POINTS,
                                pass->world->recipe->epsilon, &drawing, error);
  return scope_result_decay (pass->trace, layer, panel->channel, classes, ln_theta, train_length,
                             DECAY_POINTS, &drawing, error);
}

static ScopeResult *
make_layers (ScopePass *pass, const ScopeRecipePanel *panel, ScopeProgress *progress,
             GError **error)
{
  double ln_theta;
  gsize train_length;
  g_autoptr (ScopeMatrix) classes
      = scope_pass_classes (pass, &ln_theta, &train_length, progress, error);
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
  describe_run (result, pass);
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
  describe_run (result, pass);
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
  gssize query = panel->query >= 0 ? panel->query : (gssize)pass->count - 1;
  gsize begin = panel->span[0], end = panel->span[1];
  if (end == 0) {
    end = pass->count;
    begin = end > SCOPE_RECIPE_MAX_SPAN ? end - SCOPE_RECIPE_MAX_SPAN : 0;
  }
  return scope_result_strip (pass->trace, layer, &spec, pass->text->tokens,
                             panel->delta ? -1 : query, begin, end, progress, error);
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
    return make_decay (pass, panel, layer, &making, error);
  case SCOPE_PANEL_STRIP:
    return make_strip (pass, panel, layer, &making, error);
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
        : panel->kind == SCOPE_PANEL_ATLAS  ? make_atlas (self, panel, progress, error)
                                            : make_layered (self, panel, shot, progress, error);
  if (result == NULL)
    return NULL;
  describe_text (result, self);
  set_title (result, panel->title);
  return result;
}
