#include "ui/window-private.h"

#include <math.h>
#include <string.h>

#include "export/number.h"
#include "ui/curtain.h"
#include "ui/direction.h"
#include "ui/first-fit.h"
#include "ui/focus.h"
#include "ui/format.h"
#include "ui/open-menus.h"
#include "ui/preferences.h"
#include "ui/spoken.h"
#include "ui/window-state.h"

/* Characters of notices that are shown together; a longer list begins anew. */
#define NOTICES_MOST 600

G_DEFINE_FINAL_TYPE (ScopeWindow, scope_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- messages ------------------------------------------------------------------------------------
 */

void
scope_window_show_error (ScopeWindow *self, const char *message)
{
  self->failed = TRUE;
  gtk_label_set_text (self->error_label, message);
  gtk_revealer_set_reveal_child (self->error_bar, TRUE);
}

void
scope_window_hide_error (ScopeWindow *self)
{
  self->failed = FALSE;
  gtk_revealer_set_reveal_child (self->error_bar, FALSE);
  gtk_revealer_set_reveal_child (self->notice_bar, FALSE);
}

static void
error_dismissed_cb (ScopeWindow *self)
{
  scope_window_hide_error (self);
}

static void
notice_dismissed_cb (ScopeWindow *self)
{
  gtk_revealer_set_reveal_child (self->notice_bar, FALSE);
}

static void
notice_cb (ScopeWindow *self, const char *message)
{
  const char *before = gtk_label_get_text (self->notice_label);
  g_autofree char *both = NULL;
  if (gtk_revealer_get_reveal_child (self->notice_bar) && strstr (before, message) == NULL
      && strlen (before) < NOTICES_MOST)
    both = g_strconcat (before, " · ", message, NULL);
  gtk_label_set_text (self->notice_label, both != NULL ? both : message);
  gtk_revealer_set_reveal_child (self->notice_bar, TRUE);
}

static void
failed_cb (ScopeWindow *self, const char *message)
{
  scope_window_show_error (self, message);
  if (scope_session_get_model (self->session) == NULL)
    scope_window_show_start (self);
}

/* --- title ---------------------------------------------------------------------------------------
 */

static char *
subtitle (ScopeWindow *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  const char *device = scope_session_get_device (self->session);
  double proof = scope_session_get_proof (self->session);
  GString *out = g_string_new (NULL);
  if (tokens != NULL) {
    g_autofree char *count = scope_format_tokens (scope_tokens_count (tokens));
    g_string_append (out, count);
  }
  if (device != NULL) /* "CPU: AMD EPYC (avx512, 2 threads)": About has it in full */
    g_string_append_printf (out, "%s%.*s", out->len > 0 ? " · " : "",
                            (int)strcspn (device, "(") - (strchr (device, '(') != NULL), device);
  if (!isnan (proof)) {
    g_autofree char *value = scope_format_proof (proof);
    g_string_append_printf (out, "%sproof %s", out->len > 0 ? " · " : "", value);
  }
  return g_string_free (out, FALSE);
}

static void
update_title (ScopeWindow *self)
{
  ScopeModel *model = scope_session_get_model (self->session);
  if (model == NULL || g_str_equal (gtk_stack_get_visible_child_name (self->pages), "start")) {
    adw_window_title_set_title (self->title, "Mambascope");
    adw_window_title_set_subtitle (self->title, "");
    gtk_window_set_title (GTK_WINDOW (self), "Mambascope");
    return;
  }
  g_autofree char *title = g_strdup_printf (
      "%s · layer %" G_GSIZE_FORMAT " · %s %" G_GSIZE_FORMAT, scope_model_name (model),
      scope_session_get_layer (self->session), scope_format_map_noun (self->session),
      scope_session_get_channel (self->session));
  g_autofree char *below = subtitle (self);
  g_autofree char *window = g_strdup_printf ("%s – Mambascope", title);
  adw_window_title_set_title (self->title, title);
  adw_window_title_set_subtitle (self->title, below);
  gtk_window_set_title (GTK_WINDOW (self), window);
}

/* --- pages ---------------------------------------------------------------------------------------
 */

static void
update_content (ScopeWindow *self)
{
  gboolean busy = scope_session_get_busy (self->session);
  const char *page = "views";
  if (scope_session_get_map (self->session) == NULL) {
    if (busy)
      page = "waiting";
    else if (scope_session_get_tokens (self->session) == NULL)
      page = "no-text";
    /* A map that is merely being replaced stays on screen. */
    if (scope_session_get_network (self->session) != NULL)
      page = "views";
  }
  gboolean arrived = g_str_equal (page, "views")
                     && !g_str_equal (gtk_stack_get_visible_child_name (self->content), "views");
  gtk_stack_set_visible_child_name (self->content, page);
  if (arrived) /* the arrow keys are the map's from the start */
    gtk_widget_grab_focus (GTK_WIDGET (self->map_view));
  gboolean reading = scope_session_get_model (self->session) != NULL;
  gtk_label_set_text (self->waiting_label, reading ? "Reading the text…" : "Opening the model…");
  gtk_spinner_set_spinning (self->spinner, g_str_equal (page, "waiting"));
}

static void
update_work_widgets (ScopeWindow *self)
{
  gboolean work = g_str_equal (gtk_stack_get_visible_child_name (self->pages), "work");
  gtk_widget_set_visible (GTK_WIDGET (self->sidebar_button), work);
  gtk_widget_set_visible (GTK_WIDGET (self->text_button), work);
  gtk_widget_set_visible (GTK_WIDGET (self->export_button), work);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_control), work);
  update_title (self);
}

