#include "export/recipe-edit.h"

#include <string.h>

#include "export/recipe-private.h"

static void
set_string (char **member, const char *value)
{
  char *copy = g_strdup (value);
  g_free (*member);
  *member = copy;
}

void
scope_recipe_set_font (ScopeRecipe *self, const char *family)
{
  set_string (&self->font, family);
  self->style.font = self->font;
}

const char *
scope_recipe_title (const ScopeRecipe *self)
{
  return self->title;
}

const char *
scope_recipe_words (const ScopeRecipe *self)
{
  return self->caption;
}

void
scope_recipe_set_words (ScopeRecipe *self, const char *words)
{
  set_string (&self->caption, words);
}

guint
scope_recipe_columns (const ScopeRecipe *self)
{
  return self->columns;
}

void
scope_recipe_set_columns (ScopeRecipe *self, guint columns)
{
  self->columns = MIN (columns, SCOPE_RECIPE_MAX_PANELS);
}

/* --- panels ------------------------------------------------------------------------------------
 */

static ScopeRecipePanel *
panel_at (const ScopeRecipe *self, gsize panel)
{
  return g_ptr_array_index (self->panels, panel);
}

gboolean
scope_recipe_is_empty (const ScopeRecipe *self)
{
  return self->panels->len == 0 && self->preset.name == NULL;
}

gsize
scope_recipe_panels (const ScopeRecipe *self)
{
  return self->panels->len;
}

const char *
scope_recipe_panel_kind (const ScopeRecipe *self, gsize panel)
{
  return scope_panel_kind_names[panel_at (self, panel)->kind];
}

const char *
scope_recipe_panel_title (const ScopeRecipe *self, gsize panel)
{
  return panel_at (self, panel)->title;
}

void
scope_recipe_set_panel_title (ScopeRecipe *self, gsize panel, const char *title)
{
  set_string (&panel_at (self, panel)->title, title);
}

static char *
join_filters (const ScopeRecipePanel *panel)
{
  gboolean many = panel->kind == SCOPE_PANEL_SWEEP || panel->kind == SCOPE_PANEL_COMPARE;
  if (!many)
    return g_strdup (strcmp (panel->filter, "off") == 0 ? NULL : panel->filter);
  GString *out = g_string_new (NULL);
  for (guint k = 0; k < panel->filters->len; k++)
    g_string_append_printf (out, "%s%s", k == 0 ? "" : " and ",
                            (const char *)g_ptr_array_index (panel->filters, k));
  return g_string_free (out, FALSE);
}

char *
scope_recipe_panel_words (const ScopeRecipe *self, gsize index)
{
  static const char *const words[SCOPE_N_PANEL_KINDS]
      = { "Map",   "Atlas",      "Decay",      "Field lengths",
          "Sweep", "Text strip", "Comparison", "Share of global channels" };
  const ScopeRecipePanel *panel = panel_at (self, index);
  GString *out = g_string_new (words[panel->kind]);
  if (panel->layer >= 0)
    g_string_append_printf (out, ", layer %" G_GSSIZE_FORMAT, panel->layer);
  if (panel->channel >= 0)
    g_string_append_printf (out, ", channel %" G_GSSIZE_FORMAT, panel->channel);
  return g_string_free (out, FALSE);
}

char *
scope_recipe_panel_source (const ScopeRecipe *self, gsize index)
{
  const ScopeRecipePanel *panel = panel_at (self, index);
  const char *model = panel->model != NULL ? panel->model : self->model;
  const char *text = panel->text != NULL ? panel->text : self->text;
  g_autofree char *model_name = g_path_get_basename (model != NULL ? model : "the open model");
  g_autofree char *text_name = g_path_get_basename (text != NULL ? text : "the open text");
  g_autofree char *filters = join_filters (panel);
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "%s on %s", model_name, text_name);
  if (panel->tokens > 0)
    g_string_append_printf (out, ", first %" G_GSIZE_FORMAT " tokens", panel->tokens);
  if (filters != NULL)
    g_string_append_printf (out, ", %s", filters);
  return g_string_free (out, FALSE);
}

gboolean
scope_recipe_has_room (const ScopeRecipe *self, gsize more, GError **error)
{
  if (self->panels->len + more <= SCOPE_RECIPE_MAX_PANELS)
    return TRUE;
  g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
               "a figure holds %d panels: expected at most %" G_GSIZE_FORMAT
               " more, found %" G_GSIZE_FORMAT,
               SCOPE_RECIPE_MAX_PANELS, SCOPE_RECIPE_MAX_PANELS - (gsize)self->panels->len, more);
  return FALSE;
}

