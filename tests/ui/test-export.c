/* Figures on their way out, in their windows: what is shown is what is copied, dragged and written,
 * and that is what the command line writes, to the byte. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "harness.h"
#include "test-support.h"
#include "ui/composer-panels.h"
#include "ui/composer-row.h"
#include "ui/export-canvas.h"
#include "ui/export-flaws.h"
#include "ui/export-save.h"
#include "ui/export-widths.h"
#include "ui/export-window.h"

/* SCOPE_TEST_PICTURES=FOLDER keeps what the windows look like. */
static void
keep_picture (GtkWidget *window, const char *name)
{
  const char *folder = g_getenv ("SCOPE_TEST_PICTURES");
  if (folder == NULL)
    return;
  harness_run_for (500);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  int width = gdk_paintable_get_intrinsic_width (paintable);
  int height = gdk_paintable_get_intrinsic_height (paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height);
  g_autoptr (GdkTexture) texture
      = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, &all);
  gsk_render_node_unref (node);
  g_autofree char *file = g_strdup_printf ("%s/%s.png", folder, name);
  gdk_texture_save_to_png (texture, file);
}

/* --- finding -------------------------------------------------------------------------------------
 */

static gpointer
control (ScopeExportWindow *window, const char *name)
{
  GtkWidget *settings = harness_find (GTK_WIDGET (window), SCOPE_TYPE_EXPORT_SETTINGS);
  GObject *child = gtk_widget_get_template_child (settings, SCOPE_TYPE_EXPORT_SETTINGS, name);
  g_assert_nonnull (child);
  return child;
}

static gpointer
part (ScopeExportWindow *window, const char *name)
{
  GObject *child
      = gtk_widget_get_template_child (GTK_WIDGET (window), SCOPE_TYPE_EXPORT_WINDOW, name);
  g_assert_nonnull (child);
  return child;
}

static ScopeExportWindow *
export_window (void)
{
  ScopeExportWindow *found = NULL;
  GListModel *all = gtk_window_get_toplevels ();
  for (guint k = 0; k < g_list_model_get_n_items (all); k++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (all, k);
    if (SCOPE_IS_EXPORT_WINDOW (window))
      found = SCOPE_EXPORT_WINDOW (window);
  }
  return found;
}

/* --- the app
 * -------------------------------------------------------------------------------------- */

static gboolean
is_at_rest (ScopeWindow *window)
{
  gboolean failed = FALSE;
  return scope_window_is_settled (window, &failed);
}

static ScopeWindow *
open_app (const char *model, const char *text)
{
  return harness_sample (model, text, "map");
}

static void
act (gpointer window, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), action, NULL));
}

static void
settle (ScopeExportWindow *window)
{
  HARNESS_AWAIT (scope_export_window_is_settled (window));
  const char *error = scope_preview_get_error (scope_export_window_get_preview (window));
  if (error != NULL)
    g_error ("%s", error);
}

static ScopeExportWindow *
open_export (ScopeWindow *window)
{
  act (window, "win.export");
  ScopeExportWindow *export = export_window ();
  g_assert_nonnull (export);
  settle (export);
  return export;
}

static void
close_app (ScopeWindow *window)
{
  harness_assert_gone (window);
  g_assert_null (export_window ());
}

/* The figure of WINDOW as the command line writes it. */
static GBytes *
by_command_line (ScopeExportWindow *window, const char *ending)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *recipe = g_build_filename (folder, "recipe.json", NULL);
  g_autofree char *out = g_strdup_printf ("%s/figure.%s", folder, ending);
  g_autofree char *json
      = scope_recipe_to_json (scope_preview_get_recipe (scope_export_window_get_preview (window)));
  const char *const argv[] = { g_getenv ("SCOPE_TEST_CLI"), "figure", recipe, "--out", out, NULL };
  g_assert_true (scope_file_write (recipe, json, strlen (json), &error));
  g_autoptr (GSubprocess) run = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (run, NULL, &error));
  GBytes *bytes = scope_file_map (out, &error);
  g_assert_no_error (error);
  return bytes;
}

/* --- what others get
 * ------------------------------------------------------------------------------ */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gdk_content_provider_write_mime_type_finish (GDK_CONTENT_PROVIDER (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *)data = TRUE;
}