void
scope_window_show_start (ScopeWindow *self)
{
  gtk_stack_set_visible_child_name (self->pages, "start");
  update_work_widgets (self);
  scope_start_page_focus_first (self->start_page);
}

void
scope_window_show_work (ScopeWindow *self)
{
  gtk_stack_set_visible_child_name (self->pages, "work");
  update_work_widgets (self);
  update_content (self);
}

static void
model_changed_cb (ScopeWindow *self)
{
  if (scope_session_get_model (self->session) != NULL)
    scope_window_show_work (self);
  update_title (self);
  update_content (self);
  scope_window_actions_update (self);
}

static void
results_changed_cb (ScopeWindow *self)
{
  update_title (self);
  update_content (self);
  scope_window_actions_update (self);
}

static void
view_changed_cb (ScopeWindow *self)
{
  gboolean map = g_strcmp0 (adw_view_stack_get_visible_child_name (self->views), "map") == 0;
  gtk_widget_set_visible (self->zoom_box, map);
}

static void
zoom_changed_cb (ScopeWindow *self)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map_view);
  g_autofree char *text = g->scale >= 1 ? g_strdup_printf ("%.3g px/cell", g->scale)
                                        : g_strdup_printf ("%.3g cells/px", 1 / g->scale);
  gtk_label_set_text (self->zoom_label, text);
  scope_plot_frame_set_free (self->map_frame, scope_map_geometry_free (g));
}

/* What is in sight: "coarse…" and "sampled" become "exact" by themselves. */
static void
shown_changed_cb (ScopeWindow *self)
{
  scope_inspector_show_map (self->inspector, scope_map_view_get_value_label (self->map_view),
                            scope_map_view_get_step (self->map_view),
                            scope_map_view_get_evaluated (self->map_view));
}

/* --- go to ---------------------------------------------------------------------------------------
 */

static void
go_to_shown_cb (ScopeWindow *self)
{
  scope_widget_read_from_left (GTK_WIDGET (self->go_to_entry));
  gtk_widget_remove_css_class (GTK_WIDGET (self->go_to_entry), "error");
  gtk_widget_grab_focus (GTK_WIDGET (self->go_to_entry));
}

/* "812, 77", "812 77", or "812": the column of the crosshair, or the row's own token. */
static gboolean
parse_cell (ScopeWindow *self, const char *text, gsize *row, gsize *column)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  g_autofree char *plain = scope_ungroup_thousands (text);
  g_auto (GStrv) parts = g_regex_split_simple ("[^0-9]+", plain, 0, 0);
  guint64 numbers[2];
  guint count = 0;
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0'
        && (count == 2
            || !g_ascii_string_to_unsigned (*part, 10, 0, G_MAXUINT32, &numbers[count++], NULL)))
      return FALSE;
  if (tokens == NULL || count == 0)
    return FALSE;
  gsize at = scope_session_get_column (self->session);
  *row = numbers[0];
  *column = count == 2 ? numbers[1] : at <= *row ? at : *row;
  return *row < scope_tokens_count (tokens) && *column <= *row;
}

static void
go_to_entered_cb (ScopeWindow *self)
{
  gsize row, column;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->go_to_entry));
  if (!parse_cell (self, text, &row, &column)) {
    gtk_widget_add_css_class (GTK_WIDGET (self->go_to_entry), "error");
    gtk_widget_error_bell (GTK_WIDGET (self->go_to_entry));
    return;
  }
  gtk_popover_popdown (self->go_to_popover);
  scope_map_view_go_to (self->map_view, row, column);
  gtk_widget_grab_focus (GTK_WIDGET (self->map_view));
}

