/* ScopeRecipe: a figure as JSON, and the presets; running one needs a model and a text.
 *
 *   { "mambascope": 1, "model": "FOLDER", "text": "FILE", "title": "…", "caption": "…",
 *     "style": { "width_mm": 89, "height_mm": 0, "font": "…", "font_pt": 7, "line_scale": 1,
 *                "palette": "viridis", "norm": "log", "gamma": 0.5, "range": [1e-6, 1],
 *                "share_range": true, "colour_bar": true, "colours": ["#0072b2"], "dpi": 600 },
 *     "columns": 2,
 *     "panels": [ { "kind": "map", "layer": 1, "channel": 0, "matrix": "s6", "filter": "off",
 *                   "bins": 512, "reduce": "absmean", "title": "…", "range": [r0, r1, c0, c1],
 *                   "normalise": "row-l1", "mark": "longmamba" },
 *                 { "kind": "compare", "layer": 1, "channel": 0, "filters": ["off", "longmamba"],
 *                   "mode": "split" },
 *                 { "kind": "atlas", "layer": 1, "count": 48 },
 *                 { "kind": "decay", "layer": 1, "filter": "longmamba" },
 *                 { "kind": "fields", "layer": 1 },
 *                 { "kind": "strip", "layer": 1, "channel": 0, "query": 99, "span": [0, 100] },
 *                 { "kind": "sweep", "lengths": [256, 512], "filters": ["off", "longmamba"] },
 *                 { "kind": "layers", "thetas": [1e-30, 1e-5] } ] }
 *
 * docs/recipe.schema.json is the whole of it. A panel may name its own "model", "text", "tokens" (use
 * the first so many), "row_span" and "column_span"; one with colours its own "palette", "norm",
 * "gamma" and "value_range", and then it does not share a range. In place of "panels" stands
 * "preset": { "name": "maps", "layer": 1, "channel": 0, "filter": "longmamba" }, which running turns
 * into panels. "train_length" sets L, "epsilon" the threshold of all receptive fields. Unknown members are refused. Errors name the JSON path.
 * Parsing is for any thread; running is on the calling thread and owns its backend use.
 */
#pragma once

#include "analysis/channel-atlas.h"
#include "analysis/filter.h"
#include "export/figure.h"

G_BEGIN_DECLS

typedef struct _ScopeRecipe ScopeRecipe;

