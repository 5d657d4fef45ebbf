/* Atlases: which channels, in which order, and their small maps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/number.h"
#include "export/recipe-pass.h"

typedef struct {
  gsize layer, channel;
  double ln_decay; /* over the calibration window, which makes the class */
  double value;    /* what a sort shows */
  gboolean global;
  ScopeResult *tile;
} AtlasEntry;

/* What a chosen order has of every channel of the layers it covers: (layers, channels) */
typedef struct {
  const ScopeMatrix *classes;
  double ln_theta;
  gsize first, end, channels; /* layers */
} Scope;

static gboolean
is_global (const Scope *scope, gsize layer, gsize channel)
{
  return scope_matrix_get (scope->classes, layer, channel) > scope->ln_theta;
}

static AtlasEntry
make_entry (const Scope *scope, gsize layer, gsize channel)
{
  return (AtlasEntry){ .layer = layer,
                       .channel = channel,
                       .ln_decay = scope_matrix_get (scope->classes, layer, channel),
                       .value = NAN,
                       .global = is_global (scope, layer, channel) };
}

/* --- spread by decay ----------------------------------------------------------------------------
 */

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

/* The channels of the classes that PANEL shows. */
static AtlasEntry *
list_entries (const ScopeRecipePanel *panel, const Scope *scope, gsize *count)
{
  gsize all = (scope->end - scope->first) * scope->channels;
  AtlasEntry *entries = g_new0 (AtlasEntry, MAX (all, 1));
  *count = 0;
  for (gsize k = 0; k < all; k++) {
    AtlasEntry entry = make_entry (scope, scope->first + k / scope->channels, k % scope->channels);
    if (scope_panel_classes_have (panel->classes, entry.global))
      entries[(*count)++] = entry;
  }
  return entries;
}

/* Evenly spaced ranks, from the channel that forgets most to the one that forgets least. */
static void
spread (AtlasEntry *entries, gsize wanted, gsize *count)
{
  gsize all = *count;
  qsort (entries, all, sizeof *entries, compare_entries);
  *count = MIN (wanted, all);
  for (gsize k = 0; k < *count; k++)
    entries[k] = entries[*count > 1 ? k * (all - 1) / (*count - 1) : 0];
}

/* --- sorted -------------------------------------------------------------------------------------
 */

static gboolean
read_stats (ScopePass *pass, const ScopeRecipePanel *panel, const Scope *scope,
            ScopeLayerTrace *layer, AtlasEntry *entries, gsize count, GError **error)
{
  gsize index = scope_layer_trace_layer (layer);
  g_autofree ScopeChannelStats *stats
      = scope_channels_layer (pass->trace, layer, scope->classes, scope->ln_theta, NULL, error);
  for (gsize k = 0; stats != NULL && k < count; k++)
    if (entries[k].layer == index)
      entries[k].value = scope_atlas_stat (&stats[entries[k].channel], (ScopeAtlasSort)panel->sort);
  return stats != NULL;
}

/* SIGNATURE (SCOPE_SIGNATURE_BYTES) of one channel. */
static gboolean
sign (ScopeLayerTrace *layer, gsize channel, guint8 *signature, ScopeProgress *progress,
      GError **error)
{
  gsize side = MIN (SCOPE_ATLAS_SIDE, scope_layer_trace_length (layer));
  g_autofree guint8 *picture = g_malloc (side * side);
  gboolean exact;
  return scope_atlas_draw (layer, channel, channel + 1, side, &picture, signature, &exact, progress,
                           error);
}

static gboolean
read_similarities (ScopeLayerTrace *layer, const guint8 *like, AtlasEntry *entries, gsize count,
                   ScopeProgress *progress, GError **error)
{
  g_autofree guint8 *signature = g_malloc (SCOPE_SIGNATURE_BYTES);
  guint square = scope_atlas_product (like, like);
  for (gsize k = 0; k < count; k++) {
    if (entries[k].layer != scope_layer_trace_layer (layer))
      continue;
    if (!scope_progress_check (progress, (double)k / (double)count, NULL, error)
        || !sign (layer, entries[k].channel, signature, NULL, error))
      return FALSE;
    entries[k].value = scope_atlas_cosine (scope_atlas_product (like, signature), square,
                                           scope_atlas_product (signature, signature));
  }
  return TRUE;
}

