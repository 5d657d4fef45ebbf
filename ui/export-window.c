#include "ui/export-window-private.h"

#include <math.h>

#include "ui/composer-panels.h"
#include "ui/direction.h"
#include "ui/export-canvas.h"
#include "ui/export-flaws.h"
#include "ui/export-save.h"
#include "ui/export-settings.h"
#include "ui/focus.h"
#include "ui/format.h"
#include "ui/heap.h"
#include "ui/spoken.h"
#include "ui/toasts.h"
#include "ui/tooltip.h"

#define ZOOM_STEP     1.25
#define PATIENCE_MS   250 /* what is done sooner shows no progress */
#define CANVAS_MARGIN 36

G_DEFINE_FINAL_TYPE (ScopeExportWindow, scope_export_window, ADW_TYPE_WINDOW)

/* --- what is shown -------------------------------------------------------------------------------
 */

/* In the order of ScopeFigureKind. */
static const char *const kind_titles[SCOPE_N_FIGURES] = {
  "Map",
  "Comparison",
  "Decay",
  "Field lengths",
  "Atlas",
  "Text strip",
  "Perplexity sweep",
  "Shares of global channels",
  "LongMamba figure 1: maps",
  "LongMamba figure 2: pipeline",
};

static const char *const kind_names[SCOPE_N_FIGURES] = { "map",   "compare", "decay", "fields",
                                                         "atlas", "strip",   "sweep", "layers",
                                                         "maps",  "pipeline" };

static gboolean
has_channel (ScopeFigureKind kind)
{
  return kind == SCOPE_FIGURE_MAP || kind == SCOPE_FIGURE_COMPARE || kind == SCOPE_FIGURE_STRIP;
}

char *
scope_export_name (ScopeSession *session, ScopeFigureKind kind)
{
  ScopeModel *model = scope_session_get_model (session);
  const char *filter = scope_session_get_filter_on (session) ? "-filtered" : "";
  GString *name = g_string_new (scope_model_name (model));
  if (kind < SCOPE_FIGURE_SWEEP)
    g_string_append_printf (name, "-layer%" G_GSIZE_FORMAT, scope_session_get_layer (session));
  if (has_channel (kind))
    g_string_append_printf (name, "-%s%" G_GSIZE_FORMAT, scope_format_channel_noun (model),
                            scope_session_get_channel (session));
  g_string_append_printf (name, "-%s%s", kind_names[kind], filter);
  return g_string_free (name, FALSE);
}

static char *
file_name (ScopeExportWindow *self)
{
  if (self->composer || scope_session_get_model (self->session) == NULL)
    return g_strdup ("figure");
  return scope_export_name (self->session,
                            (ScopeFigureKind)adw_combo_row_get_selected (self->source));
}

/* Another figure keeps the style, but for the size, which is made for what it shows. */
static void
source_cb (ScopeExportWindow *self)
{
  ScopeFigureKind kind = (ScopeFigureKind)adw_combo_row_get_selected (self->source);
  ScopeRecipe *recipe = scope_session_recipe (self->session, kind);
  const ScopeRecipe *old = scope_preview_get_recipe (self->preview);
  if (recipe == NULL)
    return;
  ScopeStyle *style = scope_recipe_style (recipe);
  double width = style->width_mm;
  const char *font = scope_recipe_style ((ScopeRecipe *)old)->font;
  *style = *scope_recipe_style ((ScopeRecipe *)old);
  scope_recipe_set_font (recipe, font);
  style->width_mm = width;
  style->height_mm = 0;
  style->low = style->high = NAN;
  scope_recipe_set_dpi (recipe, scope_recipe_dpi (old));
  scope_preview_replace (self->preview, recipe);
  g_autofree char *name = file_name (self);
  scope_export_canvas_set_name (self->canvas, name);
}

/* --- messages ------------------------------------------------------------------------------------
 */

