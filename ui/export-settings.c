#include "ui/export-settings.h"

#include <math.h>
#include <string.h>

#include "ui/export-widths.h"
#include "ui/gradual.h"

#define BUNDLED_FONT "DejaVu Sans"

struct _ScopeExportSettings {
  AdwBin parent;
  ScopePreview *preview;
  gboolean filling; /* what the controls say is being set, not changed by the user */

  GtkBox *box;
  AdwComboRow *width_preset, *labels, *palette, *norm, *format;
  GtkDropDown *font;
  GtkSpinButton *width, *height, *font_size, *gamma, *dpi;
  GtkWidget *gamma_row, *dpi_row, *share_range_row, *with_data_row, *with_latex_row;
  GtkSwitch *fixed_range, *share_range, *colour_bar;
  GtkSwitch *with_data, *with_latex, *with_caption, *with_recipe;
  AdwEntryRow *range_low, *range_high, *title, *words;
  GtkLabel *caption;
};

G_DEFINE_FINAL_TYPE (ScopeExportSettings, scope_export_settings, ADW_TYPE_BIN)

/* --- what the controls change
 * ---------------------------------------------------------------------
 */

/* The recipe to be changed, or NULL if it is not the user who moves the control. */
static ScopeRecipe *
begin (ScopeExportSettings *self, const char *topic)
{
  return self->filling || self->preview == NULL ? NULL : scope_preview_begin (self->preview, topic);
}

static ScopeStyle *
begin_style (ScopeExportSettings *self, const char *topic)
{
  ScopeRecipe *recipe = begin (self, topic);
  return recipe != NULL ? scope_recipe_style (recipe) : NULL;
}

static void
changed (ScopeExportSettings *self)
{
  scope_preview_changed (self->preview);
}

/* A number of the style that a spinning button shows. */
static void
change_number (ScopeExportSettings *self, GtkSpinButton *button, const char *topic,
               gsize offset_in_style)
{
  ScopeStyle *style = begin_style (self, topic);
  if (style == NULL)
    return;
  *(double *)(void *)((char *)style + offset_in_style) = gtk_spin_button_get_value (button);
  changed (self);
}

static void
width_cb (ScopeExportSettings *self)
{
  change_number (self, self->width, "width", G_STRUCT_OFFSET (ScopeStyle, width_mm));
}

static void
height_cb (ScopeExportSettings *self)
{
  change_number (self, self->height, "height", G_STRUCT_OFFSET (ScopeStyle, height_mm));
}

static void
font_size_cb (ScopeExportSettings *self)
{
  change_number (self, self->font_size, "font-size", G_STRUCT_OFFSET (ScopeStyle, font_pt));
}

static void
gamma_cb (ScopeExportSettings *self)
{
  change_number (self, self->gamma, "gamma", G_STRUCT_OFFSET (ScopeStyle, gamma));
}

static void
width_preset_cb (ScopeExportSettings *self)
{
  guint chosen = adw_combo_row_get_selected (self->width_preset);
  ScopeStyle *style = chosen < scope_n_widths ? begin_style (self, NULL) : NULL;
  if (style == NULL)
    return;
  style->width_mm = scope_widths[chosen].width_mm;
  style->height_mm = scope_widths[chosen].height_mm;
  changed (self);
}

static void
font_cb (ScopeExportSettings *self)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (self->font);
  ScopeRecipe *recipe = item != NULL ? begin (self, "font") : NULL;
  if (recipe == NULL)
    return;
  const char *family = gtk_string_object_get_string (item);
  scope_recipe_set_font (recipe, strcmp (family, BUNDLED_FONT) != 0 ? family : NULL);
  changed (self);
}

static void
labels_cb (ScopeExportSettings *self)
{
  guint chosen = adw_combo_row_get_selected (self->labels);
  ScopeStyle *style = begin_style (self, NULL);
  if (style == NULL)
    return;
  style->label = chosen == 0 ? '\0' : chosen == 1 ? '-' : (char)('a' + chosen - 2);
  changed (self);
}

static void
palette_cb (ScopeExportSettings *self)
{
  ScopeStyle *style = begin_style (self, NULL);
  if (style == NULL)
    return;
  style->palette = (ScopePalette)adw_combo_row_get_selected (self->palette);
  changed (self);
}

/* A logarithm has no range from 0 or below. */
static gboolean
fits (ScopeNormKind norm, double low, double high)
{
  gboolean logarithmic = norm == SCOPE_NORM_LOG || norm == SCOPE_NORM_SYMLOG;
  return isfinite (low) && isfinite (high) && low < high && (!logarithmic || low > 0);
}