static GBytes *
read_content (GdkContentProvider *content, const char *type)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  gboolean done = FALSE;
  gdk_content_provider_write_mime_type_async (content, type, stream, G_PRIORITY_DEFAULT, NULL,
                                              written_cb, &done);
  HARNESS_AWAIT (done);
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (stream));
}

static void
assert_content (ScopeExportWindow *window, GdkContentProvider *content)
{
  static const char *const types[][2] = { { "image/png", "png" }, { "image/svg+xml", "svg" } };
  g_autoptr (GdkContentFormats) formats = gdk_content_provider_ref_formats (content);
  g_auto (GValue) text = G_VALUE_INIT;
  ScopePreview *preview = scope_export_window_get_preview (window);
  g_autofree char *caption = scope_figure_caption (scope_preview_get_figure (preview));
  for (guint k = 0; k < G_N_ELEMENTS (types); k++) {
    g_assert_true (gdk_content_formats_contain_mime_type (formats, types[k][0]));
    g_autoptr (GBytes) bytes = read_content (content, types[k][0]);
    g_autoptr (GBytes) expected = by_command_line (window, types[k][1]);
    g_assert_true (g_bytes_equal (bytes, expected));
  }
  g_value_init (&text, G_TYPE_STRING);
  g_assert_true (gdk_content_provider_get_value (content, &text, NULL));
  g_assert_cmpstr (g_value_get_string (&text), ==, caption);
}

static GdkContentProvider *
clipboard_of (gpointer window)
{
  return gdk_clipboard_get_content (gtk_widget_get_clipboard (GTK_WIDGET (window)));
}

static void
test_copy (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  ScopeExportWindow *window = open_export (app);
  keep_picture (GTK_WIDGET (window), "export-map");
  act (window, "export.copy");
  assert_content (window, clipboard_of (window));
  /* After an edit too, and from the window's own menu. */
  adw_combo_row_set_selected (control (window, "palette"), SCOPE_PALETTE_MAGMA);
  gtk_spin_button_set_value (control (window, "width"), 120);
  settle (window);
  act (window, "export.copy");
  assert_content (window, clipboard_of (window));
  gtk_window_close (GTK_WINDOW (window));
  harness_run_for (200);
  g_autoptr (GdkContentProvider) before = g_object_ref (clipboard_of (app));
  act (app, "win.copy-figure");
  HARNESS_AWAIT (clipboard_of (app) != before);
  window = open_export (app);
  assert_content (window, clipboard_of (app));
  close_app (app);
}

/* A drag that begins is given the file and the picture. */
static void
test_drag (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  ScopeExportWindow *window = open_export (app);
  GtkWidget *canvas = part (window, "canvas");
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (canvas);
  GdkContentProvider *content = NULL;
  scope_preview_set_format (scope_export_window_get_preview (window), SCOPE_FILE_PDF);
  settle (window);
  for (guint k = 0; k < g_list_model_get_n_items (controllers); k++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, k);
    if (GTK_IS_DRAG_SOURCE (controller))
      g_signal_emit_by_name (controller, "prepare", 5.0, 5.0, &content);
  }
  g_assert_nonnull (content);
  assert_content (window, content);
  g_auto (GValue) value = G_VALUE_INIT;
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_assert_true (gdk_content_provider_get_value (content, &value, NULL));
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (&value));
  g_autofree char *path = g_file_get_path (files->data);
  g_assert_true (g_str_has_suffix (path, "-map.pdf"));
  g_autoptr (GBytes) bytes = scope_file_map (path, NULL);
  g_autoptr (GBytes) expected = by_command_line (window, "pdf");
  g_assert_true (g_bytes_equal (bytes, expected));
  g_object_unref (content);
  close_app (app);
}

/* --- the dialog's numbers
 * ------------------------------------------------------------------------- */

static double
shown_mm (ScopeExportWindow *window)
{
  return g_ascii_strtod (gtk_label_get_text (part (window, "size_label")), NULL);
}

