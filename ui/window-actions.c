/* The window's actions: menus, buttons and keys all come through here. */
#include "ui/window-private.h"

#include "ui/about.h"
#include "ui/heap.h"
#include "ui/open-menus.h"
#include "ui/preferences-window.h"
#include "ui/samples.h"
#include "ui/survey-window.h"
#include "ui/toasts.h"

/* --- opening -------------------------------------------------------------------------------------
 */

static void
model_chosen_cb (const char *path, gpointer window)
{
  scope_window_open (SCOPE_WINDOW (window), path, NULL);
}

static void
text_chosen_cb (const char *path, gpointer window)
{
  scope_window_open_text (SCOPE_WINDOW (window), path);
}

static void
open_model_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_choose_model (GTK_WINDOW (window), model_chosen_cb, window, NULL);
}

static void
open_text_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_choose_text (GTK_WINDOW (window), text_chosen_cb, window, NULL);
}

static void
open_sample_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  guint32 index = g_variant_get_uint32 (target);
  if (index >= scope_n_samples)
    return;
  g_autofree char *model = scope_sample_model_path (&scope_samples[index]);
  g_autofree char *text = scope_sample_text_path (scope_samples[index].text);
  if (model == NULL) {
    scope_window_show_error (SCOPE_WINDOW (window), "The samples are not installed");
    return;
  }
  /* A sample's story begins with the model as it was trained. */
  scope_session_set_filter_on (((ScopeWindow *)window)->session, FALSE);
  scope_window_open (SCOPE_WINDOW (window), model, text);
}

static void
open_sample_text_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  guint32 index = g_variant_get_uint32 (target);
  if (index >= scope_n_sample_texts)
    return;
  g_autofree char *text = scope_sample_text_path (scope_sample_texts[index].file);
  if (text != NULL)
    scope_window_open_text (SCOPE_WINDOW (window), text);
  else
    scope_window_show_error (SCOPE_WINDOW (window), "The samples are not installed");
}

static void
open_recent_model_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_window_open (SCOPE_WINDOW (window), g_variant_get_bytestring (target), NULL);
}

static void
open_recent_text_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_window_open_text (SCOPE_WINDOW (window), g_variant_get_bytestring (target));
}

static void
open_recent_session_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_window_open_session (SCOPE_WINDOW (window), g_variant_get_bytestring (target));
}

static void
clear_recent_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_recent_clear ();
}

static void
document_chosen_cb (const char *path, gpointer window)
{
  scope_window_open_any (SCOPE_WINDOW (window), path);
}

static void
open_session_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_choose_session (GTK_WINDOW (window), document_chosen_cb, window, NULL);
}

static void
save_session_as_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_window_save_session_as (SCOPE_WINDOW (window));
}

static void
save_session_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  if (self->session_path != NULL)
    scope_window_save_session (self, self->session_path);
  else
    scope_window_save_session_as (self);
}

static void
start_page_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_window_show_start (SCOPE_WINDOW (window));
}

/* --- export --------------------------------------------------------------------------------------
 */

/* What is exported is what the view shows. */
static ScopeFigureKind
shown_kind (gpointer window)
{
  static const struct {
    const char *view;
    ScopeFigureKind kind;
  } kinds[] = {
    { "compare", SCOPE_FIGURE_COMPARE }, { "decay", SCOPE_FIGURE_DECAY },
    { "atlas", SCOPE_FIGURE_ATLAS },     { "text", SCOPE_FIGURE_STRIP },
    { "sweep", SCOPE_FIGURE_SWEEP },
  };
  const char *shown = adw_view_stack_get_visible_child_name (((ScopeWindow *)window)->views);
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    if (g_strcmp0 (kinds[k].view, shown) == 0)
      return kinds[k].kind;
  return SCOPE_FIGURE_MAP;
}

static void
show_in_folder_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_show_in_folder (GTK_WINDOW (window), g_variant_get_bytestring (target));
}

/* A view that knows better than the session what it shows has a property for it. */
static char *
command_of_view (ScopeWindow *self)
{
  GtkWidget *view = scope_window_shown_view (self);
  const char *name = adw_view_stack_get_visible_child_name (self->views);
  char *command = NULL;
  if (view != NULL
      && g_object_class_find_property (G_OBJECT_GET_CLASS (view), "command-line") != NULL)
    g_object_get (view, "command-line", &command, NULL);
  return command != NULL ? command : scope_session_view_command (self->session, name);
}

