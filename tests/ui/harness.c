#include "harness.h"

#include <string.h>

#include "test-support.h"
#include "ui/application.h"
#include "ui/heap.h"

#define ALARM_SECONDS  120
#define SETTLE_SECONDS 120

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
  scope_heap_init (); /* as the program does, first */
  g_autofree char *home = scope_test_folder ();
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_STATE_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  g_resources_register (scope_ui_get_resource ());
}

static ScopeWindow *
present (GtkApplication *application, gboolean kept)
{
  ScopeWindow *window = SCOPE_WINDOW (scope_window_new (application));
  if (!kept)
    scope_window_set_transient_size (window, 1280, 860);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static GtkApplication *
the_application (void)
{
  static GtkApplication *application;
  if (application == NULL) {
    application = GTK_APPLICATION (scope_application_new ());
    g_application_set_flags (G_APPLICATION (application),
                             G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_COMMAND_LINE);
    g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
    g_application_hold (G_APPLICATION (application));
  }
  return application;
}

ScopeWindow *
harness_window (void)
{
  return present (NULL, FALSE);
}

ScopeWindow *
harness_window_with_keys (void)
{
  return present (the_application (), FALSE);
}

ScopeWindow *
harness_window_kept (void)
{
  return present (the_application (), TRUE);
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

ScopeWindow *
harness_sample (const char *model, const char *text, const char *view)
{
  ScopeWindow *window = harness_window ();
  scope_window_show_view (window, view);
  harness_open_sample (window, model, text);
  harness_rest (window);
  return window;
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

const char *
harness_shown (GtkWidget *widget, const char *words)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_visible (widget)
      && g_str_has_prefix (gtk_label_get_text (GTK_LABEL (widget)), words))
    return gtk_label_get_text (GTK_LABEL (widget));
  const char *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = harness_shown (child, words);
  return found;
}

void
harness_collect (GtkWidget *widget, GType type, GPtrArray *out)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type) && gtk_widget_get_mapped (widget))
    g_ptr_array_add (out, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    harness_collect (child, type, out);
}

gboolean
harness_says (GtkWidget *widget, const char *words)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  harness_collect (widget, GTK_TYPE_LABEL, labels);
  for (guint k = 0; k < labels->len; k++)
    if (strstr (gtk_label_get_text (labels->pdata[k]), words) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
alarm_cb (gpointer what)
{
  g_error ("not within %d s: %s", ALARM_SECONDS, (const char *)what);
  return G_SOURCE_REMOVE;
}

guint
harness_alarm (const char *what)
{
  return g_timeout_add_seconds (ALARM_SECONDS, alarm_cb, (gpointer)what);
}

void
harness_rest (ScopeWindow *window)
{
  for (guint k = 0; k < 2; k++) {
    harness_run_for (120);
    g_assert_true (harness_settle (window, SETTLE_SECONDS));
  }
}

/* --- what is shown, and what the command line says ----------------------------------------------
 */

/* GTK tells the value of a property to who expects another one. */
char *
harness_spoken (GtkWidget *widget, GtkAccessibleProperty property)
{
  return gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget), property, "\001");
}

double
harness_number (const char *shown)
{
  static const char *const digits[]
      = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁻", "×10", "−", "\u202f" };
  static const char *const plain[]
      = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-", "e", "-", "" };
  g_autoptr (GString) text = g_string_new (shown);
  g_string_truncate (text, strcspn (text->str, " \n"));
  for (guint k = 0; k < G_N_ELEMENTS (digits); k++)
    g_string_replace (text, digits[k], plain[k], 0);
  return g_ascii_strtod (text->str, NULL);
}

char *
harness_cli (const char *cli, const char *command, ScopeSession *session, const char *name,
             const char *const *arguments, gsize *length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *out = g_build_filename (folder, name, NULL);
  char *bytes = NULL;
  int status;
  g_strv_builder_add_many (builder, cli, command,
                           scope_model_folder (scope_session_get_model (session)),
                           scope_session_get_text_path (session), "--out", out, NULL);
  g_strv_builder_addv (builder, (const char **)arguments);
  g_auto (GStrv) line = g_strv_builder_end (builder);
  g_assert_true (g_spawn_sync (NULL, line, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                               &status, &error));
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_assert_true (g_file_get_contents (out, &bytes, length, &error));
  return bytes;
}

float *
harness_cli_row (const char *cli, ScopeSession *session, gsize row)
{
  g_autofree char *layer = g_strdup_printf ("%" G_GSIZE_FORMAT, scope_session_get_layer (session));
  g_autofree char *channel
      = g_strdup_printf ("%" G_GSIZE_FORMAT, scope_session_get_channel (session));
  g_autofree char *rows = g_strdup_printf ("%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT, row, row + 1);
  const char *const arguments[] = { "--layer", layer, "--channel", channel, "--rows", rows, NULL };
  gsize length, size = scope_tokens_count (scope_session_get_tokens (session)) * sizeof (float);
  g_autofree char *bytes = harness_cli (cli, "attention", session, "row.npy", arguments, &length);
  g_assert_cmpuint (length, >, size);
  return g_memdup2 (bytes + length - size, size); /* behind the header */
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
watched_free (gpointer data)
{
  Watched *one = data;
  g_clear_weak_pointer (&one->widget);
  g_free (one);
}

static void
watch_tree (GtkWidget *widget, GPtrArray *watched)
{
  const char *type = G_OBJECT_TYPE_NAME (widget);
  if (g_str_equal (type, "GtkTooltipWindow"))
    return; /* the display's, where it was shown last */
  Watched *one = g_new0 (Watched, 1);
  one->type = type;
  g_set_weak_pointer (&one->widget, widget);
  g_ptr_array_add (watched, one);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    watch_tree (child, watched);
}

GPtrArray *
harness_watch (GtkWidget *widget)
{
  GPtrArray *watched = g_ptr_array_new_with_free_func (watched_free);
  watch_tree (widget, watched);
  return watched;
}

guint
harness_count_left (GPtrArray *watched, const char *prefix, gboolean tell)
{
  guint count = 0;
  for (guint k = 0; k < watched->len; k++) {
    const Watched *one = g_ptr_array_index (watched, k);
    if (one->widget == NULL || !g_str_has_prefix (one->type, prefix))
      continue;
    count++;
    if (tell)
      g_printerr ("still there: %s, held %u times\n", one->type, G_OBJECT (one->widget)->ref_count);
  }
  return count;
}

/* How many of our own widgets outlive their window: whoever holds the session is among them. */
guint
harness_count_held (ScopeWindow *window)
{
  gpointer gone = window, left = scope_window_get_session (window);
  g_autoptr (GPtrArray) watched = harness_watch (GTK_WIDGET (window));
  g_object_add_weak_pointer (gone, &gone);
  g_object_add_weak_pointer (left, &left);
  gtk_window_destroy (GTK_WINDOW (window));
  /* Whatever is on its way to them, an idle, a frame or a figure's check on its own thread, is
   * given its time. */
  for (guint k = 0;
       k < 300
       && (gone != NULL || left != NULL || harness_count_left (watched, "Scope", FALSE) > 0);
       k++)
    harness_run_for (100);
  /* First: who holds the rest is among them. */
  guint count = harness_count_left (watched, "Scope", TRUE);
  g_assert_null (gone);
  g_assert_null (left);
  return count;
}

void
harness_assert_gone (ScopeWindow *window)
{
  g_assert_cmpuint (harness_count_held (window), ==, 0);
}
