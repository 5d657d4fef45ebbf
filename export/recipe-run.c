/* Running a recipe. Panels that look at the same pass (model, text, length, filter) share it, and
 * each pass is let go of before the next begins: its residual streams may be large. */
#include <math.h>
#include <string.h>

#include "analysis/filter.h"
#include "base/error.h"
#include "export/recipe-edit.h"
#include "export/recipe-pass.h"

static const ScopeRecipePanel *
panel_of (const ScopeRecipeWorld *world, const ScopeShot *shot)
{
  return g_ptr_array_index (world->recipe->panels, shot->panel);
}

static void
shot_clear (gpointer data)
{
  ScopeShot *shot = data;
  g_clear_pointer (&shot->result, scope_result_unref);
}

/* The panels' results that were made before, borrowed; NULL for those that were not. */
static GPtrArray *
list_known (const ScopeRecipe *recipe, GHashTable *known)
{
  GPtrArray *results = g_ptr_array_new ();
  for (gsize k = 0; k < recipe->panels->len; k++) {
    g_autofree char *key = scope_recipe_panel_key (recipe, k);
    g_ptr_array_add (results, known != NULL ? g_hash_table_lookup (known, key) : NULL);
  }
  return results;
}

/* The filter of the panel's second pass, or NULL: it needs one alone. */
static const char *
second_filter (const ScopeRecipePanel *panel)
{
  if (panel->kind == SCOPE_PANEL_COMPARE)
    return g_ptr_array_index (panel->filters, 1);
  if (panel->before && strcmp (panel->filter, "off") != 0)
    return "off";
  return panel->mark;
}

/* What the other panels take, in their order. */
static GArray *
list_shots (const ScopeRecipe *recipe, const GPtrArray *known)
{
  GArray *shots = g_array_new (FALSE, TRUE, sizeof (ScopeShot));
  g_array_set_clear_func (shots, shot_clear);
  for (gsize k = 0; k < recipe->panels->len; k++) {
    const ScopeRecipePanel *panel = g_ptr_array_index (recipe->panels, k);
    if (g_ptr_array_index (known, k) != NULL)
      continue;
    gboolean compares = panel->kind == SCOPE_PANEL_COMPARE;
    ScopeShot first = { k, compares ? g_ptr_array_index (panel->filters, 0) : panel->filter };
    ScopeShot second = { k, second_filter (panel), panel->kind == SCOPE_PANEL_MAP,
                         panel->kind == SCOPE_PANEL_DECAY };
    g_array_append_val (shots, first);
    if (second.filter != NULL)
      g_array_append_val (shots, second);
  }
  return shots;
}

static gboolean
same_pass (const ScopeRecipeWorld *world, const ScopeShot *x, const ScopeShot *y)
{
  const ScopeRecipePanel *a = panel_of (world, x), *b = panel_of (world, y);
  return g_strcmp0 (a->model, b->model) == 0 && g_strcmp0 (a->text, b->text) == 0
         && a->tokens == b->tokens && strcmp (x->filter, y->filter) == 0
         && scope_panel_needs_run (a) == scope_panel_needs_run (b);
}

/* "panel 3: ", but a cancellation is no panel's fault. */
static void
name_panel (GError **error, gsize panel)
{
  if (error != NULL && !scope_error_is_cancelled (*error))
    g_prefix_error (error, "panel %" G_GSIZE_FORMAT ": ", panel + 1);
}

/* The shots from FIRST on that share its pass. */
static gboolean
run_group (ScopeRecipeWorld *world, GArray *shots, gsize first, gsize members,
           ScopeProgress *progress, GError **error)
{
  g_auto (ScopePass) pass = { 0 };
  ScopeShot *leader = &g_array_index (shots, ScopeShot, first);
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.05);
  ScopeProgress running = scope_progress_span (progress, 0.05, 0.4);
  gsize done = 0;
  if (!scope_pass_open (&pass, world, leader->panel, leader->filter, &opening, error)
      || (scope_panel_needs_run (panel_of (world, leader))
          && !scope_pass_run (&pass, &running, error)))
    return FALSE;
  for (gsize k = first; k < shots->len; k++) {
    ScopeShot *shot = &g_array_index (shots, ScopeShot, k);
    if (shot->result != NULL || !same_pass (world, leader, shot))
      continue;
    ScopeProgress one = scope_progress_span (progress, 0.4 + 0.6 * (double)done / (double)members,
                                             0.4 + 0.6 * (double)(done + 1) / (double)members);
    shot->result = scope_pass_make (&pass, panel_of (world, shot), shot, &one, error);
    if (shot->result == NULL) {
      name_panel (error, shot->panel);
      return FALSE;
    }
    done++;
  }
  return TRUE;
}

static gboolean
run_all (ScopeRecipeWorld *world, GArray *shots, ScopeProgress *progress, GError **error)
{
  gsize done = 0;
  for (gsize k = 0; k < shots->len; k++) {
    ScopeShot *shot = &g_array_index (shots, ScopeShot, k);
    gsize members = 0;
    if (shot->result != NULL)
      continue;
    for (gsize n = k; n < shots->len; n++)
      members += same_pass (world, shot, &g_array_index (shots, ScopeShot, n));
    ScopeProgress group = scope_progress_span (progress, (double)done / (double)shots->len,
                                               (double)(done + members) / (double)shots->len);
    if (!run_group (world, shots, k, members, &group, error))
      return FALSE;
    done += members;
  }
  return TRUE;
}

/* --- the whole -------------------------------------------------------------------------------- */