void
scope_export_window_show_error (ScopeExportWindow *self, const char *message, gboolean again)
{
  gtk_label_set_text (self->error_label, message);
  gtk_widget_set_visible (self->again_button, again);
  gtk_revealer_set_reveal_child (self->error_bar, TRUE);
}

void
scope_export_window_saved_toast (ScopeExportWindow *self, GStrv files)
{
  g_autofree char *name = g_path_get_basename (files[0]);
  guint more = g_strv_length (files) - 1;
  g_autofree char *title = more == 0 ? g_strdup_printf ("Saved “%s”", name)
                                     : g_strdup_printf ("Saved “%s” and %u more", name, more);
  g_autofree char *escaped = g_markup_escape_text (title, -1);
  AdwToast *said = adw_toast_new (escaped);
  adw_toast_set_button_label (said, "Show in _Folder");
  adw_toast_set_action_name (said, "export.show-in-folder");
  adw_toast_set_action_target_value (said, g_variant_new_bytestring (files[0]));
  scope_toasts_add (self->toasts, said);
}

/* --- progress ------------------------------------------------------------------------------------
 */

static gboolean
patience_cb (gpointer data)
{
  ScopeExportWindow *self = data;
  self->patience = 0;
  gtk_widget_set_visible (self->progress_box, TRUE);
  return G_SOURCE_REMOVE;
}

static void
update_progress (ScopeExportWindow *self)
{
  gboolean working = scope_preview_is_running (self->preview) || self->writing;
  if (working && self->patience == 0 && !gtk_widget_get_visible (self->progress_box)) {
    gtk_progress_bar_set_fraction (self->progress, 0);
    gtk_progress_bar_set_text (self->progress, self->writing ? "Writing" : "Waiting");
    self->patience = g_timeout_add (PATIENCE_MS, patience_cb, self);
  }
  if (working)
    return;
  g_clear_handle_id (&self->patience, g_source_remove);
  gtk_widget_set_visible (self->progress_box, FALSE);
}

static void
progress_cb (ScopeExportWindow *self, double fraction, const char *what)
{
  if (!scope_preview_is_running (self->preview) && !self->writing)
    return;
  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0, 1));
  if (what != NULL)
    gtk_progress_bar_set_text (self->progress, what);
}

/* --- keeping in step
 * ------------------------------------------------------------------------------ */

/* The zoom at which the whole figure is in sight. */
static double
fit_zoom (ScopeExportWindow *self)
{
  gboolean known;
  double width, height, scale = scope_export_canvas_get_scale (self->canvas, &known);
  scope_export_canvas_get_size (self->canvas, &width, &height);
  double across = gtk_widget_get_width (GTK_WIDGET (self->stage)) - CANVAS_MARGIN;
  double down = gtk_widget_get_height (GTK_WIDGET (self->stage)) - CANVAS_MARGIN;
  return MIN (across / (width * scale), down / (height * scale));
}

/* The first figure is shown whole: smaller than it is where it must be. */
static void
fit_first (ScopeExportWindow *self)
{
  if (self->fitted > 0 || scope_preview_get_figure (self->preview) == NULL
      || gtk_widget_get_height (GTK_WIDGET (self->stage)) <= CANVAS_MARGIN)
    return;
  self->fitted = MIN (fit_zoom (self), 1);
  scope_export_canvas_get_size (self->canvas, &self->fitted_width, &self->fitted_height);
  scope_export_canvas_set_zoom (self->canvas, self->fitted);
  self->fitted = scope_export_canvas_get_zoom (self->canvas);
}

/* It stays whole as its room changes, until it is another or otherwise zoomed: then its size is
 * what was asked for. */
static void
fit_again (ScopeExportWindow *self)
{
  double width, height;
  scope_export_canvas_get_size (self->canvas, &width, &height);
  if (width != self->fitted_width || height != self->fitted_height
      || scope_export_canvas_get_zoom (self->canvas) != self->fitted)
    return;
  self->fitted = 0;
  fit_first (self);
}