static void
copy_command_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  g_autofree char *command = command_of_view (self);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), command);
  scope_toasts_say (self->toasts, "Command copied");
}

/* --- the map -------------------------------------------------------------------------------------
 */

/* A view with maps of its own zooms those. */
static gboolean
zoomed_elsewhere (ScopeWindow *self, GSimpleAction *action)
{
  g_autofree char *name = g_strconcat ("plot.", g_action_get_name (G_ACTION (action)), NULL);
  return gtk_widget_activate_action (scope_window_shown_view (self), name, NULL);
}

static void
zoom_in_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  if (!zoomed_elsewhere (window, action))
    scope_map_view_zoom (((ScopeWindow *)window)->map_view, SCOPE_MAP_ZOOM_STEP);
}

static void
zoom_out_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  if (!zoomed_elsewhere (window, action))
    scope_map_view_zoom (((ScopeWindow *)window)->map_view, 1 / SCOPE_MAP_ZOOM_STEP);
}

static void
zoom_fit_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  if (!zoomed_elsewhere (window, action))
    scope_map_view_fit (((ScopeWindow *)window)->map_view);
}

static void
zoom_one_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  if (!zoomed_elsewhere (window, action))
    scope_map_view_one_to_one (((ScopeWindow *)window)->map_view);
}

static void
go_to_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  scope_window_show_view (self, "map");
  gtk_menu_button_popup (self->go_to_button);
}

/* How the last token reads column TARGET. */
static void
go_to_column_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize column = (gsize)g_variant_get_uint64 (target);
  if (tokens == NULL || column >= scope_tokens_count (tokens))
    return;
  scope_window_show_view (self, "map");
  scope_map_view_fit (self->map_view);
  scope_session_select (self->session, scope_tokens_count (tokens) - 1, column);
  gtk_widget_grab_focus (GTK_WIDGET (self->map_view));
}

/* --- undo ----------------------------------------------------------------------------------------
 */

/* The keys are the text field's while one is being written in. */
static gboolean
field_takes (ScopeWindow *self, const char *action)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  return (GTK_IS_TEXT (focus) || GTK_IS_TEXT_VIEW (focus))
         && gtk_widget_activate_action (focus, action, NULL);
}

static void
undo_toast_dismissed_cb (AdwToast *toast, ScopeWindow *self)
{
  if (toast == self->undo_toast)
    g_clear_weak_pointer (&self->undo_toast);
}

/* One toast, that tells of the newest step. */
static void
tell_step (ScopeWindow *self, const char *format, const char *label, const char *button,
           const char *back)
{
  g_autofree char *said = g_markup_printf_escaped (format, label);
  gboolean there = self->undo_toast != NULL;
  AdwToast *toast = there ? self->undo_toast : adw_toast_new ("");
  adw_toast_set_title (toast, said);
  adw_toast_set_button_label (toast, button);
  adw_toast_set_action_name (toast, back);
  if (there)
    return;
  adw_toast_set_timeout (toast, 3);
  g_set_weak_pointer (&self->undo_toast, toast);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (undo_toast_dismissed_cb), self, 0);
  scope_toasts_add (self->toasts, toast);
}

static void
undo_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  if (field_takes (self, "text.undo"))
    return;
  g_autofree char *label = scope_session_undo (self->session);
  if (label != NULL)
    tell_step (self, "Undone: %s", label, "_Redo", "win.redo");
}

static void
redo_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  if (field_takes (self, "text.redo"))
    return;
  g_autofree char *label = scope_session_redo (self->session);
  if (label != NULL)
    tell_step (self, "Redone: %s", label, "_Undo", "win.undo");
}

/* --- the rest ------------------------------------------------------------------------------------
 */

static void
show_view_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_window_show_view (SCOPE_WINDOW (window), g_variant_get_string (target, NULL));
}

/* From its beginning. */
static void
lesson_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  scope_window_hide_error (self);
  if (!scope_window_show_view (self, "lesson"))
    return;
  gtk_widget_activate_action (scope_window_shown_view (self), "lesson.start", NULL);
  scope_window_show_work (self);
}

/* By its place among the tabs, from 1. */
static void
show_tab_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  g_autoptr (GtkSelectionModel) pages = adw_view_stack_get_pages (((ScopeWindow *)window)->views);
  guint index = (guint)g_variant_get_int32 (target) - 1;
  if (index < g_list_model_get_n_items (G_LIST_MODEL (pages)))
    gtk_selection_model_select_item (pages, index, TRUE);
}

