/* A recipe in memory, and as canonical JSON: members in a fixed order, defaults written out,
 * numbers in the fewest digits that read back the same. */
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
  g_free (panel);
}

ScopeRecipePanel *
scope_recipe_panel_new (ScopeResultKind kind)
{
  ScopeRecipePanel *panel = g_new0 (ScopeRecipePanel, 1);
  panel->kind = kind;
  panel->channel = -1;
  panel->filter = g_strdup ("off");
  panel->bins = 512;
  panel->reduce = SCOPE_REDUCE_ABSMEAN;
  return panel;
}

ScopeRecipe *
scope_recipe_new (void)
{
  ScopeRecipe *self = g_new0 (ScopeRecipe, 1);
  scope_style_init (&self->style);
  self->dpi = SCOPE_RECIPE_DPI;
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
  g_free (self->font);
  g_free (self->preset.name);
  g_free (self->preset.filter);
  g_ptr_array_unref (self->panels);
  g_free (self);
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

/* --- JSON ------------------------------------------------------------------------------------- */

static void
append_string (GString *out, const char *value)
{
  g_string_append_c (out, '"');
  for (const char *p = value; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if ((guchar)*p < 0x20)
      g_string_append_printf (out, "\\u%04x", (guint)*p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

static void
append_double (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  if (value == 0)
    value = 0; /* "-0" would read back as a whole number, which has no sign */
  for (gsize k = 0; k < G_N_ELEMENTS (formats); k++) {
    g_ascii_formatd (buffer, sizeof buffer, formats[k], value);
    if (g_ascii_strtod (buffer, NULL) == value)
      break;
  }
  g_string_append (out, buffer);
}

/* ', "key": ', with the comma unless it is the object's first member. */
static void
append_key (GString *out, const char *key)
{
  char last = out->str[out->len - 1];
  g_string_append (out, last == '{' ? " " : ", ");
  g_string_append_printf (out, "\"%s\": ", key);
}

static void
member_string (GString *out, const char *key, const char *value)
{
  if (value == NULL)
    return;
  append_key (out, key);
  append_string (out, value);
}

static void
member_double (GString *out, const char *key, double value)
{
  append_key (out, key);
  append_double (out, value);
}

static void
member_integer (GString *out, const char *key, gint64 value)
{
  append_key (out, key);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

static void
member_style (GString *out, const ScopeRecipe *self)
{
  const ScopeStyle *style = &self->style;
  append_key (out, "style");
  g_string_append_c (out, '{');
  member_double (out, "width_mm", style->width_mm);
  member_double (out, "height_mm", style->height_mm);
  member_string (out, "font", style->font);
  member_double (out, "font_pt", style->font_pt);
  member_string (out, "palette", scope_palette_name (style->palette));
  member_string (out, "norm", scope_norm_name (style->norm));
  if (isfinite (style->low) && isfinite (style->high)) {
    append_key (out, "range");
    g_string_append_c (out, '[');
    append_double (out, style->low);
    g_string_append (out, ", ");
    append_double (out, style->high);
    g_string_append_c (out, ']');
  }
  append_key (out, "share_range");
  g_string_append (out, style->share_range ? "true" : "false");
  member_double (out, "dpi", self->dpi);
  g_string_append (out, " }");
}

static void
append_map_members (GString *out, const ScopeRecipePanel *panel)
{
  member_string (out, "matrix", scope_matrix_kind_name (panel->matrix));
  member_integer (out, "bins", (gint64)panel->bins);
  member_string (out, "reduce", scope_reduce_name (panel->reduce));
  if (!panel->has_range)
    return;
  const ScopeRange *range = &panel->range;
  gsize ends[] = { range->row_begin, range->row_end, range->column_begin, range->column_end };
  append_key (out, "range");
  for (gsize k = 0; k < G_N_ELEMENTS (ends); k++)
    g_string_append_printf (out, "%s%" G_GSIZE_FORMAT, k == 0 ? "[" : ", ", ends[k]);
  g_string_append_c (out, ']');
}

static void
append_panel (GString *out, const ScopeRecipePanel *panel)
{
  g_string_append_c (out, '{');
  member_string (out, "kind", panel->kind == SCOPE_RESULT_MAP ? "map" : "decay");
  member_string (out, "model", panel->model);
  member_string (out, "text", panel->text);
  if (panel->tokens > 0)
    member_integer (out, "tokens", (gint64)panel->tokens);
  member_integer (out, "layer", (gint64)panel->layer);
  if (panel->channel >= 0)
    member_integer (out, "channel", panel->channel);
  member_string (out, "filter", panel->filter);
  if (panel->kind == SCOPE_RESULT_MAP)
    append_map_members (out, panel);
  member_string (out, "title", panel->title);
  g_string_append (out, " }");
}

static void
member_preset (GString *out, const ScopeRecipePreset *preset)
{
  append_key (out, "preset");
  g_string_append_c (out, '{');
  member_string (out, "name", preset->name);
  if (preset->layer >= 0)
    member_integer (out, "layer", preset->layer);
  if (preset->channel >= 0)
    member_integer (out, "channel", preset->channel);
  member_string (out, "filter", preset->filter);
  g_string_append (out, " }");
}

char *
scope_recipe_to_json (const ScopeRecipe *self)
{
  GString *out = g_string_new ("{");
  member_integer (out, "mambascope", 1);
  member_string (out, "model", self->model);
  member_string (out, "text", self->text);
  if (self->train_length > 0)
    member_integer (out, "train_length", (gint64)self->train_length);
  member_style (out, self);
  if (self->columns > 0)
    member_integer (out, "columns", self->columns);
  if (self->preset.name != NULL)
    member_preset (out, &self->preset);
  else {
    append_key (out, "panels");
    for (gsize k = 0; k < self->panels->len; k++) {
      g_string_append (out, k == 0 ? "[ " : ", ");
      append_panel (out, g_ptr_array_index (self->panels, k));
    }
    g_string_append (out, " ]");
  }
  g_string_append (out, " }");
  return g_string_free (out, FALSE);
}