static void
norm_cb (ScopeExportSettings *self)
{
  ScopeStyle *style = begin_style (self, NULL);
  if (style == NULL)
    return;
  style->norm = (ScopeNormKind)adw_combo_row_get_selected (self->norm);
  if (!fits (style->norm, style->low, style->high))
    style->low = style->high = NAN;
  changed (self);
}

static void
colour_bar_cb (ScopeExportSettings *self)
{
  ScopeStyle *style = begin_style (self, NULL);
  if (style == NULL)
    return;
  style->colour_bar = gtk_switch_get_active (self->colour_bar);
  changed (self);
}

static void
share_range_cb (ScopeExportSettings *self)
{
  ScopeStyle *style = begin_style (self, NULL);
  if (style == NULL)
    return;
  style->share_range = gtk_switch_get_active (self->share_range);
  changed (self);
}

/* --- the range ---------------------------------------------------------------------------------
 */

static gboolean
read_number (AdwEntryRow *row, double *out)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
  char *end;
  *out = g_ascii_strtod (text, &end);
  return *text != '\0' && *end == '\0';
}

static void
mark_wrong (AdwEntryRow *row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

/* Both ends, if they are ends for the norm; else they are marked, and nothing changes. */
static void
range_cb (ScopeExportSettings *self)
{
  const ScopeRecipe *recipe = scope_preview_get_recipe (self->preview);
  ScopeNormKind norm = scope_recipe_style ((ScopeRecipe *)recipe)->norm;
  double low, high;
  gboolean low_reads = read_number (self->range_low, &low);
  gboolean high_reads = read_number (self->range_high, &high);
  gboolean good = low_reads && high_reads && fits (norm, low, high);
  mark_wrong (self->range_low, !good && !(low_reads && high_reads && low > 0 && low < high));
  mark_wrong (self->range_high, !good && (!high_reads || (low_reads && high <= low)));
  ScopeStyle *style = good ? begin_style (self, NULL) : NULL;
  if (style == NULL)
    return;
  style->low = low;
  style->high = high;
  changed (self);
}

static double
shown_number (double value, gboolean up)
{
  double unit = value != 0 ? pow (10, floor (log10 (fabs (value))) - 1) : 1;
  return (up ? ceil (value / unit) : floor (value / unit)) * unit;
}

/* Switched on, the range begins with that of the values, rounded outwards. */
static void
fixed_range_cb (ScopeExportSettings *self)
{
  ScopeFigure *figure = self->preview != NULL ? scope_preview_get_figure (self->preview) : NULL;
  gboolean fixed = gtk_switch_get_active (self->fixed_range);
  double low, high;
  if (fixed && (figure == NULL || !scope_figure_value_range (figure, &low, &high)))
    return;
  ScopeStyle *style = begin_style (self, NULL);
  if (style == NULL)
    return;
  style->low = fixed ? shown_number (low, FALSE) : NAN;
  style->high = fixed ? shown_number (high, TRUE) : NAN;
  changed (self);
}

/* --- words and files -----------------------------------------------------------------------------
 */

static const char *
text_or_null (AdwEntryRow *row)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (row));
  return *text != '\0' ? text : NULL;
}

static void
title_cb (ScopeExportSettings *self)
{
  ScopeRecipe *recipe = begin (self, "title");
  if (recipe == NULL)
    return;
  scope_recipe_set_title (recipe, text_or_null (self->title));
  changed (self);
}

static void
words_cb (ScopeExportSettings *self)
{
  ScopeRecipe *recipe = begin (self, "words");
  if (recipe == NULL)
    return;
  scope_recipe_set_words (recipe, text_or_null (self->words));
  changed (self);
}

static void
dpi_cb (ScopeExportSettings *self)
{
  ScopeRecipe *recipe = begin (self, "dpi");
  if (recipe == NULL)
    return;
  scope_recipe_set_dpi (recipe, gtk_spin_button_get_value (self->dpi));
  changed (self);
}

static void
format_cb (ScopeExportSettings *self)
{
  if (!self->filling && self->preview != NULL)
    scope_preview_set_format (self->preview,
                              (ScopeFileFormat)adw_combo_row_get_selected (self->format));
}

/* --- what the controls show ---------------------------------------------------------------------
 */