static void
test_size (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  ScopeExportWindow *window = open_export (app);
  ScopeExportCanvas *canvas = part (window, "canvas");
  gboolean known;
  double scale = scope_export_canvas_get_scale (canvas, &known);
  int before, after, natural;
  g_assert_cmpfloat (scale, >, 1.9);
  g_assert_cmpfloat (scale, <, 20);
  g_assert_cmpfloat_with_epsilon (shown_mm (window), 89, 0.05);
  gtk_widget_measure (GTK_WIDGET (canvas), GTK_ORIENTATION_HORIZONTAL, -1, &before, &natural, NULL,
                      NULL);
  for (guint k = 0; k < scope_n_widths; k++) {
    adw_combo_row_set_selected (control (window, "width_preset"), k);
    g_assert_cmpfloat_with_epsilon (shown_mm (window), scope_widths[k].width_mm, 0.051);
    g_assert_cmpfloat_with_epsilon (gtk_spin_button_get_value (control (window, "width")),
                                    scope_widths[k].width_mm, 0.051);
  }
  adw_combo_row_set_selected (control (window, "width_preset"), 2); /* two columns */
  gtk_widget_measure (GTK_WIDGET (canvas), GTK_ORIENTATION_HORIZONTAL, -1, &after, &natural, NULL,
                      NULL);
  g_assert_cmpfloat_with_epsilon (after - before, (183 - 89) * scale, 1.01); /* whole pixels */
  act (window, "export.zoom-in");
  gtk_widget_measure (GTK_WIDGET (canvas), GTK_ORIENTATION_HORIZONTAL, -1, &before, &natural, NULL,
                      NULL);
  g_assert_cmpfloat_with_epsilon (before - after, 0.25 * 183 * scale, 1.01);
  act (window, "export.undo");
  g_assert_cmpfloat_with_epsilon (shown_mm (window), scope_widths[scope_n_widths - 1].width_mm,
                                  0.051);
  settle (window);
  close_app (app);
}

/* A width by the screen's own size; another size than any named; a range that is none. */
static void
test_controls (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  ScopeExportWindow *window = open_export (app);
  ScopePreview *preview = scope_export_window_get_preview (window);
  ScopeStyle *style = scope_recipe_style ((ScopeRecipe *)scope_preview_get_recipe (preview));
  gtk_spin_button_set_value (control (window, "width"), 77.7);
  g_assert_cmpuint (adw_combo_row_get_selected (control (window, "width_preset")), ==,
                    scope_n_widths);
  gtk_switch_set_active (control (window, "fixed_range"), TRUE);
  g_assert_true (isfinite (style->low) && isfinite (style->high));
  double low = style->low;
  gtk_editable_set_text (GTK_EDITABLE (control (window, "range_low")), "-1");
  g_signal_emit_by_name (control (window, "range_low"), "apply");
  g_assert_cmpfloat (style->low, ==, low); /* no logarithm begins there */
  g_assert_true (gtk_widget_has_css_class (control (window, "range_low"), "error"));
  gtk_editable_set_text (GTK_EDITABLE (control (window, "range_low")), "1e-3");
  g_signal_emit_by_name (control (window, "range_low"), "apply");
  g_assert_cmpfloat (style->low, ==, 1e-3);
  adw_combo_row_set_selected (control (window, "norm"), SCOPE_NORM_POWER);
  g_assert_true (gtk_widget_get_visible (control (window, "gamma_row")));
  adw_combo_row_set_selected (control (window, "labels"), 2 + ('d' - 'a'));
  gtk_editable_set_text (GTK_EDITABLE (control (window, "title")), "The field of a head");
  gtk_editable_set_text (GTK_EDITABLE (control (window, "words")), "What head 3 reads");
  settle (window);
  const char *caption = gtk_label_get_text (control (window, "caption"));
  g_assert_true (g_str_has_prefix (caption, "What head 3 reads. "));
  g_test_message ("%s", caption);
  g_assert_nonnull (strstr (caption, "power scale from 1e-3 to "));
  g_assert_nonnull (strstr (caption, "d, layer"));
  keep_picture (GTK_WIDGET (window), "export-controls");
  while (scope_preview_can_undo (preview))
    scope_preview_undo (preview);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (control (window, "title"))), ==, "");
  g_assert_false (gtk_switch_get_active (control (window, "fixed_range")));
  settle (window);
  close_app (app);
}

/* Every figure of a long text can be made and is shown. */
static void
test_figures (void)
{
  ScopeWindow *app = open_app ("novel-mamba2-6m", "the-tide-books.txt");
  ScopeExportWindow *window = open_export (app);
  GtkWidget *row = harness_find (harness_find (GTK_WIDGET (window), SCOPE_TYPE_EXPORT_SETTINGS),
                                 ADW_TYPE_COMBO_ROW); /* the first */
  for (guint k = 0; k < SCOPE_N_FIGURES; k++) {
    adw_combo_row_set_selected (ADW_COMBO_ROW (row), k);
    settle (window);
    g_autofree char *name = g_strdup_printf ("export-kind-%u", k);
    keep_picture (GTK_WIDGET (window), name);
  }
  close_app (app);
}