/* NAME is for messages. */
ScopeRecipe *scope_recipe_parse (const char *json, gsize length, const char *name,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_recipe_free (ScopeRecipe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeRecipe, scope_recipe_free)
/* Canonical JSON; caller frees. */
char *scope_recipe_to_json (const ScopeRecipe *self) G_GNUC_WARN_UNUSED_RESULT;

/* The form of LongMamba's figures, with any model: "maps" (figure 1: five channels of a layer from most
 * local to most global, at the training length L and at the whole text S; with a FILTER a third row,
 * the whole text filtered), "pipeline" (figure 2, on real data: one channel at L, at S, with the
 * tokens marked that FILTER drops, and without them), "sweep" (figure 3: perplexity against length),
 * "decay" (figure 4: cumulative decay of a layer's channels), "atlas" (figure 5: 48 channels sorted
 * by decay), "layers" (the share of global channels by layer for several θ) and "compare" (before and
 * after FILTER as two triangles of a square, and their difference). Presets about a filter take
 * longmamba where FILTER is off.
 *
 * LAYER and CHANNEL -1: chosen. maps, pipeline, decay and compare choose by the story they tell: a global
 * channel tells (share of L that its field covers at L) x (share of S that its field misses at S),
 * the field being the median over three queries of the last eighth of the text; a layer tells the
 * sum over its channels, but at most as much as it has local channels; the layer that tells most is
 * taken, and its most telling channel. The others, and these where nothing tells, take the layer whose
 * rarer class is largest. FILTER as --filter. */
ScopeRecipe *scope_recipe_preset (const char *preset, const char *model, const char *text,
                                  gssize layer, gssize channel, const char *filter,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What an atlas shows: its channels of CLASSES ("all", "global", "local"), COUNT of them from place
 * FIRST on in an order by SORT; LIKE (layer, channel) is of the similarity alone. LAYER -1: of all
 * layers. The recipe is of one panel. */
typedef struct {
  const char *classes;
  ScopeAtlasSort sort;
  gboolean descending;
  gsize first, count, like[2];
} ScopeRecipeAtlas;
ScopeRecipe *scope_recipe_atlas (const char *model, const char *text, gssize layer,
                                 const ScopeRecipeAtlas *atlas, const char *filter,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scope_recipe_is_preset (const char *name);
char *scope_recipe_presets (void); /* "maps, … or compare"; caller frees */
/* What the first panel shows, for going back to it; a comparison shows its second filter. FALSE if it
 * names no model and text. Strings are borrowed; layer and channel are -1 where the panel has none. */
typedef struct {
  const char *model, *text, *filter;
  gssize layer, channel;
  ScopeMatrixKind matrix;
} ScopeRecipeView;
gboolean scope_recipe_view (const ScopeRecipe *self, ScopeRecipeView *out);
/* Style of the recipe, to be changed before running (width, palette, ...). */
ScopeStyle *scope_recipe_style (ScopeRecipe *self);
/* The threshold of receptive fields, "epsilon": from SCOPE_RECIPE_LEAST_EPSILON to 1. */
#define SCOPE_RECIPE_LEAST_EPSILON 1e-30
void scope_recipe_set_epsilon (ScopeRecipe *self, double epsilon);
double scope_recipe_dpi (const ScopeRecipe *self);
void scope_recipe_set_dpi (ScopeRecipe *self, double dpi); /* 0: the default */
void scope_recipe_set_title (ScopeRecipe *self, const char *title); /* of the figure; NULL: none */

/* A run that was made before: LENT's, of the lent tokens, under FILTER ("off" where it does not act). */
typedef struct {
  const char *filter;
  ScopeTrace *trace;
} ScopeRecipeRun;

/* Runs every panel. The opened model and backend are the caller's: SCHEDULE and TOKENS serve the
 * panels that name neither model nor text; others are opened here with BACKEND_NAME. */
typedef struct {
  const char *backend; /* for models the recipe names itself */
  gsize memory;        /* for the same: bytes that each may take of its backend's, 0 for all */
  ScopePrecision precision;
  ScopeSchedule *schedule; /* NULL: open the recipe's model */
  ScopeTokens *tokens;     /* NULL: read the recipe's text */
  const char *model_name, *text_name; /* what provenance calls them */
  gsize train_length;      /* 0: as the filter context finds it */
  ScopeSchedule *lent;     /* NULL, or one that serves the models that are named by its path */
  ScopeTokens *lent_tokens; /* what RUNS were made of */
  const ScopeRecipeRun *runs; /* N_RUNS of them, which need not be made again */
  gsize n_runs;
  GHashTable *known;       /* NULL, or (scope_recipe_panel_key() to ScopeResult): panels made before */
  GHashTable *expected;    /* NULL, or what a figure says of itself (export/living.h): a model or a
                              text whose hash differs is SCOPE_EXPORT_ERROR_CHANGED */
} ScopeRecipeInput;
ScopeFigure *scope_recipe_run (ScopeRecipe *self, const ScopeRecipeInput *input,
                               ScopeProgress *progress,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* FIGURE, which came from running SELF, as SELF would draw it now: for changes of style. */
ScopeFigure *scope_recipe_redraw (const ScopeRecipe *self,
                                  const ScopeFigure *figure) G_GNUC_WARN_UNUSED_RESULT;
/* The same from KNOWN of the input; NULL if a panel is not among them, or the preset has none yet. */
ScopeFigure *scope_recipe_draw_known (const ScopeRecipe *self,
                                      GHashTable *known) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
