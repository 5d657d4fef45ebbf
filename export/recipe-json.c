/* A recipe as canonical JSON: members in a fixed order, defaults written out, numbers in the fewest
 * digits that read back the same. */
#include <math.h>

#include "export/recipe-edit.h"
#include "export/recipe-private.h"

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
member_boolean (GString *out, const char *key, gboolean value)
{
  append_key (out, key);
  g_string_append (out, value ? "true" : "false");
}

static void
member_doubles (GString *out, const char *key, const double *values, gsize count)
{
  append_key (out, key);
  for (gsize k = 0; k < count; k++) {
    g_string_append (out, k == 0 ? "[" : ", ");
    append_double (out, values[k]);
  }
  g_string_append_c (out, ']');
}

static void
member_sizes (GString *out, const char *key, const gsize *values, gsize count)
{
  append_key (out, key);
  for (gsize k = 0; k < count; k++)
    g_string_append_printf (out, "%s%" G_GSIZE_FORMAT, k == 0 ? "[" : ", ", values[k]);
  g_string_append_c (out, ']');
}

static void
member_strings (GString *out, const char *key, const GPtrArray *values)
{
  append_key (out, key);
  for (guint k = 0; k < values->len; k++) {
    g_string_append (out, k == 0 ? "[" : ", ");
    append_string (out, g_ptr_array_index (values, k));
  }
  g_string_append_c (out, ']');
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
  if (style->line_scale != 1)
    member_double (out, "line_scale", style->line_scale);
  member_string (out, "palette", scope_palette_name (style->palette));
  member_string (out, "norm", scope_norm_name (style->norm));
  if (style->norm == SCOPE_NORM_POWER)
    member_double (out, "gamma", style->gamma);
  if (isfinite (style->low) && isfinite (style->high))
    member_doubles (out, "range", (const double[]){ style->low, style->high }, 2);
  member_boolean (out, "share_range", style->share_range);
  if (!style->colour_bar)
    member_boolean (out, "colour_bar", FALSE);
  if (style->label != '\0')
    member_string (out, "labels",
                   style->label == '-' ? "none" : (const char[]){ style->label, '\0' });
  g_autoptr (GPtrArray) colours = g_ptr_array_new_with_free_func (g_free);
  for (gsize k = 0; k < style->n_colours; k++)
    g_ptr_array_add (colours, g_strdup_printf ("#%06x", style->colours[k]));
  if (colours->len > 0)
    member_strings (out, "colours", colours);
  member_double (out, "dpi", self->dpi);
  g_string_append (out, " }");
}

static void
append_map_members (GString *out, const ScopeRecipePanel *panel)
{
  const ScopeRange *range = &panel->range;
  member_string (out, "matrix", scope_matrix_kind_name (panel->matrix));
  member_integer (out, "bins", (gint64)panel->bins);
  member_string (out, "reduce", scope_reduce_name (panel->reduce));
  if (panel->has_range)
    member_sizes (
        out, "range",
        (const gsize[]){ range->row_begin, range->row_end, range->column_begin, range->column_end },
        4);
  if (panel->normalise != SCOPE_NORMALISE_NONE)
    member_string (out, "normalise", scope_normalise_name (panel->normalise));
  member_string (out, "mark", panel->mark);
}

static void
append_sweep_members (GString *out, const ScopeRecipePanel *panel)
{
  member_doubles (out, "lengths", (const double *)(void *)panel->lengths->data,
                  panel->lengths->len);
  member_integer (out, "score", (gint64)panel->score);
  member_integer (out, "windows", (gint64)panel->windows);
  member_string (out, "protocol", scope_protocol_names[panel->protocol]);
}

static void
append_atlas_members (GString *out, const ScopeRecipePanel *panel)
{
  member_integer (out, "count", (gint64)panel->count);
  if (panel->tile_columns > 0)
    member_integer (out, "tile_columns", (gint64)panel->tile_columns);
  if (panel->classes != SCOPE_CLASSES_ALL)
    member_string (out, "classes", scope_panel_classes_names[panel->classes]);
  if (panel->sort >= 0) {
    member_string (out, "sort", scope_atlas_sort_names[panel->sort]);
    member_boolean (out, "descending", panel->descending);
  }
  if (panel->first > 0)
    member_integer (out, "first", (gint64)panel->first);
  if (panel->sort == SCOPE_ATLAS_BY_SIMILARITY)
    member_sizes (out, "like", panel->like, 2);
}