static void
update_size (ScopeExportWindow *self)
{
  fit_first (self);
  ScopeFigure *figure = scope_preview_get_figure (self->preview);
  gboolean known;
  double zoom = scope_export_canvas_get_zoom (self->canvas), width, height;
  double scale = scope_export_canvas_get_scale (self->canvas, &known);
  g_autofree char *percent = g_strdup_printf ("%.0f %%", 100 * zoom);
  gtk_button_set_label (self->zoom_button, percent);
  if (figure == NULL) {
    gtk_label_set_text (self->size_label, "");
    return;
  }
  scope_export_canvas_get_size (self->canvas, &width, &height);
  g_autofree char *how
      = known ? g_strdup_printf ("100 %% is true size: this screen has %.0f dpi", scale * 25.4)
              : g_strdup ("100 % is true size at 96 dpi: this screen does not say its size");
  g_autofree char *text = g_strdup_printf ("%.1f × %.1f mm · %s", width, height, how);
  gtk_label_set_text (self->size_label, text);
  scope_set_tooltip (GTK_WIDGET (self->size_label), text);
}

static void
update_actions (ScopeExportWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean ready = scope_preview_is_ready (self->preview);
  gboolean bytes = scope_preview_get_bytes (self->preview, SCOPE_FILE_PNG) != NULL;
  gboolean empty = scope_recipe_is_empty (scope_preview_get_recipe (self->preview));
  gtk_widget_action_set_enabled (widget, "export.save", ready && !self->writing);
  gtk_widget_action_set_enabled (widget, "export.copy", ready && bytes);
  gtk_widget_action_set_enabled (widget, "export.copy-caption", ready);
  gtk_widget_action_set_enabled (widget, "export.undo", scope_preview_can_undo (self->preview));
  gtk_widget_action_set_enabled (widget, "export.redo", scope_preview_can_redo (self->preview));
  gtk_widget_action_set_enabled (widget, "export.save-recipe", !empty);
  gtk_widget_action_set_enabled (widget, "export.clear", !empty);
}

static void
update_stage (ScopeExportWindow *self)
{
  gboolean figure = scope_preview_get_figure (self->preview) != NULL;
  gboolean empty = scope_recipe_is_empty (scope_preview_get_recipe (self->preview));
  gtk_stack_set_visible_child_name (self->stage, figure ? "figure" : empty ? "empty" : "waiting");
  gtk_spinner_set_spinning (self->spinner, !figure && scope_preview_is_running (self->preview));
}

static void
preview_changed_cb (ScopeExportWindow *self)
{
  const char *error = scope_preview_get_error (self->preview);
  if (error != NULL)
    scope_export_window_show_error (self, error, TRUE);
  else if (gtk_widget_get_visible (self->again_button))
    gtk_revealer_set_reveal_child (self->error_bar, FALSE);
  update_progress (self);
  update_stage (self);
  update_actions (self);
}

/* --- actions -------------------------------------------------------------------------------------
 */

static void
saved_cb (GStrv files, const GError *error, gpointer data)
{
  ScopeExportWindow *self = data;
  self->writing = FALSE;
  update_progress (self);
  update_actions (self);
  if (error != NULL)
    scope_export_window_show_error (self, error->message, FALSE);
  else if (files != NULL)
    scope_export_window_saved_toast (self, files);
}

static void
save_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (widget);
  g_autofree char *name = file_name (self);
  gtk_revealer_set_reveal_child (self->error_bar, FALSE);
  self->writing = TRUE;
  update_actions (self);
  scope_export_save (GTK_WINDOW (self), self->preview, self->settings, name, saved_cb, self);
}

static void
copy_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (widget);
  g_autoptr (GdkContentProvider) content = scope_export_content (self->preview, NULL);
  if (content == NULL)
    return;
  gdk_clipboard_set_content (gtk_widget_get_clipboard (widget), content);
  scope_toasts_say (self->toasts, "Copied as PNG and SVG");
}

static void
copy_caption_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (widget);
  ScopeFigure *figure = scope_preview_get_figure (self->preview);
  g_autofree char *caption = figure != NULL ? scope_figure_caption (figure) : NULL;
  if (caption == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), caption);
  scope_toasts_say (self->toasts, "Caption copied");
}

