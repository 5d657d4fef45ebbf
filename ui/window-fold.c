/* What the window leaves out where it is narrow, or its text is large. */
#include "ui/window-private.h"

/* The label with its arrow, or ICON alone. */
static void
show_as_icon (GtkMenuButton *button, const char *label, const char *icon, gboolean small)
{
  if (small) {
    gtk_menu_button_set_icon_name (button, icon);
  } else {
    gtk_menu_button_set_label (button, label);
    gtk_menu_button_set_use_underline (button, TRUE);
  }
  gtk_menu_button_set_always_show_arrow (button, !small);
}

static void
header_folded_cb (ScopeWindow *self)
{
  guint level = scope_fold_get_level (self->header_fold);
  scope_filter_control_set_compact (self->filter_control, level);
  show_as_icon (self->open_button, "_Open", "document-open-symbolic", level >= 3);
  show_as_icon (self->text_button, "_Text", "scope-text-symbolic", level >= 3);
  show_as_icon (self->export_button, "_Export", "document-save-symbolic", level >= 3);
  gtk_widget_set_size_request (GTK_WIDGET (self->title), level >= 4 ? -1 : 180, -1);
}

static void
answer_folded_cb (ScopeWindow *self)
{
  scope_answer_strip_set_compact (self->answer_strip, scope_fold_get_level (self->answer_fold));
}

/* The lesson has its own words and numbers, and wants the room. */
static void
view_shown_cb (ScopeWindow *self)
{
  const char *view = adw_view_stack_get_visible_child_name (self->views);
  gboolean open = gtk_toggle_button_get_active (self->inspector_button);
  if (g_strcmp0 (view, "lesson") == 0) {
    self->inspector_aside = open;
    gtk_toggle_button_set_active (self->inspector_button, FALSE);
  } else if (self->inspector_aside) {
    self->inspector_aside = FALSE;
    gtk_toggle_button_set_active (self->inspector_button, TRUE);
  }
}

void
scope_window_fold_init (ScopeWindow *self)
{
  g_signal_connect_object (self->header_fold, "notify::level", G_CALLBACK (header_folded_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->answer_fold, "notify::level", G_CALLBACK (answer_folded_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->views, "notify::visible-child-name", G_CALLBACK (view_shown_cb),
                           self, G_CONNECT_SWAPPED);
  header_folded_cb (self);
}