static void
set_text (AdwEntryRow *row, const char *text)
{
  const char *shown = gtk_editable_get_text (GTK_EDITABLE (row));
  if (g_strcmp0 (shown, text != NULL ? text : "") != 0) /* the cursor stays where it is */
    gtk_editable_set_text (GTK_EDITABLE (row), text != NULL ? text : "");
}

static void
set_number (AdwEntryRow *row, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  set_text (row, isfinite (value) ? g_ascii_formatd (text, sizeof text, "%.6g", value) : "");
  mark_wrong (row, FALSE);
}

static guint
find_font (ScopeExportSettings *self, const char *family)
{
  GListModel *fonts = gtk_drop_down_get_model (self->font);
  const char *wanted = family != NULL ? family : BUNDLED_FONT;
  for (guint k = 0; k < g_list_model_get_n_items (fonts); k++) {
    g_autoptr (GtkStringObject) item = g_list_model_get_item (fonts, k);
    if (strcmp (gtk_string_object_get_string (item), wanted) == 0)
      return k;
  }
  return GTK_INVALID_LIST_POSITION;
}

static void
fill_style (ScopeExportSettings *self, const ScopeStyle *style)
{
  gboolean fixed = isfinite (style->low) && isfinite (style->high);
  adw_combo_row_set_selected (self->width_preset,
                              scope_width_find (style->width_mm, style->height_mm));
  gtk_spin_button_set_value (self->width, style->width_mm);
  gtk_spin_button_set_value (self->height, style->height_mm);
  gtk_drop_down_set_selected (self->font, find_font (self, style->font));
  gtk_spin_button_set_value (self->font_size, style->font_pt);
  adw_combo_row_set_selected (self->labels, style->label == '\0' ? 0
                                            : style->label == '-'
                                                ? 1
                                                : 2 + (guint)(style->label - 'a'));
  adw_combo_row_set_selected (self->palette, style->palette);
  adw_combo_row_set_selected (self->norm, style->norm);
  gtk_spin_button_set_value (self->gamma, style->gamma);
  gtk_widget_set_visible (self->gamma_row, style->norm == SCOPE_NORM_POWER);
  gtk_switch_set_active (self->fixed_range, fixed);
  gtk_widget_set_visible (GTK_WIDGET (self->range_low), fixed);
  gtk_widget_set_visible (GTK_WIDGET (self->range_high), fixed);
  set_number (self->range_low, style->low);
  set_number (self->range_high, style->high);
  gtk_switch_set_active (self->share_range, style->share_range);
  gtk_switch_set_active (self->colour_bar, style->colour_bar);
}

static void
fill (ScopeExportSettings *self)
{
  const ScopeRecipe *recipe = scope_preview_get_recipe (self->preview);
  ScopeFileFormat format = scope_preview_get_format (self->preview);
  gboolean picture = format < SCOPE_N_PICTURES;
  self->filling = TRUE;
  fill_style (self, scope_recipe_style ((ScopeRecipe *)recipe));
  set_text (self->title, scope_recipe_title (recipe));
  set_text (self->words, scope_recipe_words (recipe));
  adw_combo_row_set_selected (self->format, format);
  gtk_spin_button_set_value (self->dpi, scope_recipe_dpi (recipe));
  gtk_widget_set_visible (self->dpi_row, format == SCOPE_FILE_PNG);
  gtk_widget_set_visible (self->with_data_row, picture);
  gtk_widget_set_visible (self->with_latex_row, picture);
  gtk_widget_set_visible (self->share_range_row, scope_recipe_panels (recipe) > 1);
  self->filling = FALSE;
}

static void
figure_changed_cb (ScopeExportSettings *self)
{
  ScopeFigure *figure = scope_preview_get_figure (self->preview);
  g_autofree char *caption = figure != NULL ? scope_figure_caption (figure) : NULL;
  gtk_label_set_text (self->caption, caption != NULL ? caption : "");
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const char *const *)a, *(const char *const *)b);
}

/* The bundled font first: it is the one that every machine has. */
static void
list_fonts (ScopeExportSettings *self)
{
  PangoFontFamily **families = NULL;
  int count = 0;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  pango_context_list_families (gtk_widget_get_pango_context (GTK_WIDGET (self)), &families, &count);
  for (int k = 0; k < count; k++)
    if (strcmp (pango_font_family_get_name (families[k]), BUNDLED_FONT) != 0)
      g_ptr_array_add (names, (gpointer)pango_font_family_get_name (families[k]));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_insert (names, 0, (gpointer)BUNDLED_FONT);
  g_ptr_array_add (names, NULL);
  g_autoptr (GtkStringList) list = gtk_string_list_new ((const char *const *)names->pdata);
  g_autoptr (GtkExpression) name
      = gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");
  gtk_drop_down_set_expression (self->font, name);
  gtk_drop_down_set_model (self->font, G_LIST_MODEL (list));
  g_free (families);
}