static void
undo_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  scope_preview_undo (SCOPE_EXPORT_WINDOW (widget)->preview);
}

static void
redo_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  scope_preview_redo (SCOPE_EXPORT_WINDOW (widget)->preview);
}

/* What is under way, or else the window. */
static void
cancel_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (widget);
  if (scope_preview_is_running (self->preview) || self->writing)
    scope_preview_cancel (self->preview);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
run_again_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  scope_preview_run_again (SCOPE_EXPORT_WINDOW (widget)->preview);
}

static void
dismiss_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  gtk_revealer_set_reveal_child (SCOPE_EXPORT_WINDOW (widget)->error_bar, FALSE);
}

static void
clear_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (widget);
  ScopeRecipe *recipe = scope_preview_begin (self->preview, NULL);
  while (scope_recipe_panels (recipe) > 0)
    scope_recipe_remove_panel (recipe, 0);
  scope_preview_changed (self->preview);
}

static void
show_in_folder_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  scope_show_in_folder (GTK_WINDOW (widget), g_variant_get_bytestring (target));
}

void
scope_show_in_folder (GtkWindow *parent, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);
  if (uri != NULL)
    gtk_show_uri (parent, uri, GDK_CURRENT_TIME);
}

/* --- zoom ----------------------------------------------------------------------------------------
 */

static void
zoom_by (GtkWidget *widget, double factor)
{
  ScopeExportCanvas *canvas = SCOPE_EXPORT_WINDOW (widget)->canvas;
  scope_export_canvas_set_zoom (canvas, factor * scope_export_canvas_get_zoom (canvas));
}

static void
zoom_in_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  zoom_by (widget, ZOOM_STEP);
}

static void
zoom_out_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  zoom_by (widget, 1 / ZOOM_STEP);
}

static void
zoom_one_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  scope_export_canvas_set_zoom (SCOPE_EXPORT_WINDOW (widget)->canvas, 1);
}

static void
zoom_fit_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (widget);
  if (scope_preview_get_figure (self->preview) != NULL)
    scope_export_canvas_set_zoom (self->canvas, fit_zoom (self));
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static void
scope_export_window_dispose (GObject *object)
{
  ScopeExportWindow *self = SCOPE_EXPORT_WINDOW (object);
  g_clear_handle_id (&self->patience, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_EXPORT_WINDOW);
  if (self->preview != NULL)
    scope_heap_tidy_soon ();
  g_clear_object (&self->preview);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_export_window_parent_class)->dispose (object);
}

/* A key's event may hold this window longer than it is seen, and GTK does not expect its parent to
 * be gone by then. */
static void
scope_export_window_unrealize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_export_window_parent_class)->unrealize (widget);
  gtk_window_set_transient_for (GTK_WINDOW (widget), NULL);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeExportWindow, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (toasts);
  BIND (heading);
  BIND (recipe_button);
  BIND (progress_box);
  BIND (again_button);
  BIND (error_bar);
  BIND (error_label);
  BIND (size_label);
  BIND (stage);
  BIND (scroller);
  BIND (canvas);
  BIND (spinner);
  BIND (progress);
  BIND (zoom_button);
  BIND (flaws);
  BIND (settings);
}

