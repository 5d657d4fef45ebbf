/* The models and texts that a running recipe has open. On the running thread. */
#pragma once

#include "export/recipe-private.h"

G_BEGIN_DECLS

typedef struct {
  char *path;             /* NULL: the caller's own */
  ScopeBackend *backend;  /* opened here, or NULL */
  ScopeSchedule *schedule;
  ScopeFilterContext *context;
  char *name;             /* what provenance calls it */
} ScopeRecipeModel;

typedef struct {
  char *model_path, *path; /* NULL: the caller's own */
  ScopeTokens *tokens;
  char *name;
} ScopeRecipeText;

typedef struct {
  const ScopeRecipe *recipe;
  const ScopeRecipeInput *input;
  GPtrArray *models, *texts;
} ScopeRecipeWorld;

void scope_recipe_world_init (ScopeRecipeWorld *self, const ScopeRecipe *recipe,
                              const ScopeRecipeInput *input);
void scope_recipe_world_clear (ScopeRecipeWorld *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeRecipeWorld, scope_recipe_world_clear)
/* The model and the text with these names (NULL: the recipe's or the caller's), opened at first use;
 * borrowed, valid until the world is cleared. */
ScopeRecipeModel *scope_recipe_world_model (ScopeRecipeWorld *self, const char *path,
                                            ScopeProgress *progress, GError **error);
ScopeRecipeText *scope_recipe_world_text (ScopeRecipeWorld *self, const char *model_path,
                                          const char *path, ScopeProgress *progress,
                                          GError **error);

G_END_DECLS