static gboolean
choose_panels (ScopeRecipe *self, ScopePass *pass, ScopeProgress *progress, GError **error)
{
  ScopeProgress classing = scope_progress_span (progress, 0.4, 0.6);
  ScopeProgress telling = scope_progress_span (progress, 0.6, 1.0);
  const ScopeConfig *config = scope_model_config (scope_schedule_model (pass->model->schedule));
  ScopeRecipeFacts facts = {
    .layers = config->n_layer,
    .channels = config->channels,
    .tokens = pass->count,
    .noun = scope_config_is_ssd (config) ? "head" : "channel",
  };
  g_autoptr (ScopeMatrix) classes
      = scope_pass_classes (pass, NULL, &facts.ln_theta, &facts.train_length, &classing, error);
  g_autoptr (ScopeMatrix) story = NULL;
  if (classes == NULL)
    return FALSE;
  if (self->preset.layer < 0 && facts.tokens > facts.train_length
      && scope_recipe_preset_wants_story (self->preset.name)) {
    story = scope_recipe_story (pass, classes, facts.ln_theta, facts.train_length, &telling, error);
    if (story == NULL)
      return FALSE;
  }
  facts.classes = classes;
  facts.story = story;
  return scope_recipe_expand (self, &facts, error);
}

static gboolean
expand_preset (ScopeRecipe *self, ScopeRecipeWorld *world, ScopeProgress *progress, GError **error)
{
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.4);
  g_auto (ScopePass) pass = { 0 };
  pass.model = scope_recipe_world_model (world, NULL, &opening, error);
  pass.text
      = pass.model != NULL ? scope_recipe_world_text (world, NULL, NULL, &opening, error) : NULL;
  if (pass.text == NULL)
    return FALSE;
  pass.ids = scope_tokens_ids (pass.text->tokens);
  pass.count = scope_tokens_count (pass.text->tokens);
  pass.filter
      = scope_filter_parse (self->preset.filter != NULL ? self->preset.filter : "off", error);
  return pass.filter != NULL && choose_panels (self, &pass, progress, error);
}

/* A figure of the recipe's style without panels. */
static ScopeFigure *
new_figure (const ScopeRecipe *self)
{
  ScopeFigure *figure = scope_figure_new (&self->style);
  g_autofree char *json = scope_recipe_to_json (self);
  scope_figure_set_columns (figure, self->columns);
  scope_figure_set_title (figure, self->title);
  scope_figure_set_words (figure, self->caption);
  scope_figure_set_recipe (figure, json);
  return figure;
}

/* A normalised map has a range of its own: its values are in units of their own. */
static ScopePanelLook
look_of (const ScopeRecipe *self, gsize k)
{
  ScopeRecipePanel panel = *(const ScopeRecipePanel *)g_ptr_array_index (self->panels, k);
  if (panel.normalise != SCOPE_NORMALISE_NONE && !panel.look.own)
    scope_recipe_panel_own (&panel, &self->style);
  return panel.look;
}

static void
add_panel (ScopeFigure *figure, const ScopeRecipe *self, gsize k, ScopeResult *result)
{
  ScopePanelLook look = look_of (self, k);
  scope_figure_add_panel (figure, result, &look);
}

static ScopeFigure *
build_figure (const ScopeRecipe *self, GArray *shots, const GPtrArray *known, GError **error)
{
  g_autoptr (ScopeFigure) figure = new_figure (self);
  for (gsize k = 0, shot = 0; k < self->panels->len; k++) {
    gsize first = shot;
    if (g_ptr_array_index (known, k) != NULL) {
      add_panel (figure, self, k, g_ptr_array_index (known, k));
      continue;
    }
    while (shot < shots->len && g_array_index (shots, ScopeShot, shot).panel == k)
      shot++;
    g_autoptr (ScopeResult) result
        = scope_panel_combine (g_ptr_array_index (self->panels, k),
                               &g_array_index (shots, ScopeShot, first), shot - first, error);
    if (result == NULL) {
      name_panel (error, k);
      return NULL;
    }
    add_panel (figure, self, k, result);
  }
  return g_steal_pointer (&figure);
}

ScopeFigure *
scope_recipe_redraw (const ScopeRecipe *self, const ScopeFigure *figure)
{
  ScopeFigure *out = new_figure (self);
  for (gsize k = 0; k < self->panels->len; k++)
    add_panel (out, self, k, scope_figure_panel (figure, k));
  return out;
}

ScopeFigure *
scope_recipe_draw_known (const ScopeRecipe *self, GHashTable *known)
{
  g_autoptr (GPtrArray) results = list_known (self, known);
  g_autoptr (ScopeFigure) out = new_figure (self);
  for (gsize k = 0; k < self->panels->len; k++) {
    if (g_ptr_array_index (results, k) == NULL)
      return NULL;
    add_panel (out, self, k, g_ptr_array_index (results, k));
  }
  return self->panels->len > 0 ? g_steal_pointer (&out) : NULL;
}

ScopeFigure *
scope_recipe_run (ScopeRecipe *self, const ScopeRecipeInput *input, ScopeProgress *progress,
                  GError **error)
{
  g_auto (ScopeRecipeWorld) world = { 0 };
  ScopeProgress choosing = scope_progress_span (progress, 0.0, 0.1);
  ScopeProgress running = scope_progress_span (progress, 0.1, 1.0);
  scope_recipe_world_init (&world, self, input);
  if (self->preset.name != NULL && !expand_preset (self, &world, &choosing, error))
    return NULL;
  if (self->train_length == 0)
    self->train_length = input->train_length;
  g_autoptr (GPtrArray) known = list_known (self, input->known);
  g_autoptr (GArray) shots = list_shots (self, known);
  return run_all (&world, shots, &running, error) ? build_figure (self, shots, known, error) : NULL;
}