static GtkWidget *
mend_button (ScopeExportWindow *window)
{
  return harness_find (part (window, "flaws"), GTK_TYPE_BUTTON);
}

static void
test_preflight (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  ScopeExportWindow *window = open_export (app);
  g_assert_null (mend_button (window));
  gtk_spin_button_set_value (control (window, "font_size"), 4);
  gtk_spin_button_set_value (control (window, "dpi"), 150);
  gtk_switch_set_active (control (window, "colour_bar"), FALSE);
  settle (window);
  g_assert_true (harness_says (part (window, "flaws"), "Text of"));
  g_assert_true (harness_says (part (window, "flaws"), "150 dpi"));
  g_assert_true (harness_says (part (window, "flaws"), "without a colour bar"));
  keep_picture (GTK_WIDGET (window), "export-preflight");
  for (guint round = 0; mend_button (window) != NULL && round < 5; round++) {
    g_signal_emit_by_name (mend_button (window), "clicked");
    settle (window);
  }
  g_assert_null (mend_button (window));
  g_assert_cmpfloat (gtk_spin_button_get_value (control (window, "font_size")), >=, 5);
  g_assert_cmpfloat (gtk_spin_button_get_value (control (window, "dpi")), ==, 600);
  g_assert_true (gtk_switch_get_active (control (window, "colour_bar")));
  close_app (app);
}

/* Names: what is overwritten without the chooser's question is asked about. */
static void
test_names (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *there = g_build_filename (folder, "a.pdf", NULL);
  g_autofree char *beside = g_build_filename (folder, "a.tex", NULL);
  char *files[] = { there, beside, (char *)"/no/such/file", NULL };
  g_autofree char *added = scope_export_with_ending ("x.tar", SCOPE_FILE_SVG);
  g_autofree char *kept = scope_export_with_ending ("x.SVG", SCOPE_FILE_SVG);
  g_autofree char *data = scope_export_with_ending ("x", SCOPE_FILE_DATA);
  g_assert_cmpstr (added, ==, "x.tar.svg");
  g_assert_cmpstr (kept, ==, "x.SVG");
  g_assert_cmpstr (data, ==, "x");
  g_assert_true (g_file_set_contents (there, "x", 1, NULL));
  g_assert_true (g_file_set_contents (beside, "x", 1, NULL));
  g_autoptr (GPtrArray) all = scope_export_clashes (files, NULL);
  g_autoptr (GPtrArray) others = scope_export_clashes (files, there);
  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpuint (others->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (others, 0), ==, beside);
}

/* --- the composer
 * --------------------------------------------------------------------------------- */

static const ScopeRecipe *
recipe_of (ScopeExportWindow *window)
{
  return scope_preview_get_recipe (scope_export_window_get_preview (window));
}

static void
add_view (ScopeWindow *app, const char *view, ScopeExportWindow *composer, gsize count)
{
  scope_window_show_view (app, view);
  harness_run_for (100);
  act (app, "win.compose-add");
  HARNESS_AWAIT (scope_recipe_panels (recipe_of (composer)) == count);
}

static void
move (ScopeExportWindow *window, const char *action, guint panel)
{
  GtkWidget *panels = harness_find (GTK_WIDGET (window), SCOPE_TYPE_COMPOSER_PANELS);
  g_assert_true (gtk_widget_activate_action (panels, action, "u", panel));
}

