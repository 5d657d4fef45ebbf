/* Changing a recipe in memory: what an editor of figures needs beyond the style, which
 * scope_recipe_style() gives. Strings are copied; NULL takes a member away. A preset has no panels
 * before it has run. Any one thread.
 */
#pragma once

#include "export/recipe.h"

G_BEGIN_DECLS

ScopeRecipe *scope_recipe_copy (const ScopeRecipe *self) G_GNUC_WARN_UNUSED_RESULT;
/* One without panels, in the style that a recipe has that says nothing: for panels to be added. */
ScopeRecipe *scope_recipe_empty (void) G_GNUC_WARN_UNUSED_RESULT;

/* Models and texts that are named from another folder than this process's: what is not found from
 * here is looked for from FOLDER (that of the recipe's file) and the folders above it. */
void scope_recipe_find_files (ScopeRecipe *self, const char *folder);

void scope_recipe_set_font (ScopeRecipe *self, const char *family); /* NULL: the bundled one */
const char *scope_recipe_title (const ScopeRecipe *self);
/* Words in front of the caption that the figure writes. */
const char *scope_recipe_words (const ScopeRecipe *self);
void scope_recipe_set_words (ScopeRecipe *self, const char *words);
guint scope_recipe_columns (const ScopeRecipe *self); /* 0: chosen */
void scope_recipe_set_columns (ScopeRecipe *self, guint columns);

gboolean scope_recipe_is_empty (const ScopeRecipe *self); /* neither panels nor a preset */
gsize scope_recipe_panels (const ScopeRecipe *self);
/* "map" "decay" …, static. */
const char *scope_recipe_panel_kind (const ScopeRecipe *self, gsize panel);
/* "Map, layer 6, channel 3" and, to go below it, "rescue-mamba2-5m on pass-key.txt, longmamba";
 * caller frees. */
char *scope_recipe_panel_words (const ScopeRecipe *self, gsize panel) G_GNUC_WARN_UNUSED_RESULT;
char *scope_recipe_panel_source (const ScopeRecipe *self, gsize panel) G_GNUC_WARN_UNUSED_RESULT;
const char *scope_recipe_panel_title (const ScopeRecipe *self, gsize panel); /* NULL: its own */
void scope_recipe_set_panel_title (ScopeRecipe *self, gsize panel, const char *title);
/* What the panel's result depends on: two panels with the same key have the same result. Caller
 * frees. (recipe-json.c) */
char *scope_recipe_panel_key (const ScopeRecipe *self, gsize panel) G_GNUC_WARN_UNUSED_RESULT;

/* A figure holds 64 panels. */
gboolean scope_recipe_has_room (const ScopeRecipe *self, gsize more, GError **error);
/* Adds copies of OTHER's panels at the end, which name the model and the text that OTHER names for
 * them; colours that they leave to OTHER's style are then SELF's. There is room. */
void scope_recipe_append (ScopeRecipe *self, const ScopeRecipe *other);
void scope_recipe_remove_panel (ScopeRecipe *self, gsize panel);
/* Afterwards the panel stands at place TO. */
void scope_recipe_move_panel (ScopeRecipe *self, gsize panel, gsize to);

G_END_DECLS
