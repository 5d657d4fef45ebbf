#include "harness.h"

#include "test-support.h"

GResource *scope_ui_get_resource (void);

static gboolean
late_cb (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

void
harness_init (int *argc, char ***argv)
{
  g_autofree char *home = scope_test_folder ();
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  g_resources_register (scope_ui_get_resource ());
}

ScopeWindow *
harness_window (void)
{
  ScopeWindow *window = SCOPE_WINDOW (scope_window_new (NULL));
  scope_window_set_transient_size (window, 1280, 860);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

void
harness_run_for (guint milliseconds)
{
  gboolean late = FALSE;
  g_timeout_add (milliseconds, late_cb, &late);
  while (!late)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
harness_settle (ScopeWindow *window, guint seconds)
{
  gboolean late = FALSE, failed;
  guint source = g_timeout_add_seconds (seconds, late_cb, &late);
  while (!late && !scope_window_is_settled (window, &failed))
    g_main_context_iteration (NULL, TRUE);
  if (!late)
    g_source_remove (source);
  return !late;
}

void
harness_open_sample (ScopeWindow *window, const char *model, const char *text)
{
  g_autofree char *folder = g_build_filename (scope_test_samples (), "models", model, NULL);
  g_autofree char *path = g_build_filename (scope_test_samples (), "texts", text, NULL);
  scope_window_open (window, folder, path);
}

GtkWidget *
harness_find (GtkWidget *widget, GType type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (widget), type) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = harness_find (child, type);
  return found;
}

char **
harness_views (ScopeWindow *window)
{
  AdwViewStack *stack = ADW_VIEW_STACK (harness_find (GTK_WIDGET (window), ADW_TYPE_VIEW_STACK));
  g_autoptr (GtkSelectionModel) pages = adw_view_stack_get_pages (stack);
  guint count = g_list_model_get_n_items (G_LIST_MODEL (pages));
  char **names = g_new0 (char *, count + 1);
  for (guint k = 0; k < count; k++) {
    g_autoptr (AdwViewStackPage) page = g_list_model_get_item (G_LIST_MODEL (pages), k);
    names[k] = g_strdup (adw_view_stack_page_get_name (page));
  }
  return names;
}

typedef struct {
  gpointer widget; /* weak */
  const char *type;
} Watched;

static void
watch_tree (GtkWidget *widget, GPtrArray *watched)
{
  Watched *one = g_new (Watched, 1);
  *one = (Watched){ widget, G_OBJECT_TYPE_NAME (widget) };
  g_object_add_weak_pointer (G_OBJECT (widget), &one->widget);
  g_ptr_array_add (watched, one);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    watch_tree (child, watched);
}

/* Our own widgets that outlive their window: whoever holds the session is among them. */
static void
tell_survivors (GPtrArray *watched)
{
  for (guint k = 0; k < watched->len; k++) {
    const Watched *one = g_ptr_array_index (watched, k);
    if (one->widget != NULL && g_str_has_prefix (one->type, "Scope"))
      g_printerr ("still there: %s, held %u times\n", one->type, G_OBJECT (one->widget)->ref_count);
  }
}

void
harness_assert_gone (ScopeWindow *window)
{
  gpointer gone = window, left = scope_window_get_session (window);
  GPtrArray *watched = g_ptr_array_new (); /* the weak pointers lie in it: kept to the end */
  watch_tree (GTK_WIDGET (window), watched);
  g_object_add_weak_pointer (gone, &gone);
  g_object_add_weak_pointer (left, &left);
  gtk_window_destroy (GTK_WINDOW (window));
  /* Whatever is on its way to them, an idle or a frame, is given its time. */
  for (guint k = 0; k < 50 && (gone != NULL || left != NULL); k++)
    harness_run_for (100);
  if (gone != NULL || left != NULL)
    tell_survivors (watched);
  g_assert_null (gone);
  g_assert_null (left);
}