/* --- menus ---------------------------------------------------------------------------------------
 */

static void
fill_open_menu_cb (GtkMenuButton *button, gpointer data)
{
  g_autoptr (GMenuModel) menu = scope_open_menu_new ();
  gtk_menu_button_set_menu_model (button, menu);
}

static void
fill_text_menu_cb (GtkMenuButton *button, gpointer data)
{
  g_autoptr (GMenuModel) menu = scope_text_menu_new ();
  gtk_menu_button_set_menu_model (button, menu);
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static gboolean
scope_window_close_request (GtkWindow *window)
{
  ScopeWindow *self = SCOPE_WINDOW (window);
  if (self->remembers) {
    ScopeWindowState state = { 0 };
    gtk_window_get_default_size (window, &state.width, &state.height);
    state.maximised = gtk_window_is_maximized (window);
    state.sidebar = gtk_toggle_button_get_active (self->sidebar_button);
    state.inspector
        = self->inspector_aside || gtk_toggle_button_get_active (self->inspector_button);
    scope_window_state_save (&state);
    scope_window_keep_last (self);
  }
  scope_session_cancel (self->session);
  return GTK_WINDOW_CLASS (scope_window_parent_class)->close_request (window);
}

static void
scope_window_dispose (GObject *object)
{
  ScopeWindow *self = SCOPE_WINDOW (object);
  gtk_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_WINDOW);
  g_clear_weak_pointer (&self->undo_toast);
  g_clear_pointer (&self->exporter, scope_exporter_free);
  g_clear_object (&self->session);
  g_clear_pointer (&self->session_path, g_free);
  G_OBJECT_CLASS (scope_window_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeWindow, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (toasts);
  BIND (header);
  BIND (header_fold);
  BIND (answer_fold);
  BIND (title);
  BIND (sidebar_button);
  BIND (open_button);
  BIND (text_button);
  BIND (export_button);
  BIND (go_to_button);
  BIND (filter_control);
  BIND (error_bar);
  BIND (error_label);
  BIND (notice_bar);
  BIND (notice_label);
  BIND (pages);
  BIND (content);
  BIND (start_page);
  BIND (flap);
  BIND (sidebar);
  BIND (spinner);
  BIND (waiting_label);
  BIND (views);
  BIND (views_button);
  BIND (narrow_tabs);
  BIND (inspector_button);
  BIND (zoom_box);
  BIND (zoom_label);
  BIND (map_frame);
  BIND (map_view);
  BIND (colour_bar);
  BIND (inspector);
  BIND (answer_strip);
  BIND (status_row);
  BIND (go_to_popover);
  BIND (go_to_entry);
}

static void
scope_window_class_init (ScopeWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = scope_window_close_request;
  g_type_ensure (SCOPE_TYPE_CURTAIN);
  g_type_ensure (SCOPE_TYPE_FIRST_FIT);
  g_type_ensure (SCOPE_TYPE_FOLD);
  g_type_ensure (SCOPE_TYPE_FILTER_CONTROL);
  g_type_ensure (SCOPE_TYPE_START_PAGE);
  g_type_ensure (SCOPE_TYPE_SIDEBAR);
  g_type_ensure (SCOPE_TYPE_PLOT_FRAME);
  g_type_ensure (SCOPE_TYPE_MAP_VIEW);
  g_type_ensure (SCOPE_TYPE_COLOUR_BAR);
  g_type_ensure (SCOPE_TYPE_INSPECTOR);
  g_type_ensure (SCOPE_TYPE_ANSWER_STRIP);
  g_type_ensure (SCOPE_TYPE_STATUS_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, error_dismissed_cb);
  gtk_widget_class_bind_template_callback (widget_class, notice_dismissed_cb);
  gtk_widget_class_bind_template_callback (widget_class, go_to_shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, go_to_entered_cb);
}

static void
connect_session (ScopeWindow *self)
{
  const struct {
    const char *signal;
    GCallback callback;
  } connections[] = {
    { "failed", G_CALLBACK (failed_cb) },
    { "notice", G_CALLBACK (notice_cb) },
    { "notify::can-undo", G_CALLBACK (scope_window_actions_update) },
    { "notify::can-redo", G_CALLBACK (scope_window_actions_update) },
    { "notify::model", G_CALLBACK (model_changed_cb) },
    { "notify::text", G_CALLBACK (results_changed_cb) },
    { "notify::busy", G_CALLBACK (results_changed_cb) },
    { "notify::layer", G_CALLBACK (update_title) },
    { "notify::channel", G_CALLBACK (update_title) },
    { "notify::kind", G_CALLBACK (update_title) },
    { "notify::proof", G_CALLBACK (update_title) },
    { "notify::network", G_CALLBACK (results_changed_cb) },
    { "notify::map", G_CALLBACK (results_changed_cb) },
    { "notify::decay", G_CALLBACK (results_changed_cb) },
  };
  for (guint k = 0; k < G_N_ELEMENTS (connections); k++)
    g_signal_connect_object (self->session, connections[k].signal, connections[k].callback, self,
                             G_CONNECT_SWAPPED);
  scope_sidebar_set_session (self->sidebar, self->session);
  scope_map_view_set_session (self->map_view, self->session);
  scope_map_view_set_bar (self->map_view, self->colour_bar);
  scope_inspector_set_session (self->inspector, self->session);
  scope_answer_strip_set_session (self->answer_strip, self->session);
  scope_status_row_set_session (self->status_row, self->session);
  scope_filter_control_set_session (self->filter_control, self->session);
}

static void
restore_state (ScopeWindow *self)
{
  ScopeWindowState state = scope_window_state_load ();
  self->remembers = TRUE;
  gtk_window_set_default_size (GTK_WINDOW (self), state.width, state.height);
  if (state.maximised)
    gtk_window_maximize (GTK_WINDOW (self));
  gtk_toggle_button_set_active (self->sidebar_button, state.sidebar);
  gtk_toggle_button_set_active (self->inspector_button, state.inspector);
}

static void
scope_window_init (ScopeWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->session = scope_session_new ();
  scope_window_files_init (self);
  gtk_menu_button_set_create_popup_func (self->open_button, fill_open_menu_cb, NULL, NULL);
  gtk_menu_button_set_create_popup_func (self->text_button, fill_text_menu_cb, NULL, NULL);
  g_signal_connect_object (self->views, "notify::visible-child", G_CALLBACK (view_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->map_view, "zoom-changed", G_CALLBACK (zoom_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->map_view, "shown-changed", G_CALLBACK (shown_changed_cb), self,
                           G_CONNECT_SWAPPED);
  scope_window_actions_init (self);
  connect_session (self);
  scope_window_views_init (self);
  scope_window_tabs_init (self);
  scope_window_fold_init (self);
  scope_focus_guard (GTK_WINDOW (self));
  scope_spoken_follow (GTK_WINDOW (self));
  scope_preferences_apply_to (self->session);
  restore_state (self);
  scope_window_show_start (self);
  scope_window_actions_update (self);
}

/* --- public --------------------------------------------------------------------------------------
 */

GtkWidget *
scope_window_new (GtkApplication *application)
{
  return g_object_new (SCOPE_TYPE_WINDOW, "application", application, NULL);
}

ScopeSession *
scope_window_get_session (ScopeWindow *self)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self), NULL);
  return self->session;
}