static const struct {
  const char *action, *target;
  GtkWidgetActionActivateFunc func;
  guint keys[2];
  GdkModifierType modifiers;
} actions[] = {
  { "export.save", NULL, save_cb, { GDK_KEY_s, GDK_KEY_e }, GDK_CONTROL_MASK },
  { "export.copy", NULL, copy_cb, { GDK_KEY_c }, GDK_CONTROL_MASK },
  { "export.copy-caption",
    NULL,
    copy_caption_cb,
    { GDK_KEY_C },
    GDK_CONTROL_MASK | GDK_SHIFT_MASK },
  { "export.undo", NULL, undo_cb, { GDK_KEY_z }, GDK_CONTROL_MASK },
  { "export.redo", NULL, redo_cb, { GDK_KEY_Z }, GDK_CONTROL_MASK | GDK_SHIFT_MASK },
  { "export.cancel", NULL, cancel_cb, { GDK_KEY_Escape }, 0 },
  { "export.zoom-in", NULL, zoom_in_cb, { GDK_KEY_plus, GDK_KEY_equal }, GDK_CONTROL_MASK },
  { "export.zoom-out", NULL, zoom_out_cb, { GDK_KEY_minus }, GDK_CONTROL_MASK },
  { "export.zoom-one", NULL, zoom_one_cb, { GDK_KEY_1 }, GDK_CONTROL_MASK },
  { "export.zoom-fit", NULL, zoom_fit_cb, { GDK_KEY_0 }, GDK_CONTROL_MASK },
  { "export.open-recipe",
    NULL,
    scope_export_window_open_recipe_cb,
    { GDK_KEY_o },
    GDK_CONTROL_MASK },
  { "export.save-recipe", NULL, scope_export_window_save_recipe_cb, { 0 }, 0 },
  { "export.clear", NULL, clear_cb, { 0 }, 0 },
  { "export.run-again", NULL, run_again_cb, { 0 }, 0 },
  { "export.dismiss", NULL, dismiss_cb, { 0 }, 0 },
  { "export.show-in-folder", "ay", show_in_folder_cb, { 0 }, 0 },
};

static void
scope_export_window_class_init (ScopeExportWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_export_window_dispose;
  widget_class->unrealize = scope_export_window_unrealize;
  g_type_ensure (SCOPE_TYPE_EXPORT_CANVAS);
  g_type_ensure (SCOPE_TYPE_EXPORT_FLAWS);
  g_type_ensure (SCOPE_TYPE_EXPORT_SETTINGS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/export-window.ui");
  bind_children (widget_class);
  for (guint k = 0; k < G_N_ELEMENTS (actions); k++) {
    gtk_widget_class_install_action (widget_class, actions[k].action, actions[k].target,
                                     actions[k].func);
    for (guint n = 0; n < G_N_ELEMENTS (actions[k].keys) && actions[k].keys[n] != 0; n++)
      gtk_widget_class_add_binding_action (widget_class, actions[k].keys[n], actions[k].modifiers,
                                           actions[k].action, NULL);
  }
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close",
                                       NULL);
}

static void
scope_export_window_init (ScopeExportWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  scope_focus_guard (GTK_WINDOW (self));
  scope_spoken_follow (GTK_WINDOW (self));
}

/* A figure that was there before the window has a size only with its first frame. */
static gboolean
first_frame_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  fit_first (SCOPE_EXPORT_WINDOW (widget));
  fit_again (SCOPE_EXPORT_WINDOW (widget));
  return G_SOURCE_REMOVE;
}

/* Not while widgets are being placed. */
static void
room_changed_cb (ScopeExportWindow *self)
{
  gtk_widget_add_tick_callback (GTK_WIDGET (self), first_frame_cb, NULL, NULL);
}

static void
mapped_cb (ScopeExportWindow *self)
{
  update_size (self);
  room_changed_cb (self);
}

static void
follow_room (ScopeExportWindow *self)
{
  GtkWidget *scroller
      = gtk_widget_get_ancestor (GTK_WIDGET (self->canvas), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *const rooms[]
      = { gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (scroller)),
          gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)) };
  for (guint k = 0; k < G_N_ELEMENTS (rooms); k++)
    g_signal_connect_object (rooms[k], "notify::page-size", G_CALLBACK (room_changed_cb), self,
                             G_CONNECT_SWAPPED);
}