static void
list_widths (ScopeExportSettings *self)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  for (guint k = 0; k < scope_n_widths; k++)
    gtk_string_list_append (list, scope_widths[k].name);
  gtk_string_list_append (list, "Another size");
  adw_combo_row_set_model (self->width_preset, G_LIST_MODEL (list));
}

static void
scope_export_settings_dispose (GObject *object)
{
  ScopeExportSettings *self = SCOPE_EXPORT_SETTINGS (object);
  g_clear_object (&self->preview);
  adw_bin_set_child (ADW_BIN (self), NULL); /* which the template would take from it unasked */
  gtk_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_EXPORT_SETTINGS);
  G_OBJECT_CLASS (scope_export_settings_parent_class)->dispose (object);
}

#define BIND(child)    gtk_widget_class_bind_template_child (widget_class, ScopeExportSettings, child)
#define CALL(callback) gtk_widget_class_bind_template_callback (widget_class, callback)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (box);
  BIND (width_preset);
  BIND (width);
  BIND (height);
  BIND (font);
  BIND (font_size);
  BIND (labels);
  BIND (palette);
  BIND (norm);
  BIND (gamma);
  BIND (gamma_row);
  BIND (fixed_range);
  BIND (range_low);
  BIND (range_high);
  BIND (share_range);
  BIND (share_range_row);
  BIND (colour_bar);
  BIND (title);
  BIND (words);
  BIND (caption);
  BIND (format);
  BIND (dpi);
  BIND (dpi_row);
  BIND (with_data);
  BIND (with_data_row);
  BIND (with_latex);
  BIND (with_latex_row);
  BIND (with_caption);
  BIND (with_recipe);
}

static void
scope_export_settings_class_init (ScopeExportSettingsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_export_settings_dispose;
  gtk_widget_class_set_css_name (widget_class, "export-settings");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/export-settings.ui");
  bind_children (widget_class);
  CALL (width_preset_cb);
  CALL (width_cb);
  CALL (height_cb);
  CALL (font_cb);
  CALL (font_size_cb);
  CALL (labels_cb);
  CALL (palette_cb);
  CALL (norm_cb);
  CALL (gamma_cb);
  CALL (fixed_range_cb);
  CALL (range_cb);
  CALL (share_range_cb);
  CALL (colour_bar_cb);
  CALL (title_cb);
  CALL (words_cb);
  CALL (format_cb);
  CALL (dpi_cb);
}

static void
scope_export_settings_init (ScopeExportSettings *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  list_fonts (self);
  list_widths (self);
  scope_show_by_frames (GTK_WIDGET (self->box));
}

void
scope_export_settings_set_preview (ScopeExportSettings *self, ScopePreview *preview)
{
  g_return_if_fail (SCOPE_IS_EXPORT_SETTINGS (self) && self->preview == NULL);
  self->preview = g_object_ref (preview);
  g_signal_connect_object (preview, "notify::recipe", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (preview, "notify::format", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (preview, "notify::figure", G_CALLBACK (figure_changed_cb), self,
                           G_CONNECT_SWAPPED);
  fill (self);
  figure_changed_cb (self);
}

void
scope_export_settings_prepend (ScopeExportSettings *self, GtkWidget *group)
{
  g_return_if_fail (SCOPE_IS_EXPORT_SETTINGS (self));
  gtk_box_prepend (self->box, group);
}

gboolean
scope_export_settings_is_whole (ScopeExportSettings *self)
{
  g_return_val_if_fail (SCOPE_IS_EXPORT_SETTINGS (self), TRUE);
  return scope_is_whole (GTK_WIDGET (self->box));
}

ScopePreviewFiles
scope_export_settings_files (ScopeExportSettings *self, const char *path)
{
  gboolean picture = scope_preview_get_format (self->preview) < SCOPE_N_PICTURES;
  return (ScopePreviewFiles){
    .path = path,
    .data = picture && gtk_switch_get_active (self->with_data),
    .latex = picture && gtk_switch_get_active (self->with_latex),
    .caption = gtk_switch_get_active (self->with_caption),
    .recipe = gtk_switch_get_active (self->with_recipe),
  };
}