/* A change shows in the rows that are there: with them go the focus and an open menu. */
static void
check_rows_stay (ScopeExportWindow *window)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  GtkWidget *panels = harness_find (GTK_WIDGET (window), SCOPE_TYPE_COMPOSER_PANELS);
  harness_collect (panels, SCOPE_TYPE_COMPOSER_ROW, rows);
  g_assert_cmpuint (rows->len, ==, 3);
  g_autofree char *second = g_strdup (adw_preferences_row_get_title (rows->pdata[1]));
  g_autofree char *third = g_strdup (adw_preferences_row_get_title (rows->pdata[2]));
  g_assert_cmpstr (second, !=, third);
  for (guint k = 0; k < rows->len; k++)
    g_object_add_weak_pointer (rows->pdata[k], &rows->pdata[k]);
  gtk_widget_grab_focus (harness_find (rows->pdata[0], GTK_TYPE_MENU_BUTTON));
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));
  scope_recipe_move_panel (scope_preview_begin (scope_export_window_get_preview (window), NULL), 1,
                           2);
  scope_preview_changed (scope_export_window_get_preview (window));
  settle (window);
  for (guint k = 0; k < rows->len; k++) {
    g_assert_nonnull (rows->pdata[k]);
    g_object_remove_weak_pointer (rows->pdata[k], &rows->pdata[k]);
  }
  g_assert_cmpstr (adw_preferences_row_get_title (rows->pdata[1]), ==, third);
  g_assert_cmpstr (adw_preferences_row_get_title (rows->pdata[2]), ==, second);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (window)) == focus);
  act (window, "export.undo");
  settle (window);
  g_assert_cmpstr (adw_preferences_row_get_title (rows->pdata[1]), ==, second);
}

static void
test_composer (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  act (app, "win.composer");
  ScopeExportWindow *window = export_window ();
  keep_picture (GTK_WIDGET (window), "composer-empty");
  g_assert_true (scope_recipe_is_empty (recipe_of (window)));
  add_view (app, "map", window, 1);
  add_view (app, "decay", window, 2);
  scope_session_set_channel (scope_window_get_session (app), 5);
  HARNESS_AWAIT (is_at_rest (app));
  add_view (app, "map", window, 3);
  settle (window);
  keep_picture (GTK_WIDGET (window), "composer");
  check_rows_stay (window);
  act (window, "export.copy");
  assert_content (window, clipboard_of (window));
  g_assert_cmpstr (scope_recipe_panel_kind (recipe_of (window), 1), ==, "decay");
  move (window, "panels.down", 1);
  g_assert_cmpstr (scope_recipe_panel_kind (recipe_of (window), 2), ==, "decay");
  move (window, "panels.down", 2); /* nowhere */
  move (window, "panels.up", 0);
  g_assert_cmpstr (scope_recipe_panel_kind (recipe_of (window), 2), ==, "decay");
  move (window, "panels.remove", 0);
  g_assert_cmpuint (scope_recipe_panels (recipe_of (window)), ==, 2);
  act (window, "export.undo");
  act (window, "export.undo");
  g_assert_cmpstr (scope_recipe_panel_kind (recipe_of (window), 1), ==, "decay");
  settle (window);
  /* The window may go, its panels stay. */
  gtk_window_close (GTK_WINDOW (window));
  harness_run_for (200);
  g_assert_null (export_window ());
  act (app, "win.composer");
  window = export_window ();
  g_assert_cmpuint (scope_recipe_panels (recipe_of (window)), ==, 3);
  settle (window);
  act (window, "export.clear");
  g_assert_true (scope_recipe_is_empty (recipe_of (window)));
  g_assert_null (scope_preview_get_figure (scope_export_window_get_preview (window)));
  close_app (app);
}

/* In the dark, the paper is white; and nothing else changes. */
static void
test_dark (void)
{
  ScopeWindow *app = open_app ("rescue-mamba2-5m", "the-letter.txt");
  AdwStyleManager *manager = adw_style_manager_get_default ();
  adw_style_manager_set_color_scheme (manager, ADW_COLOR_SCHEME_FORCE_DARK);
  ScopeExportWindow *window = open_export (app);
  keep_picture (GTK_WIDGET (window), "export-dark");
  act (window, "export.copy");
  assert_content (window, clipboard_of (window));
  adw_style_manager_set_color_scheme (manager, ADW_COLOR_SCHEME_FORCE_LIGHT);
  close_app (app);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/export/copy", test_copy);
  g_test_add_func ("/ui/export/drag", test_drag);
  g_test_add_func ("/ui/export/size", test_size);
  g_test_add_func ("/ui/export/controls", test_controls);
  g_test_add_func ("/ui/export/figures", test_figures);
  g_test_add_func ("/ui/export/preflight", test_preflight);
  g_test_add_func ("/ui/export/names", test_names);
  g_test_add_func ("/ui/export/composer", test_composer);
  g_test_add_func ("/ui/export/dark", test_dark);
  return g_test_run ();
}