static void
set_preview (ScopeExportWindow *self, ScopePreview *preview)
{
  static const char *const properties[]
      = { "notify::recipe",  "notify::figure",   "notify::running", "notify::error",
          "notify::checked", "notify::can-undo", "notify::can-redo" };
  self->preview = g_object_ref (preview);
  scope_export_canvas_set_preview (self->canvas, preview);
  scope_export_flaws_set_preview (self->flaws, preview);
  scope_export_settings_set_preview (self->settings, preview);
  for (guint k = 0; k < G_N_ELEMENTS (properties); k++)
    g_signal_connect_object (preview, properties[k], G_CALLBACK (preview_changed_cb), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  /* Which the canvas measures first. */
  g_signal_connect_object (preview, "notify::figure", G_CALLBACK (update_size), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::zoom", G_CALLBACK (update_size), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "map", G_CALLBACK (mapped_cb), self, G_CONNECT_SWAPPED);
  follow_room (self);
  g_autofree char *name = file_name (self);
  scope_export_canvas_set_name (self->canvas, name);
  gtk_button_set_label (self->zoom_button, "100 %");
  scope_widget_read_from_left (GTK_WIDGET (self->zoom_button));
  preview_changed_cb (self);
  update_size (self);
}

static ScopeExportWindow *
new_window (GtkWindow *parent, ScopeSession *session, const char *title)
{
  ScopeExportWindow *self
      = g_object_new (SCOPE_TYPE_EXPORT_WINDOW, "application", gtk_window_get_application (parent),
                      "transient-for", parent, "destroy-with-parent", TRUE, "title", title, NULL);
  self->session = g_object_ref (session);
  adw_window_title_set_title (self->heading, title);
  return self;
}

static GtkWidget *
source_group (ScopeExportWindow *self, ScopeFigureKind kind)
{
  GtkWidget *group = adw_preferences_group_new (), *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  for (guint k = 0; k < SCOPE_N_FIGURES; k++)
    gtk_string_list_append (titles, kind_titles[k]);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (titles));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), kind);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), "Figure");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_signal_connect_swapped (row, "notify::selected", G_CALLBACK (source_cb), self);
  self->source = ADW_COMBO_ROW (row);
  return group;
}

GtkWidget *
scope_export_window_new (GtkWindow *parent, ScopeSession *session, ScopeFigureKind kind)
{
  g_autoptr (ScopePreview) preview
      = scope_preview_new (session, scope_session_recipe (session, kind));
  ScopeExportWindow *self = new_window (parent, session, "Export a Figure");
  gtk_window_set_modal (GTK_WINDOW (self), TRUE);
  gtk_widget_set_visible (self->recipe_button, FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "export.open-recipe", FALSE);
  scope_export_settings_prepend (self->settings, source_group (self, kind));
  adw_window_title_set_subtitle (self->heading,
                                 scope_model_name (scope_session_get_model (session)));
  set_preview (self, preview);
  gtk_window_set_focus (GTK_WINDOW (self), GTK_WIDGET (self->canvas));
  return GTK_WIDGET (self);
}

GtkWidget *
scope_composer_window_new (GtkWindow *parent, ScopeSession *session, ScopePreview *preview)
{
  ScopeExportWindow *self = new_window (parent, session, "Composer");
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  self->composer = TRUE;
  g_signal_connect (drop, "drop", G_CALLBACK (scope_export_window_dropped_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  scope_export_settings_prepend (self->settings, scope_composer_panels_new (preview));
  set_preview (self, preview);
  return GTK_WIDGET (self);
}

ScopePreview *
scope_export_window_get_preview (ScopeExportWindow *self)
{
  g_return_val_if_fail (SCOPE_IS_EXPORT_WINDOW (self), NULL);
  return self->preview;
}

gboolean
scope_export_window_is_settled (ScopeExportWindow *self)
{
  g_return_val_if_fail (SCOPE_IS_EXPORT_WINDOW (self), FALSE);
  if (scope_preview_is_running (self->preview) || self->writing
      || !scope_export_settings_is_whole (self->settings))
    return FALSE;
  if (!scope_preview_is_ready (self->preview))
    return TRUE;
  return scope_preview_get_flaws (self->preview) != NULL
         && scope_export_canvas_is_drawn (self->canvas);
}
