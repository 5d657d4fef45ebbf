/* A recipe in memory. */
#include <math.h>
#include <string.h>

#include "export/recipe-private.h"

static void
panel_free (gpointer data)
{
  ScopeRecipePanel *panel = data;
  g_free (panel->model);
  g_free (panel->text);
  g_free (panel->filter);
  g_free (panel->title);
  g_free (panel->mark);
  g_ptr_array_unref (panel->filters);
  g_clear_pointer (&panel->channels, g_array_unref);
  g_clear_pointer (&panel->lengths, g_array_unref);
  g_clear_pointer (&panel->thetas, g_array_unref);
  g_free (panel);
}

ScopeRecipePanel *
scope_recipe_panel_new (ScopePanelKind kind)
{
  ScopeRecipePanel *panel = g_new0 (ScopeRecipePanel, 1);
  *panel = (ScopeRecipePanel){
    .kind = kind,
    .layer = -1,
    .channel = -1,
    .query = -1,
    .key = -1,
    .filter = g_strdup ("off"),
    .bins = kind == SCOPE_PANEL_ATLAS ? 96 : 512,
    .reduce = SCOPE_REDUCE_ABSMEAN,
    .score = 100,
    .windows = 8,
    .count = 48,
    .sort = -1,
    .descending = TRUE,
    .filters = g_ptr_array_new_with_free_func (g_free),
  };
  if (kind == SCOPE_PANEL_SWEEP || kind == SCOPE_PANEL_COMPARE) {
    scope_recipe_panel_add_filter (panel, "off");
    scope_recipe_panel_add_filter (panel, "longmamba");
  }
  return panel;
}

void
scope_recipe_panel_add_filter (ScopeRecipePanel *panel, const char *filter)
{
  g_ptr_array_add (panel->filters, g_strdup (filter));
}

void
scope_recipe_panel_own (ScopeRecipePanel *panel, const ScopeStyle *style)
{
  ScopePanelLook *look = &panel->look;
  look->own = TRUE;
  look->palette = style->palette;
  look->norm = style->norm;
  look->gamma = style->gamma;
  look->low = look->high = NAN;
}

ScopeRecipe *
scope_recipe_new (void)
{
  ScopeRecipe *self = g_new0 (ScopeRecipe, 1);
  scope_style_init (&self->style);
  self->dpi = SCOPE_RECIPE_DPI;
  self->epsilon = SCOPE_FIELD_EPSILON;
  self->panels = g_ptr_array_new_with_free_func (panel_free);
  self->preset.layer = self->preset.channel = -1;
  return self;
}

void
scope_recipe_free (ScopeRecipe *self)
{
  if (self == NULL)
    return;
  g_free (self->model);
  g_free (self->text);
  g_free (self->title);
  g_free (self->caption);
  g_free (self->font);
  g_free (self->preset.name);
  g_free (self->preset.filter);
  g_ptr_array_unref (self->panels);
  g_free (self);
}

void
scope_recipe_set_epsilon (ScopeRecipe *self, double epsilon)
{
  self->epsilon = epsilon;
}

ScopeStyle *
scope_recipe_style (ScopeRecipe *self)
{
  return &self->style;
}

double
scope_recipe_dpi (const ScopeRecipe *self)
{
  return self->dpi;
}

void
scope_recipe_set_dpi (ScopeRecipe *self, double dpi)
{
  self->dpi = dpi > 0 ? dpi : SCOPE_RECIPE_DPI;
}

void
scope_recipe_set_title (ScopeRecipe *self, const char *title)
{
  char *copy = g_strdup (title);
  g_free (self->title);
  self->title = copy;
}

gboolean
scope_recipe_view (const ScopeRecipe *self, ScopeRecipeView *out)
{
  if (self->panels->len == 0)
    return FALSE;
  const ScopeRecipePanel *panel = g_ptr_array_index (self->panels, 0);
  gboolean many = panel->kind == SCOPE_PANEL_COMPARE || panel->kind == SCOPE_PANEL_SWEEP;
  *out = (ScopeRecipeView){
    .model = panel->model != NULL ? panel->model : self->model,
    .text = panel->text != NULL ? panel->text : self->text,
    .filter = many ? g_ptr_array_index (panel->filters, panel->filters->len - 1) : panel->filter,
    .layer = panel->layer,
    .channel = panel->channel,
    .matrix = panel->matrix,
  };
  return out->model != NULL && out->text != NULL;
}
