#include "export/recipe-pass.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

void
scope_pass_clear (ScopePass *self)
{
  g_clear_pointer (&self->trace, scope_trace_unref);
  g_clear_pointer (&self->filter, scope_filter_unref);
}

gboolean
scope_panel_needs_run (const ScopeRecipePanel *panel)
{
  return panel->kind != SCOPE_PANEL_SWEEP && panel->kind != SCOPE_PANEL_LAYERS;
}

/* What a figure said of the panel: of itself, or what the first panel said. */
static const char *
expected_fact (GHashTable *expected, gsize panel, const char *key)
{
  g_autofree char *own = g_strdup_printf ("panel-%" G_GSIZE_FORMAT ":%s", panel + 1, key);
  const char *value = panel > 0 ? g_hash_table_lookup (expected, own) : NULL;
  return value != NULL ? value : g_hash_table_lookup (expected, key);
}

static gboolean
check_fact (const ScopeRecipeWorld *world, gsize panel, const char *key, const char *what,
            const char *name, const char *found, GError **error)
{
  const char *wanted
      = world->input->expected != NULL ? expected_fact (world->input->expected, panel, key) : NULL;
  if (wanted == NULL || strcmp (wanted, found) == 0)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_CHANGED,
                   "%s: not the %s that the figure was made with: expected %s %.12s…, found %.12s…",
                   name, what, key, wanted, found);
  return FALSE;
}

static gboolean
check_hashes (const ScopePass *self, const ScopeRecipeWorld *world, gsize panel, GError **error)
{
  const char *model = scope_model_hash (scope_schedule_model (self->model->schedule));
  g_autoptr (ScopeTokens) used = scope_tokens_slice (self->text->tokens, 0, self->count);
  g_autofree char *text = scope_tokens_hash (used);
  return check_fact (world, panel, "model-hash", "model", self->model->name, model, error)
         && check_fact (world, panel, "text-hash", "text", self->text->name, text, error);
}

gboolean
scope_pass_open (ScopePass *self, ScopeRecipeWorld *world, gsize index, const char *filter,
                 ScopeProgress *progress, GError **error)
{
  const ScopeRecipePanel *panel = g_ptr_array_index (world->recipe->panels, index);
  self->world = world;
  self->model = scope_recipe_world_model (world, panel->model, progress, error);
  if (self->model == NULL)
    return FALSE;
  self->text = scope_recipe_world_text (world, panel->model, panel->text, progress, error);
  if (self->text == NULL)
    return FALSE;
  gsize available = scope_tokens_count (self->text->tokens);
  self->ids = scope_tokens_ids (self->text->tokens);
  self->count = panel->tokens > 0 ? panel->tokens : available;
  if (self->count > available) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "tokens: expected at most %" G_GSIZE_FORMAT ", the length of %s, found "
                     "%" G_GSIZE_FORMAT,
                     available, self->text->name, self->count);
    return FALSE;
  }
  ScopeProgress hashing = scope_progress_span (progress, 0.0, 0.0);
  self->filter = scope_filter_parse (filter, error);
  return self->filter != NULL
         && scope_model_prepare_hash (scope_schedule_model (self->model->schedule), &hashing, error)
         && check_hashes (self, world, index, error);
}

/* The caller's run that is what this pass would make, or NULL. */
static ScopeTrace *
lent_trace (const ScopePass *self, const ScopePlan *plan)
{
  const ScopeRecipeInput *input = self->world != NULL ? self->world->input : NULL;
  if (input == NULL || input->n_runs == 0 || self->world->recipe->train_length > 0
      || self->model->schedule != input->lent
      || self->count != scope_tokens_count (input->lent_tokens)
      || memcmp (self->ids, scope_tokens_ids (input->lent_tokens), self->count * sizeof (gint32))
             != 0)
    return NULL;
  const char *key = plan != NULL ? scope_filter_spec (self->filter) : "off";
  for (gsize k = 0; k < input->n_runs; k++)
    if (strcmp (input->runs[k].filter, key) == 0)
      return scope_trace_ref (input->runs[k].trace);
  return NULL;
}

gboolean
scope_pass_run (ScopePass *self, ScopeProgress *progress, GError **error)
{
  ScopeProgress planning = scope_progress_span (progress, 0.0, 0.2);
  ScopeProgress running = scope_progress_span (progress, 0.2, 1.0);
  g_autoptr (ScopePlan) plan = NULL;
  if (!scope_filter_plan (self->filter, self->model->context, self->ids, self->count, &plan,
                          &planning, error))
    return FALSE;
  self->trace = lent_trace (self, plan);
  if (self->trace != NULL)
    return TRUE;
  self->trace = scope_schedule_run (self->model->schedule, self->ids, self->count, plan,
                                    SCOPE_RUN_KEEP_RESIDUAL, &running, error);
  return self->trace != NULL;
}

ScopeMatrix *
scope_pass_classes (ScopePass *self, const ScopeRecipePanel *panel, double *ln_theta,
                    gsize *train_length, ScopeProgress *progress, GError **error)
{
  double theta;
  if (!scope_filter_context_facts (self->model->context, self->filter, train_length, &theta, error))
    return NULL;
  *ln_theta = log (panel != NULL && panel->theta > 0 ? panel->theta : theta);
  return scope_filter_classes (self->filter, self->model->context, self->ids, self->count, progress,
                               error);
}
