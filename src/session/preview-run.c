/* From the recipe to its figure: at once where all results are there, else through the engine. */
#include "base/error.h"
#include "session/place.h"
#include "session/preview-private.h"
#include "session/session-private.h"

/* Where there are more results than so many, or more bytes of them, those that are not shown are
 * let go of: all that they spare is to run once more what is undone. */
#define MAX_KNOWN   96
#define KNOWN_BYTES (64u << 20)

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

static GHashTable *
table_of_results (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                (GDestroyNotify)scope_result_unref);
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

static gsize
matrix_bytes (const ScopeMatrix *matrix)
{
  return matrix != NULL ? scope_matrix_rows (matrix) * scope_matrix_stride (matrix)
                              * scope_real_size (scope_matrix_real (matrix))
                        : 0;
}

/* But for what is of no size beside its numbers. */
static gsize
result_bytes (const ScopeResult *result)
{
  gsize bytes = matrix_bytes (result->matrix) + matrix_bytes (result->mirror);

  for (guint k = 0; k < result->tiles->len; k++)
    bytes += result_bytes (g_ptr_array_index (result->tiles, k));
  for (guint k = 0; k < result->curves->len; k++) {
    const ScopeCurve *curve = g_ptr_array_index (result->curves, k);
    bytes += curve->count * sizeof (double) * (curve->low != NULL ? 4 : 2);
  }
  return bytes;
}

static void
limit_known (ScopePreview *self)
{
  GHashTableIter iter;
  gpointer result;
  gsize bytes = 0;

  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &result))
    bytes += result_bytes (result);
  if (g_hash_table_size (self->known) > MAX_KNOWN || bytes > KNOWN_BYTES)
    scope_preview_forget (self);
}

void
scope_preview_forget (ScopePreview *self)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self));
  g_autoptr (GHashTable) all = g_steal_pointer (&self->known);

  self->known = table_of_results ();
  for (gsize k = 0; k < scope_recipe_panels (self->recipe); k++) {
    g_autofree char *key = scope_recipe_panel_key (self->recipe, k);
    ScopeResult *result = g_hash_table_lookup (all, key);
    if (result != NULL)
      g_hash_table_insert (self->known, g_steal_pointer (&key), scope_result_ref (result));
  }
}

void
scope_preview_adopt (ScopePreview *self, ScopePreview *other)
{
  copy_known (other->known, self->known);
  limit_known (self);
}

static void
keep_results (ScopePreview *self, const ScopeFigure *figure)
{
  for (gsize k = 0; k < scope_figure_panels (figure); k++)
    g_hash_table_insert (self->known, scope_recipe_panel_key (self->recipe, k),
                         scope_result_ref (scope_figure_panel (figure, k)));
  limit_known (self);
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
  in->known = table_of_results ();
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