/* The signature that the others are held against. */
static guint8 *
sign_like (ScopePass *pass, const ScopeRecipePanel *panel, const Scope *scope, GError **error)
{
  gsize layers = scope_matrix_rows (scope->classes);
  if (panel->like[0] >= layers || panel->like[1] >= scope->channels) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "like: expected a layer of 0 to %" G_GSIZE_FORMAT " and a channel of 0 to "
                     "%" G_GSIZE_FORMAT ", found [%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "]",
                     layers - 1, scope->channels - 1, panel->like[0], panel->like[1]);
    return NULL;
  }
  g_autofree guint8 *signature = g_malloc (SCOPE_SIGNATURE_BYTES);
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (pass->trace, panel->like[0], NULL, NULL, error);
  if (layer == NULL || !sign (layer, panel->like[1], signature, NULL, error))
    return NULL;
  return g_steal_pointer (&signature);
}

/* Fills in the entries' values, layer by layer. */
static gboolean
measure (ScopePass *pass, const ScopeRecipePanel *panel, const Scope *scope, AtlasEntry *entries,
         gsize count, ScopeProgress *progress, GError **error)
{
  gboolean similar = panel->sort == SCOPE_ATLAS_BY_SIMILARITY;
  g_autofree guint8 *like = similar ? sign_like (pass, panel, scope, error) : NULL;
  gsize layers = scope->end - scope->first;
  if (similar && like == NULL)
    return FALSE;
  for (gsize l = 0; l < layers; l++) {
    ScopeProgress one = scope_progress_span (progress, (double)l / (double)layers,
                                             (double)(l + 1) / (double)layers);
    g_autoptr (ScopeLayerTrace) layer
        = scope_trace_layer (pass->trace, scope->first + l, NULL, NULL, error);
    if (layer == NULL || !scope_progress_check (&one, 0.0, "atlas", error)
        || !(similar ? read_similarities (layer, like, entries, count, &one, error)
                     : read_stats (pass, panel, scope, layer, entries, count, error)))
      return FALSE;
  }
  return TRUE;
}

/* As many as are wanted from the first wanted place on, in the panel's order. */
static void
order (const ScopeRecipePanel *panel, const Scope *scope, AtlasEntry *entries, gsize *count)
{
  g_autofree ScopeAtlasRank *ranks = g_new (ScopeAtlasRank, MAX (*count, 1));
  g_autofree AtlasEntry *all = g_memdup2 (entries, MAX (*count, 1) * sizeof *entries);
  for (gsize k = 0; k < *count; k++) /* they are listed in the order of their indices */
    ranks[k] = (ScopeAtlasRank){ panel->sort == SCOPE_ATLAS_BY_INDEX ? (double)k : entries[k].value,
                                 (guint)k };
  scope_atlas_sort_ranks (ranks, *count, panel->descending);
  gsize first = MIN (panel->first, *count);
  *count = MIN (panel->count, *count - first);
  for (gsize k = 0; k < *count; k++)
    entries[k] = all[ranks[first + k].index];
}

static gboolean
choose_entries (ScopePass *pass, const ScopeRecipePanel *panel, const Scope *scope,
                AtlasEntry *entries, gsize *count, ScopeProgress *progress, GError **error)
{
  if (panel->sort < 0)
    spread (entries, panel->count, count);
  else if (measure (pass, panel, scope, entries, *count, progress, error))
    order (panel, scope, entries, count);
  else
    return FALSE;
  if (*count > 0)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                   "atlas: expected at least one channel%s%s, found none",
                   panel->classes == SCOPE_CLASSES_ALL ? "" : " that is ",
                   panel->classes == SCOPE_CLASSES_ALL ? ""
                                                       : scope_panel_classes_names[panel->classes]);
  return FALSE;
}

/* --- tiles --------------------------------------------------------------------------------------
 */

/* "−3.108", "3956", "31 %": as the app writes it. */
static char *
value_words (ScopeAtlasSort sort, double value)
{
  if (!isfinite (value))
    return scope_tick_label (value, FALSE);
  if (sort == SCOPE_ATLAS_BY_FIELD)
    return scope_tick_label (value, FALSE);
  if (sort != SCOPE_ATLAS_BY_KEPT)
    return scope_write_significant (value, 4);
  g_autofree char *percent = scope_write_significant (100 * value, value < 0.1 ? 2 : 3);
  return g_strdup_printf ("%s %%", percent);
}

