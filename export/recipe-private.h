/* Inside the recipe: what JSON becomes, shared by parser, writer, presets and runner. */
#pragma once

#include "export/recipe.h"

G_BEGIN_DECLS

#define SCOPE_RECIPE_MAX_PANELS 64
#define SCOPE_RECIPE_MAX_BINS 4096
#define SCOPE_RECIPE_DPI 600.0

typedef struct {
  ScopeResultKind kind;
  char *model, *text;    /* NULL: the recipe's */
  gsize tokens;          /* use the first so many; 0: all */
  gsize layer;
  gssize channel;        /* -1: all (decay only) */
  ScopeMatrixKind matrix;
  char *filter;          /* as --filter; never NULL */
  gsize bins;
  ScopeReduce reduce;
  char *title;           /* NULL: what the analysis calls it */
  gboolean has_range;
  ScopeRange range;
} ScopeRecipePanel;

typedef struct {
  char *name; /* "maps", "decay"; NULL: no preset */
  gssize layer, channel; /* -1: chosen when run */
  char *filter;
} ScopeRecipePreset;

struct _ScopeRecipe {
  char *model, *text; /* may be NULL where the runner is given an open model */
  ScopeStyle style;   /* its font is FONT, or the caller's */
  char *font;
  double dpi;
  guint columns; /* 0: chosen */
  gsize train_length; /* 0: as the filter context finds it */
  ScopeRecipePreset preset;
  GPtrArray *panels; /* ScopeRecipePanel; empty while there is a preset to expand */
};

ScopeRecipe *scope_recipe_new (void);
ScopeRecipePanel *scope_recipe_panel_new (ScopeResultKind kind);
gboolean scope_recipe_preset_known (const char *name);

/* What the chooser must know of a text to pick a preset's panels. */
typedef struct {
  gsize layers, channels;
  const ScopeMatrix *classes; /* (layers, channels) ln decay over the calibration window */
  double ln_theta;
  gsize tokens, train_length;
  const char *noun; /* "channel" or "head" */
} ScopeRecipeFacts;
/* Turns the preset into panels; afterwards the recipe has none. */
gboolean scope_recipe_expand (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error);

G_END_DECLS