static void
append_decay_members (GString *out, const ScopeRecipePanel *panel)
{
  const GArray *channels = panel->channels;
  if (channels != NULL)
    member_doubles (out, "channels", (const double *)(void *)channels->data, channels->len);
  if (panel->classes != (channels != NULL ? SCOPE_CLASSES_NONE : SCOPE_CLASSES_ALL))
    member_string (out, "classes", scope_panel_classes_names[panel->classes]);
  if (panel->before)
    member_boolean (out, "before", TRUE);
}

static void
append_span (GString *out, const ScopeRecipePanel *panel)
{
  if (panel->query >= 0)
    member_integer (out, "query", panel->query);
  if (panel->span[1] > 0)
    member_sizes (out, "span", panel->span, 2);
}

static void
append_strip_members (GString *out, const ScopeRecipePanel *panel)
{
  member_string (out, "matrix", scope_matrix_kind_name (panel->matrix));
  member_string (out, "value", scope_strip_value_names[panel->value]);
  if (panel->key >= 0)
    member_integer (out, "key", panel->key);
  append_span (out, panel);
}

/* What only some kinds of panel have. */
static void
append_kind_members (GString *out, const ScopeRecipePanel *panel)
{
  gboolean many = panel->kind == SCOPE_PANEL_SWEEP || panel->kind == SCOPE_PANEL_COMPARE;
  if (many)
    member_strings (out, "filters", panel->filters);
  else
    member_string (out, "filter", panel->filter);
  switch (panel->kind) {
  case SCOPE_PANEL_COMPARE:
    member_string (out, "mode", scope_compare_mode_names[panel->mode]);
    append_span (out, panel);
    append_map_members (out, panel);
    break;
  case SCOPE_PANEL_ATLAS:
    append_atlas_members (out, panel);
    append_map_members (out, panel);
    break;
  case SCOPE_PANEL_MAP:
    append_map_members (out, panel);
    break;
  case SCOPE_PANEL_SWEEP:
    append_sweep_members (out, panel);
    break;
  case SCOPE_PANEL_DECAY:
    append_decay_members (out, panel);
    break;
  case SCOPE_PANEL_STRIP:
    append_strip_members (out, panel);
    break;
  case SCOPE_PANEL_LAYERS:
    member_doubles (out, "thetas", (const double *)(void *)panel->thetas->data, panel->thetas->len);
    break;
  default:
    break;
  }
}

static void
append_look (GString *out, const ScopePanelLook *look)
{
  if (look->rows > 1)
    member_integer (out, "row_span", (gint64)look->rows);
  if (look->columns > 1)
    member_integer (out, "column_span", (gint64)look->columns);
  if (!look->own)
    return;
  member_string (out, "palette", scope_palette_name (look->palette));
  member_string (out, "norm", scope_norm_name (look->norm));
  if (look->norm == SCOPE_NORM_POWER)
    member_double (out, "gamma", look->gamma);
  if (isfinite (look->low) && isfinite (look->high))
    member_doubles (out, "value_range", (const double[]){ look->low, look->high }, 2);
}

static void
append_panel (GString *out, const ScopeRecipePanel *panel)
{
  g_string_append_c (out, '{');
  member_string (out, "kind", scope_panel_kind_names[panel->kind]);
  member_string (out, "model", panel->model);
  member_string (out, "text", panel->text);
  if (panel->tokens > 0)
    member_integer (out, "tokens", (gint64)panel->tokens);
  if (panel->layer >= 0)
    member_integer (out, "layer", panel->layer);
  if (panel->channel >= 0)
    member_integer (out, "channel", panel->channel);
  if (panel->theta > 0)
    member_double (out, "theta", panel->theta);
  append_kind_members (out, panel);
  append_look (out, &panel->look);
  member_string (out, "title", panel->title);
  g_string_append (out, " }");
}

/* How a panel is coloured and placed makes no other result. */
char *
scope_recipe_panel_key (const ScopeRecipe *self, gsize k)
{
  ScopeRecipePanel panel = *(const ScopeRecipePanel *)g_ptr_array_index (self->panels, k);
  panel.look = (ScopePanelLook){ 0 };
  if (panel.model == NULL)
    panel.model = self->model;
  if (panel.text == NULL)
    panel.text = self->text;
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "%" G_GSIZE_FORMAT " %.17g ", self->train_length, self->epsilon);
  append_panel (out, &panel);
  return g_string_free (out, FALSE);
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
  member_string (out, "title", self->title);
  member_string (out, "caption", self->caption);
  if (self->train_length > 0)
    member_integer (out, "train_length", (gint64)self->train_length);
  if (self->epsilon != SCOPE_FIELD_EPSILON)
    member_double (out, "epsilon", self->epsilon);
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
