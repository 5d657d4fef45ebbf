#include "ui/scene.h"

/* In the order of ScopeScene, by their names. */
static const struct {
  const char *name;
  const char *actions[2]; /* of the window or what is in it, one after the other */
  gboolean inside;        /* what they open is in the window itself */
} scenes[] = {
  [SCOPE_SCENE_VIEW] = { "view", { NULL } },
  [SCOPE_SCENE_ABOUT] = { "about", { "win.about" } },
  [SCOPE_SCENE_BUSY] = { "busy", { NULL } },
  [SCOPE_SCENE_COMPOSER] = { "composer", { "win.compose-add", "win.composer" } },
  [SCOPE_SCENE_ERROR] = { "error", { NULL } },
  [SCOPE_SCENE_EXPORT] = { "export", { "win.export" } },
  [SCOPE_SCENE_PREFERENCES] = { "preferences", { "win.preferences" } },
  [SCOPE_SCENE_SHORTCUTS] = { "shortcuts", { "win.show-help-overlay" } },
  [SCOPE_SCENE_SURVEY] = { "survey", { "win.survey" } },
  [SCOPE_SCENE_SWEEP] = { "sweep", { "sweep.run" }, TRUE },
};

gboolean
scope_scene_parse (const char *name, ScopeScene *out)
{
  for (guint k = 0; k < G_N_ELEMENTS (scenes); k++)
    if (g_str_equal (scenes[k].name, name)) {
      *out = (ScopeScene)k;
      return TRUE;
    }
  return FALSE;
}

char *
scope_scene_names (void)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint k = 0; k < G_N_ELEMENTS (scenes); k++)
    g_string_append_printf (names, "%s%s", k > 0 ? ", " : "", scenes[k].name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* Of WIDGET or of what is on screen in it. */
static gboolean
activate (GtkWidget *widget, const char *action)
{
  if (gtk_widget_activate_action (widget, action, NULL))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_mapped (child) && activate (child, action))
      return TRUE;
  return FALSE;
}

gboolean
scope_scene_open (ScopeScene scene, ScopeWindow *window)
{
  for (guint k = 0; k < G_N_ELEMENTS (scenes[scene].actions); k++)
    if (scenes[scene].actions[k] != NULL)
      activate (GTK_WIDGET (window), scenes[scene].actions[k]);
  return scenes[scene].actions[0] != NULL;
}

GtkWidget *
scope_scene_window (ScopeScene scene, ScopeWindow *window)
{
  if (scenes[scene].actions[0] == NULL || scenes[scene].inside)
    return GTK_WIDGET (window);
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *item = windows; item != NULL; item = item->next)
    if (item->data != window && gtk_widget_get_mapped (item->data))
      return item->data;
  return NULL;
}

gboolean
scope_scene_is_still (GtkWidget *window)
{
  if (!gtk_widget_get_mapped (window))
    return TRUE;
  if (GTK_IS_PROGRESS_BAR (window)
      || (GTK_IS_SPINNER (window) && gtk_spinner_get_spinning (GTK_SPINNER (window))))
    return FALSE;
  for (GtkWidget *child = gtk_widget_get_first_child (window); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!scope_scene_is_still (child))
      return FALSE;
  return TRUE;
}

double
scope_scene_progress (GtkWidget *window)
{
  double progress = 0;
  if (!gtk_widget_get_mapped (window))
    return 0;
  if (GTK_IS_PROGRESS_BAR (window))
    return gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (window));
  for (GtkWidget *child = gtk_widget_get_first_child (window); child != NULL && !(progress > 0);
       child = gtk_widget_get_next_sibling (child))
    progress = scope_scene_progress (child);
  return progress;
}