static gpointer
copy_string (gconstpointer string, gpointer data)
{
  return g_strdup (string);
}

static GArray *
copy_numbers (const GArray *numbers)
{
  GArray *copy = numbers != NULL ? g_array_new (FALSE, FALSE, sizeof (double)) : NULL;
  return copy != NULL ? g_array_append_vals (copy, numbers->data, numbers->len) : NULL;
}

/* What the panel leaves to OWNER, if there is one, it then says itself. */
static ScopeRecipePanel *
copy_panel (const ScopeRecipe *owner, const ScopeRecipePanel *panel)
{
  ScopeRecipePanel *copy = g_memdup2 (panel, sizeof *panel);
  copy->model = g_strdup (panel->model == NULL && owner != NULL ? owner->model : panel->model);
  copy->text = g_strdup (panel->text == NULL && owner != NULL ? owner->text : panel->text);
  copy->filter = g_strdup (panel->filter);
  copy->title = g_strdup (panel->title);
  copy->mark = g_strdup (panel->mark);
  copy->filters = g_ptr_array_copy (panel->filters, copy_string, NULL);
  g_ptr_array_set_free_func (copy->filters, g_free);
  copy->channels = copy_numbers (panel->channels);
  copy->lengths = copy_numbers (panel->lengths);
  copy->thetas = copy_numbers (panel->thetas);
  return copy;
}

ScopeRecipe *
scope_recipe_empty (void)
{
  return scope_recipe_new ();
}

ScopeRecipe *
scope_recipe_copy (const ScopeRecipe *self)
{
  ScopeRecipe *copy = scope_recipe_new ();
  copy->model = g_strdup (self->model);
  copy->text = g_strdup (self->text);
  copy->title = g_strdup (self->title);
  copy->caption = g_strdup (self->caption);
  copy->style = self->style;
  scope_recipe_set_font (copy, self->font);
  copy->dpi = self->dpi;
  copy->columns = self->columns;
  copy->train_length = self->train_length;
  copy->epsilon = self->epsilon;
  copy->preset = self->preset;
  copy->preset.name = g_strdup (self->preset.name);
  copy->preset.filter = g_strdup (self->preset.filter);
  for (guint k = 0; k < self->panels->len; k++)
    g_ptr_array_add (copy->panels, copy_panel (NULL, panel_at (self, k)));
  return copy;
}

void
scope_recipe_append (ScopeRecipe *self, const ScopeRecipe *other)
{
  for (guint k = 0; k < other->panels->len; k++)
    g_ptr_array_add (self->panels, copy_panel (other, panel_at (other, k)));
}

void
scope_recipe_remove_panel (ScopeRecipe *self, gsize panel)
{
  g_ptr_array_remove_index (self->panels, (guint)panel);
}

void
scope_recipe_move_panel (ScopeRecipe *self, gsize panel, gsize to)
{
  gpointer moved = g_ptr_array_steal_index (self->panels, (guint)panel);
  g_ptr_array_insert (self->panels, (int)to, moved);
}

/* --- files --------------------------------------------------------------------------------------
 */

/* A text may be "@ids.json". Names become absolute where they are found. */
static void
find_file (char **name, const char *folder)
{
  if (*name == NULL)
    return;
  gboolean ids = **name == '@';
  g_autofree char *at = g_canonicalize_filename (folder, NULL);
  g_autofree char *found = g_canonicalize_filename (*name + ids, NULL);
  while (!g_file_test (found, G_FILE_TEST_EXISTS)) {
    g_free (found);
    found = g_build_filename (at, *name + ids, NULL);
    g_autofree char *above = g_path_get_dirname (at);
    if (strcmp (above, at) == 0)
      break;
    g_free (at);
    at = g_steal_pointer (&above);
  }
  if (!g_file_test (found, G_FILE_TEST_EXISTS))
    return;
  g_free (*name);
  *name = g_strconcat (ids ? "@" : "", found, NULL);
}

void
scope_recipe_find_files (ScopeRecipe *self, const char *folder)
{
  find_file (&self->model, folder);
  find_file (&self->text, folder);
  for (guint k = 0; k < self->panels->len; k++) {
    find_file (&panel_at (self, k)->model, folder);
    find_file (&panel_at (self, k)->text, folder);
  }
}