/* Where the text is searched. */
static void
find_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeWindow *self = window;
  if (scope_window_show_view (self, "text"))
    gtk_widget_activate_action (scope_window_shown_view (self), "text.find", NULL);
}

static void
toggle_filter_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  ScopeSession *session = ((ScopeWindow *)window)->session;
  scope_session_set_filter_on (session, !scope_session_get_filter_on (session));
}

static void
toggle_sidebar_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  GtkToggleButton *button = ((ScopeWindow *)window)->sidebar_button;
  gtk_toggle_button_set_active (button, !gtk_toggle_button_get_active (button));
}

static void
toggle_inspector_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  GtkToggleButton *button = ((ScopeWindow *)window)->inspector_button;
  gtk_toggle_button_set_active (button, !gtk_toggle_button_get_active (button));
}

static void
preferences_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_preferences_window_show (GTK_WINDOW (window));
}

static void
survey_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_survey_window_show (window);
}

static void
cancel_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_session_cancel (((ScopeWindow *)window)->session);
}

static void
about_cb (GSimpleAction *action, GVariant *target, gpointer window)
{
  scope_about_show (GTK_WINDOW (window), ((ScopeWindow *)window)->session);
}

static const GActionEntry entries[] = {
  { "open-model", open_model_cb },
  { "open-text", open_text_cb },
  { "open-sample", open_sample_cb, "u" },
  { "open-sample-text", open_sample_text_cb, "u" },
  { "open-recent-model", open_recent_model_cb, "ay" },
  { "open-recent-text", open_recent_text_cb, "ay" },
  { "open-session", open_session_cb },
  { "open-recent-session", open_recent_session_cb, "ay" },
  { "save-session", save_session_cb },
  { "save-session-as", save_session_as_cb },
  { "clear-recent", clear_recent_cb },
  { "start-page", start_page_cb },
  { "undo", undo_cb },
  { "redo", redo_cb },
  { "show-in-folder", show_in_folder_cb, "ay" },
  { "copy-command", copy_command_cb },
  { "zoom-in", zoom_in_cb },
  { "zoom-out", zoom_out_cb },
  { "zoom-fit", zoom_fit_cb },
  { "zoom-one", zoom_one_cb },
  { "go-to", go_to_cb },
  { "go-to-column", go_to_column_cb, "t" },
  { "show-view", show_view_cb, "s" },
  { "show-tab", show_tab_cb, "i" },
  { "lesson", lesson_cb },
  { "find", find_cb },
  { "toggle-filter", toggle_filter_cb },
  { "toggle-sidebar", toggle_sidebar_cb },
  { "toggle-inspector", toggle_inspector_cb },
  { "preferences", preferences_cb },
  { "survey", survey_cb },
  { "cancel", cancel_cb },
  { "about", about_cb },
};

void
scope_window_actions_init (ScopeWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  self->exporter = scope_exporter_new (GTK_WINDOW (self), G_ACTION_MAP (self), self->session,
                                       self->toasts, shown_kind);
  scope_heap_follow (self->session);
}

static void
enable (ScopeWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
scope_window_actions_update (ScopeWindow *self)
{
  static const char *const on_map[]
      = { "zoom-in", "zoom-out", "zoom-fit", "zoom-one", "go-to", "go-to-column" };
  gboolean model = scope_session_get_model (self->session) != NULL;
  gboolean map = scope_session_get_map (self->session) != NULL;
  for (guint k = 0; k < G_N_ELEMENTS (on_map); k++)
    enable (self, on_map[k], map);
  enable (self, "find", scope_session_get_tokens (self->session) != NULL);
  enable (self, "copy-command", scope_session_get_tokens (self->session) != NULL);
  scope_exporter_enable (self->exporter, scope_session_get_tokens (self->session) != NULL);
  enable (self, "open-text", model);
  enable (self, "open-sample-text", model);
  enable (self, "open-recent-text", model);
  enable (self, "toggle-filter", model);
  enable (self, "save-session", model);
  enable (self, "save-session-as", model);
  enable (self, "undo", scope_session_get_can_undo (self->session));
  enable (self, "redo", scope_session_get_can_redo (self->session));
  enable (self, "cancel", scope_session_get_busy (self->session));
}
