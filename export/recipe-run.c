/* Running a recipe. Panels that look at the same pass (model, text, length, filter) share it, and
 * each pass is let go of before the next begins: its residual streams may be large. */
#include <math.h>
#include <string.h>

#include "analysis/filter.h"
#include "base/error.h"
#include "export/recipe-world.h"

#define DECAY_POINTS 256

typedef struct {
  ScopeRecipeModel *model;
  ScopeRecipeText *text;
  const gint32 *ids;
  gsize count;
  ScopeFilter *filter;
  ScopeTrace *trace;
} Pass;

static void
pass_clear (Pass *pass)
{
  g_clear_pointer (&pass->trace, scope_trace_unref);
  g_clear_pointer (&pass->filter, scope_filter_unref);
}

static gboolean
open_pass (ScopeRecipeWorld *world, const ScopeRecipePanel *panel, Pass *pass,
           ScopeProgress *progress, GError **error)
{
  pass->model = scope_recipe_world_model (world, panel->model, progress, error);
  if (pass->model == NULL)
    return FALSE;
  pass->text = scope_recipe_world_text (world, panel->model, panel->text, progress, error);
  if (pass->text == NULL)
    return FALSE;
  gsize available = scope_tokens_count (pass->text->tokens);
  pass->ids = scope_tokens_ids (pass->text->tokens);
  pass->count = panel->tokens > 0 ? panel->tokens : available;
  if (pass->count > available) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "tokens: expected at most %" G_GSIZE_FORMAT ", the length of %s, found "
                     "%" G_GSIZE_FORMAT,
                     available, pass->text->name, pass->count);
    return FALSE;
  }
  pass->filter = scope_filter_parse (panel->filter, error);
  return pass->filter != NULL;
}

static gboolean
run_pass (Pass *pass, ScopeProgress *progress, GError **error)
{
  ScopeProgress planning = scope_progress_span (progress, 0.0, 0.2);
  ScopeProgress running = scope_progress_span (progress, 0.2, 1.0);
  g_autoptr (ScopePlan) plan = NULL;
  if (!scope_filter_plan (pass->filter, pass->model->context, pass->ids, pass->count, &plan,
                          &planning, error))
    return FALSE;
  pass->trace = scope_schedule_run (pass->model->schedule, pass->ids, pass->count, plan,
                                    SCOPE_RUN_KEEP_RESIDUAL, &running, error);
  return pass->trace != NULL;
}

/* --- panels ----------------------------------------------------------------------------------- */

static ScopeResult *
make_map (Pass *pass, const ScopeRecipePanel *panel, ScopeLayerTrace *layer,
          ScopeProgress *progress, GError **error)
{
  ScopeMapSpec spec = { .channel = (gsize)panel->channel, .kind = panel->matrix, .lane = -1 };
  ScopeRange range
      = panel->has_range ? panel->range : (ScopeRange){ 0, pass->count, 0, pass->count };
  return scope_result_map (pass->trace, layer, &spec, range, panel->bins, panel->reduce, TRUE,
                           progress, error);
}

static ScopeResult *
make_decay (Pass *pass, const ScopeRecipePanel *panel, ScopeLayerTrace *layer,
            ScopeProgress *progress, GError **error)
{
  ScopeProgress classing = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress drawing = scope_progress_span (progress, 0.5, 1.0);
  gsize train_length;
  double theta;
  if (!scope_filter_context_facts (pass->model->context, pass->filter, &train_length, &theta,
                                   error))
    return NULL;
  g_autoptr (ScopeMatrix) classes = scope_filter_classes (pass->filter, pass->model->context,
                                                          pass->ids, pass->count, &classing, error);
  if (classes == NULL)
    return NULL;
  return scope_result_decay (pass->trace, layer, panel->channel, classes, log (theta), train_length,
                             DECAY_POINTS, &drawing, error);
}

static void
describe_result (ScopeResult *result, const Pass *pass, const ScopeRecipePanel *panel)
{
  g_autoptr (ScopeTokens) used = scope_tokens_slice (pass->text->tokens, 0, pass->count);
  g_autofree char *hash = scope_tokens_hash (used);
  scope_provenance_set (result->provenance, "model", "%s", pass->model->name);
  scope_provenance_set (result->provenance, "text", "%s", pass->text->name);
  scope_provenance_set (result->provenance, "text-hash", "%s", hash);
  if (panel->title == NULL)
    return;
  g_free (result->title);
  result->title = g_strdup (panel->title);
}

static ScopeResult *
make_result (Pass *pass, const ScopeRecipePanel *panel, ScopeProgress *progress, GError **error)
{
  ScopeProgress loading = scope_progress_span (progress, 0.0, 0.3);
  ScopeProgress making = scope_progress_span (progress, 0.3, 1.0);
  ScopeLayerTrace *layer = scope_trace_layer (pass->trace, panel->layer, NULL, &loading, error);
  if (layer == NULL)
    return NULL;
  ScopeResult *result = panel->kind == SCOPE_RESULT_MAP
                            ? make_map (pass, panel, layer, &making, error)
                            : make_decay (pass, panel, layer, &making, error);
  scope_layer_trace_unref (layer);
  if (result != NULL)
    describe_result (result, pass, panel);
  return result;
}

