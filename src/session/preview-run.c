/* From the recipe to its figure: at once where all results are there, else through the engine. */
#include "base/error.h"
#include "session/place.h"
#include "session/preview-private.h"
#include "session/session-private.h"

/* More results than so many are let go of, but for those that are shown. */
#define MAX_KNOWN 96

typedef struct {
  ScopeRecipe *recipe;
  GHashTable *known;
  ScopeStage *stage; /* NULL: nothing is open */
  const char *backend;
} RunInput;

typedef struct {
  ScopeRecipe *recipe; /* expanded */
  ScopeFigure *figure;
} RunResult;

static void
run_input_free (gpointer data)
{
  RunInput *in = data;

  scope_recipe_free (in->recipe);
  g_hash_table_unref (in->known);
  g_clear_pointer (&in->stage, scope_stage_unref);
  g_free (in);
}

static void
run_result_free (gpointer data)
{
  RunResult *result = data;

  scope_recipe_free (result->recipe);
  g_clear_pointer (&result->figure, scope_figure_unref);
  g_free (result);
}

/* --- on the engine's thread ---------------------------------------------------------------------
 */

static gpointer
work_preview (gpointer input, ScopeProgress *progress, GError **error)
{
  const RunInput *in = input;
  const GPtrArray *runs = in->stage != NULL ? in->stage->runs : NULL;
  gsize n_runs = runs != NULL ? runs->len : 0;
  g_autofree ScopeRecipeRun *lent = g_new0 (ScopeRecipeRun, MAX (n_runs, 1));
  ScopePlace place;

  if (!scope_place_parse (in->backend, &place, error))
    return NULL;
  RunResult *result = g_new0 (RunResult, 1);
  for (gsize k = 0; k < n_runs; k++) {
    const ScopeRun *run = g_ptr_array_index (runs, k);
    lent[k] = (ScopeRecipeRun){ run->key, run->trace };
  }
  const ScopeRecipeInput world = {
    .backend = place.backend,
    .precision = place.precision,
    .lent = in->stage != NULL ? in->stage->host->schedule : NULL,
    .lent_tokens = in->stage != NULL ? in->stage->tokens : NULL,
    .runs = lent,
    .n_runs = n_runs,
    .known = in->known,
  };
  result->recipe = scope_recipe_copy (in->recipe);
  result->figure = scope_recipe_run (result->recipe, &world, progress, error);
  if (result->figure != NULL)
    return result;
  run_result_free (result);
  return NULL;
}

/* --- on the main thread -------------------------------------------------------------------------
 */

static void
set_running (ScopePreview *self, gboolean running)
{
  if (self->running == running)
    return;
  self->running = running;
  scope_preview_notify (self, PREVIEW_RUNNING);
}

static void
set_error (ScopePreview *self, const char *message)
{
  if (g_strcmp0 (self->error, message) == 0)
    return;
  g_free (self->error);
  self->error = g_strdup (message);
  scope_preview_notify (self, PREVIEW_ERROR);
}

/* Takes FIGURE over. */
static void
show (ScopePreview *self, ScopeFigure *figure)
{
  g_clear_pointer (&self->figure, scope_figure_unref);
  self->figure = figure;
  self->ready = TRUE;
  set_running (self, FALSE);
  set_error (self, NULL);
  scope_preview_notify (self, PREVIEW_FIGURE);
  scope_preview_check (self);
}

static void
copy_known (GHashTable *from, GHashTable *to)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (to, g_strdup (key), scope_result_ref (value));
}

void
scope_preview_adopt (ScopePreview *self, ScopePreview *other)
{
  copy_known (other->known, self->known);
}

static void
keep_results (ScopePreview *self, const ScopeFigure *figure)
{
  if (g_hash_table_size (self->known) > MAX_KNOWN)
    g_hash_table_remove_all (self->known);
  for (gsize k = 0; k < scope_figure_panels (figure); k++)
    g_hash_table_insert (self->known, scope_recipe_panel_key (self->recipe, k),
                         scope_result_ref (scope_figure_panel (figure, k)));
}

static void
on_run (gpointer data, const GError *error, gpointer owner)
{
  ScopePreview *self = owner;
  RunResult *result = data;

  if (result == NULL) {
    set_running (self, FALSE);
    set_error (self, error->message);
    return;
  }
  if (scope_recipe_panels (self->recipe) == 0) { /* a preset is panels now */
    scope_recipe_free (self->recipe);
    self->recipe = g_steal_pointer (&result->recipe);
    scope_preview_notify (self, PREVIEW_RECIPE);
  }
  keep_results (self, result->figure);
  show (self, g_steal_pointer (&result->figure));
  run_result_free (result);
}

static void
post (ScopePreview *self)
{
  RunInput *in = g_new0 (RunInput, 1);

  in->recipe = scope_recipe_copy (self->recipe);
  in->known
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)scope_result_unref);
  copy_known (self->known, in->known);
  if (self->session->stage != NULL)
    in->stage = scope_stage_ref (self->session->stage);
  in->backend = self->session->backend;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_PREVIEW, work_preview, in, run_input_free,
                     run_result_free, on_run, G_OBJECT (self));
  set_running (self, TRUE);
  set_error (self, NULL);
  scope_session_notify_busy (self->session);
}

/* Whatever is under way is of an older recipe. */
static void
abandon (ScopePreview *self)
{
  if (self->running)
    scope_engine_cancel (self->session->engine, SCOPE_REQUEST_PREVIEW);
  self->ready = FALSE;
  scope_preview_forget_check (self);
}

void
scope_preview_update (ScopePreview *self)
{
  gboolean empty = scope_recipe_is_empty (self->recipe);
  ScopeFigure *figure = empty ? NULL : scope_recipe_draw_known (self->recipe, self->known);

  abandon (self);
  if (figure != NULL) {
    show (self, figure);
  } else if (empty) {
    g_clear_pointer (&self->figure, scope_figure_unref);
    set_running (self, FALSE);
    set_error (self, NULL);
    scope_preview_notify (self, PREVIEW_FIGURE);
  } else {
    post (self);
  }
}

void
scope_preview_stop (ScopePreview *self, const char *why)
{
  if (!self->running)
    return;
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_PREVIEW);
  set_running (self, FALSE);
  set_error (self, why);
}

void
scope_preview_cancel (ScopePreview *self)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self));
  g_autoptr (GError) error = NULL;

  scope_preview_stop (self, "Stopped");
  if (self->done == NULL)
    return;
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_EXPORT);
  error = g_error_new_literal (SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "Stopped");
  scope_preview_end_write (self, error);
}

void
scope_preview_run_again (ScopePreview *self)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self));

  if (!self->ready && !self->running)
    scope_preview_update (self);
}