gboolean
scope_window_show_view (ScopeWindow *self, const char *view)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self), FALSE);
  if (adw_view_stack_get_child_by_name (self->views, view) == NULL)
    return FALSE;
  adw_view_stack_set_visible_child_name (self->views, view);
  return TRUE;
}

const char *
scope_window_get_message (ScopeWindow *self)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self), "");
  return gtk_label_get_text (self->error_label);
}

gboolean
scope_window_is_settled (ScopeWindow *self, gboolean *failed)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self), FALSE);
  ScopeSession *session = self->session;
  *failed = self->failed;
  if (self->failed || g_str_equal (gtk_stack_get_visible_child_name (self->pages), "start"))
    return TRUE;
  if (scope_session_get_busy (session))
    return FALSE;
  if (scope_session_get_tokens (session) == NULL)
    return scope_session_get_model (session) != NULL;
  return scope_session_get_map (session) != NULL && scope_session_get_decay (session) != NULL
         && scope_session_get_layer_view (session) != NULL
         && scope_session_get_answer (session) != NULL
         && !isnan (scope_session_get_proof (session));
}

void
scope_window_set_transient_size (ScopeWindow *self, int width, int height)
{
  g_return_if_fail (SCOPE_IS_WINDOW (self));
  self->remembers = FALSE;
  gtk_window_unmaximize (GTK_WINDOW (self));
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  gtk_toggle_button_set_active (self->sidebar_button, TRUE);
  gtk_toggle_button_set_active (self->inspector_button, !self->inspector_aside);
}