static void
describe_value (ScopeResult *tile, ScopeAtlasSort sort, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *words = value_words (sort, value);
  scope_provenance_set (tile->provenance, "value", "%s",
                        g_ascii_formatd (number, sizeof number, "%.9g", value));
  scope_provenance_set (tile->provenance, "value-words", "%s", words);
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
  if (panel->sort >= 0)
    describe_value (tile, (ScopeAtlasSort)panel->sort, entry->value);
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

/* "layer 1, 6 global heads by field": what is shown, and by what. */
static char *
atlas_title (const ScopePass *pass, const ScopeRecipePanel *panel, gsize count)
{
  const ScopeConfig *config = scope_model_config (scope_schedule_model (pass->model->schedule));
  const char *class = panel->classes == SCOPE_CLASSES_ALL
                          ? ""
                          : scope_panel_classes_names[panel->classes];
  g_autofree char *channels
      = g_strdup_printf ("%" G_GSIZE_FORMAT " %s%s%s%s", count, class, *class != '\0' ? " " : "",
                         scope_config_is_ssd (config) ? "head" : "channel", count == 1 ? "" : "s");
  g_autofree char *by
      = panel->sort == SCOPE_ATLAS_BY_SIMILARITY
            ? g_strdup_printf ("similarity to %" G_GSIZE_FORMAT " of layer %" G_GSIZE_FORMAT,
                               panel->like[1], panel->like[0])
            : g_strdup (panel->sort >= 0 ? scope_atlas_sort_names[panel->sort] : "decay");
  if (panel->layer < 0)
    return g_strdup_printf ("%s of all layers by %s", channels, by);
  return g_strdup_printf ("layer %" G_GSSIZE_FORMAT ", %s by %s", panel->layer, channels, by);
}

/* What the tiles have in common is said of the whole. */
static ScopeResult *
collect_tiles (const ScopePass *pass, const ScopeRecipePanel *panel, const AtlasEntry *entries,
               gsize count)
{
  ScopeResult *result = scope_result_new (SCOPE_RESULT_TILES);
  scope_pass_describe (pass, result);
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
  result->title = atlas_title (pass, panel, count);
  if (panel->sort >= 0)
    scope_provenance_set (result->provenance, "sort", "%s", scope_atlas_sort_names[panel->sort]);
  return result;
}

static gboolean
make_tiles (ScopePass *pass, const ScopeRecipePanel *panel, const Scope *scope, AtlasEntry *entries,
            gsize count, ScopeProgress *progress, GError **error)
{
  gsize done = 0;
  for (gsize l = scope->first; l < scope->end; l++)
    if (!fill_layer (pass, panel, l, entries, count, &done, progress, error))
      return FALSE;
  return TRUE;
}

static gboolean
open_scope (ScopePass *pass, const ScopeRecipePanel *panel, Scope *scope, ScopeProgress *progress,
            GError **error)
{
  gsize train_length;
  ScopeMatrix *classes
      = scope_pass_classes (pass, panel, &scope->ln_theta, &train_length, progress, error);
  scope->classes = classes;
  if (classes == NULL)
    return FALSE;
  gsize layers = scope_matrix_rows (classes);
  scope->channels = scope_matrix_columns (classes);
  scope->first = panel->layer >= 0 ? (gsize)panel->layer : 0;
  scope->end = panel->layer >= 0 ? scope->first + 1 : layers;
  if (scope->end <= layers)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                   "layer: expected 0 to %" G_GSIZE_FORMAT ", found %" G_GSSIZE_FORMAT, layers - 1,
                   panel->layer);
  return FALSE;
}

ScopeResult *
scope_pass_atlas (ScopePass *self, const ScopeRecipePanel *panel, ScopeProgress *progress,
                  GError **error)
{
  ScopeProgress classing = scope_progress_span (progress, 0.0, 0.2);
  ScopeProgress choosing = scope_progress_span (progress, 0.2, 0.5);
  ScopeProgress making = scope_progress_span (progress, panel->sort >= 0 ? 0.5 : 0.2, 1.0);
  Scope scope = { 0 };
  gsize count = 0;
  gboolean good = open_scope (self, panel, &scope, &classing, error);
  g_autoptr (ScopeMatrix) classes = (ScopeMatrix *)scope.classes;
  g_autofree AtlasEntry *entries = good ? list_entries (panel, &scope, &count) : NULL;
  ScopeResult *result = NULL;
  if (good && choose_entries (self, panel, &scope, entries, &count, &choosing, error)
      && make_tiles (self, panel, &scope, entries, count, &making, error))
    result = collect_tiles (self, panel, entries, count);
  for (gsize k = 0; good && k < count; k++)
    g_clear_pointer (&entries[k].tile, scope_result_unref);
  return result;
}
