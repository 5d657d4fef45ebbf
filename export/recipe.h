/* ScopeRecipe: a figure as JSON, and the presets; running one needs a model and a text.
 *
 *   { "mambascope": 1, "model": "FOLDER", "text": "FILE",
 *     "style": { "width_mm": 89, "height_mm": 0, "font": "…", "font_pt": 7, "palette": "viridis",
 *                "norm": "log", "range": [1e-6, 1], "share_range": true, "dpi": 600 },
 *     "columns": 2,
 *     "panels": [ { "kind": "map", "layer": 1, "channel": 0, "matrix": "s6", "filter": "off",
 *                   "bins": 512, "reduce": "absmean", "title": "…", "range": [r0, r1, c0, c1] },
 *                 { "kind": "decay", "layer": 1, "filter": "longmamba" } ] }
 *
 * A panel may name its own "model", "text" and "tokens" (use the first so many). In place of "panels"
 * stands "preset": { "name": "maps", "layer": 1, "channel": 0, "filter": "longmamba" }, which running
 * turns into panels. "train_length" sets L. Unknown members are refused. Errors name the JSON path. Parsing is for any thread; running is on the calling thread and owns its backend use.
 */
#pragma once

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

/* Preset "maps" (five channels of LAYER from most local to most global, each at the training length
 * and at the whole text, as LongMamba's figure 1; with a FILTER a third row, the whole text filtered) or "decay" (one layer's cumulative decay, as its
 * notebook). LAYER and CHANNEL -1: chosen (the layer with most of both classes). FILTER as --filter. */
ScopeRecipe *scope_recipe_preset (const char *preset, const char *model, const char *text,
                                  gssize layer, gssize channel, const char *filter,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Style of the recipe, to be changed before running (width, palette, ...). */
ScopeStyle *scope_recipe_style (ScopeRecipe *self);
double scope_recipe_dpi (const ScopeRecipe *self);
void scope_recipe_set_dpi (ScopeRecipe *self, double dpi); /* 0: the default */

/* Runs every panel. The opened model and backend are the caller's: SCHEDULE and TOKENS serve the
 * panels that name neither model nor text; others are opened here with BACKEND_NAME. */
typedef struct {
  const char *backend; /* for models the recipe names itself */
  ScopePrecision precision;
  ScopeSchedule *schedule; /* NULL: open the recipe's model */
  ScopeTokens *tokens;     /* NULL: read the recipe's text */
  const char *model_name, *text_name; /* what provenance calls them */
  gsize train_length;      /* 0: as the filter context finds it */
} ScopeRecipeInput;
ScopeFigure *scope_recipe_run (ScopeRecipe *self, const ScopeRecipeInput *input,
                               ScopeProgress *progress,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
