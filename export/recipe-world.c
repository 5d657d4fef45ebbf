#include "export/recipe-world.h"
#include "base/error.h"

#include <string.h>

#include "compute/meter.h"

static void
model_free (gpointer data)
{
  ScopeRecipeModel *model = data;
  g_free (model->path);
  g_clear_pointer (&model->context, scope_filter_context_free);
  g_clear_pointer (&model->schedule, scope_schedule_unref);
  g_clear_pointer (&model->backend, scope_backend_close);
  g_free (model->name);
  g_free (model);
}

static void
text_free (gpointer data)
{
  ScopeRecipeText *text = data;
  g_free (text->model_path);
  g_free (text->path);
  g_clear_pointer (&text->tokens, scope_tokens_unref);
  g_free (text->name);
  g_free (text);
}

void
scope_recipe_world_init (ScopeRecipeWorld *self, const ScopeRecipe *recipe,
                         const ScopeRecipeInput *input)
{
  self->recipe = recipe;
  self->input = input;
  self->models = g_ptr_array_new_with_free_func (model_free);
  self->texts = g_ptr_array_new_with_free_func (text_free);
}

void
scope_recipe_world_clear (ScopeRecipeWorld *self)
{
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  g_clear_pointer (&self->models, g_ptr_array_unref);
}

static gboolean
open_schedule (ScopeRecipeWorld *self, ScopeRecipeModel *model, ScopeProgress *progress,
               GError **error)
{
  const ScopeRecipeInput *input = self->input;
  ScopeProgress reading = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress loading = scope_progress_span (progress, 0.5, 1.0);
  g_autoptr (ScopeModel) checkpoint = scope_model_open (model->path, &reading, error);
  if (checkpoint == NULL)
    return FALSE;
  model->backend = scope_registry_open (input->backend != NULL ? input->backend : "auto", 0,
                                        input->precision, error);
  if (model->backend == NULL)
    return FALSE;
  if (input->memory > 0)
    model->backend = scope_metered_new (model->backend, input->memory);
  model->schedule = scope_schedule_new (checkpoint, model->backend, &loading, error);
  model->name = g_strdup (scope_model_name (checkpoint));
  return model->schedule != NULL;
}

/* PATH is the folder that the lent model was opened from. */
static gboolean
is_lent (const ScopeRecipeInput *input, const char *path)
{
  if (input->lent == NULL)
    return FALSE;
  g_autofree char *wanted = g_canonicalize_filename (path, NULL);
  g_autofree char *open
      = g_canonicalize_filename (scope_model_path (scope_schedule_model (input->lent)), NULL);
  return strcmp (wanted, open) == 0;
}

static gboolean
open_model (ScopeRecipeWorld *self, ScopeRecipeModel *model, ScopeProgress *progress,
            GError **error)
{
  const ScopeRecipeInput *input = self->input;
  if (model->path == NULL) {
    model->schedule = scope_schedule_ref (input->schedule);
    model->name = g_strdup (input->model_name != NULL
                                ? input->model_name
                                : scope_model_name (scope_schedule_model (input->schedule)));
  } else if (is_lent (input, model->path)) {
    model->schedule = scope_schedule_ref (input->lent);
    model->name = g_strdup (scope_model_name (scope_schedule_model (input->lent)));
  } else if (!open_schedule (self, model, progress, error))
    return FALSE;
  gsize train_length
      = self->recipe->train_length > 0 ? self->recipe->train_length : input->train_length;
  model->context = scope_filter_context_new (model->schedule, train_length);
  return TRUE;
}

/* What a panel that does not say uses: the caller's (NULL), or the recipe's. */
static gboolean
resolve (const char **path, gboolean given, const char *of_recipe, const char *what, GError **error)
{
  if (*path != NULL || given)
    return TRUE;
  *path = of_recipe;
  if (*path != NULL)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                   "$.%s: the recipe names none and none is given", what);
  return FALSE;
}

ScopeRecipeModel *
scope_recipe_world_model (ScopeRecipeWorld *self, const char *path, ScopeProgress *progress,
                          GError **error)
{
  if (!resolve (&path, self->input->schedule != NULL, self->recipe->model, "model", error))
    return NULL;
  for (guint k = 0; k < self->models->len; k++) {
    ScopeRecipeModel *known = g_ptr_array_index (self->models, k);
    if (g_strcmp0 (known->path, path) == 0)
      return known;
  }
  ScopeRecipeModel *model = g_new0 (ScopeRecipeModel, 1);
  model->path = g_strdup (path);
  if (!open_model (self, model, progress, error)) {
    model_free (model);
    return NULL;
  }
  g_ptr_array_add (self->models, model);
  return model;
}

static gboolean
open_text (ScopeRecipeWorld *self, ScopeRecipeText *text, ScopeProgress *progress, GError **error)
{
  const ScopeRecipeInput *input = self->input;
  if (text->path == NULL) {
    text->tokens = scope_tokens_ref (input->tokens);
    text->name = g_path_get_basename (input->text_name != NULL ? input->text_name : "text");
    return TRUE;
  }
  ScopeRecipeModel *model = scope_recipe_world_model (self, text->model_path, progress, error);
  if (model == NULL)
    return FALSE;
  text->tokens = scope_model_read_text (scope_schedule_model (model->schedule), text->path, error);
  text->name = g_path_get_basename (text->path);
  return text->tokens != NULL;
}

/* The caller's tokens are of the caller's model: another model reads the text anew. */
ScopeRecipeText *
scope_recipe_world_text (ScopeRecipeWorld *self, const char *model_path, const char *path,
                         ScopeProgress *progress, GError **error)
{
  gboolean given = self->input->tokens != NULL && model_path == NULL;
  if (!resolve (&path, given, self->recipe->text, "text", error))
    return NULL;
  for (guint k = 0; k < self->texts->len; k++) {
    ScopeRecipeText *known = g_ptr_array_index (self->texts, k);
    if (g_strcmp0 (known->path, path) == 0 && g_strcmp0 (known->model_path, model_path) == 0)
      return known;
  }
  ScopeRecipeText *text = g_new0 (ScopeRecipeText, 1);
  text->model_path = g_strdup (model_path);
  text->path = g_strdup (path);
  if (!open_text (self, text, progress, error)) {
    text_free (text);
    return NULL;
  }
  g_ptr_array_add (self->texts, text);
  return text;
}