static gboolean
same_pass (const ScopeRecipePanel *a, const ScopeRecipePanel *b)
{
  return g_strcmp0 (a->model, b->model) == 0 && g_strcmp0 (a->text, b->text) == 0
         && a->tokens == b->tokens && strcmp (a->filter, b->filter) == 0;
}

/* The panels from FIRST on that share its pass and have no result yet. */
static gboolean
run_group (ScopeRecipeWorld *world, gsize first, ScopeResult **results, ScopeProgress *progress,
           GError **error)
{
  GPtrArray *panels = world->recipe->panels;
  const ScopeRecipePanel *leader = g_ptr_array_index (panels, first);
  Pass pass = { 0 };
  gsize members = 0, done = 0;
  for (gsize k = first; k < panels->len; k++)
    members += same_pass (leader, g_ptr_array_index (panels, k));
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.05);
  ScopeProgress running = scope_progress_span (progress, 0.05, 0.4);
  gboolean good
      = open_pass (world, leader, &pass, &opening, error) && run_pass (&pass, &running, error);
  for (gsize k = first; good && k < panels->len; k++) {
    const ScopeRecipePanel *panel = g_ptr_array_index (panels, k);
    if (!same_pass (leader, panel))
      continue;
    ScopeProgress one = scope_progress_span (progress, 0.4 + 0.6 * (double)done / (double)members,
                                             0.4 + 0.6 * (double)(done + 1) / (double)members);
    results[k] = make_result (&pass, panel, &one, error);
    good = results[k] != NULL;
    if (!good)
      g_prefix_error (error, "panel %" G_GSIZE_FORMAT ": ", k + 1);
    done++;
  }
  pass_clear (&pass);
  return good;
}

static gboolean
run_all (ScopeRecipeWorld *world, ScopeResult **results, ScopeProgress *progress, GError **error)
{
  gsize count = world->recipe->panels->len;
  for (gsize k = 0; k < count; k++) {
    if (results[k] != NULL)
      continue;
    gsize done = 0;
    for (gsize n = 0; n < count; n++)
      done += results[n] != NULL;
    gsize members = 0;
    for (gsize n = k; n < count; n++)
      members += same_pass (g_ptr_array_index (world->recipe->panels, k),
                            g_ptr_array_index (world->recipe->panels, n));
    ScopeProgress group = scope_progress_span (progress, (double)done / (double)count,
                                               (double)(done + members) / (double)count);
    if (!run_group (world, k, results, &group, error))
      return FALSE;
  }
  return TRUE;
}

/* --- the whole -------------------------------------------------------------------------------- */

static gboolean
expand_preset (ScopeRecipe *self, ScopeRecipeWorld *world, ScopeProgress *progress, GError **error)
{
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.4);
  ScopeProgress classing = scope_progress_span (progress, 0.4, 1.0);
  ScopeRecipeModel *model = scope_recipe_world_model (world, NULL, &opening, error);
  ScopeRecipeText *text
      = model != NULL ? scope_recipe_world_text (world, NULL, NULL, &opening, error) : NULL;
  if (text == NULL)
    return FALSE;
  const char *spec = self->preset.filter != NULL ? self->preset.filter : "off";
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, error);
  double theta;
  const ScopeConfig *config = scope_model_config (scope_schedule_model (model->schedule));
  ScopeRecipeFacts facts = {
    .layers = config->n_layer,
    .channels = config->channels,
    .tokens = scope_tokens_count (text->tokens),
    .noun = scope_config_is_ssd (config) ? "head" : "channel",
  };
  if (filter == NULL
      || !scope_filter_context_facts (model->context, filter, &facts.train_length, &theta, error))
    return FALSE;
  g_autoptr (ScopeMatrix) classes = scope_filter_classes (
      filter, model->context, scope_tokens_ids (text->tokens), facts.tokens, &classing, error);
  if (classes == NULL)
    return FALSE;
  facts.classes = classes;
  facts.ln_theta = log (theta);
  return scope_recipe_expand (self, &facts, error);
}

static ScopeFigure *
build_figure (const ScopeRecipe *self, ScopeResult *const *results)
{
  ScopeFigure *figure = scope_figure_new (&self->style);
  scope_figure_set_columns (figure, self->columns);
  for (gsize k = 0; k < self->panels->len; k++)
    scope_figure_add (figure, results[k]);
  g_autofree char *json = scope_recipe_to_json (self);
  scope_figure_set_recipe (figure, json);
  return figure;
}

ScopeFigure *
scope_recipe_run (ScopeRecipe *self, const ScopeRecipeInput *input, ScopeProgress *progress,
                  GError **error)
{
  g_auto (ScopeRecipeWorld) world = { 0 };
  ScopeProgress choosing = scope_progress_span (progress, 0.0, 0.1);
  ScopeProgress running = scope_progress_span (progress, 0.1, 1.0);
  ScopeFigure *figure = NULL;
  scope_recipe_world_init (&world, self, input);
  if (self->preset.name != NULL && !expand_preset (self, &world, &choosing, error))
    return NULL;
  if (self->train_length == 0)
    self->train_length = input->train_length;
  gsize count = self->panels->len;
  ScopeResult **results = g_new0 (ScopeResult *, count);
  if (run_all (&world, results, &running, error))
    figure = build_figure (self, results);
  for (gsize k = 0; k < count; k++)
    g_clear_pointer (&results[k], scope_result_unref);
  g_free (results);
  return figure;
}
