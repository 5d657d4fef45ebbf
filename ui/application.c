#include "ui/application.h"

#include <stdio.h>
#include <string.h>

#include "analysis/filter.h"
#include "ui/preferences.h"
#include "ui/screenshot.h"
#include "ui/window.h"

struct _ScopeApplication {
  AdwApplication parent;
  int status;
};

G_DEFINE_FINAL_TYPE (ScopeApplication, scope_application, ADW_TYPE_APPLICATION)

/* What a command line asks of the window it opens. */
typedef struct {
  char *model, *text, *filter;
  const char *view, *screenshot; /* borrowed from the command line: gone once it has been read */
  int layer, channel, attention; /* -1: the session's choice */
  int width, height;             /* 0: remembered */
  ScopeScene scene;
  gboolean dark, large_text, restore;
  gboolean ready; /* layer and channel have been set */
} Launch;

static void
launch_free (Launch *self)
{
  g_free (self->model);
  g_free (self->text);
  g_free (self->filter);
  g_free (self);
}

/* --- command line --------------------------------------------------------------------------------
 */

static const GOptionEntry options[] = {
  /* Texts: GApplication drops numbers that are 0. */
  { "layer", 0, 0, G_OPTION_ARG_STRING, NULL, "Select layer I", "I" },
  { "channel", 0, 0, G_OPTION_ARG_STRING, NULL, "Select channel or head D", "D" },
  { "attention", 0, 0, G_OPTION_ARG_STRING, NULL, "Select head H of the layer's shared attention",
    "H" },
  { "view", 0, 0, G_OPTION_ARG_STRING, NULL, "Show this view", "NAME" },
  { "filter", 0, 0, G_OPTION_ARG_STRING, NULL, "Switch the filter; a SPEC switches that one on",
    "on|off|SPEC" },
  { "dark", 0, 0, G_OPTION_ARG_NONE, NULL, "Use the dark style", NULL },
  { "size", 0, 0, G_OPTION_ARG_STRING, NULL, "Size of the window", "WxH" },
  { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    "Write a picture of the window once it has come to rest, and quit", "FILE.png" },
  { "large-text", 0, 0, G_OPTION_ARG_NONE, NULL, "Picture it with text of twice the size", NULL },
  { "scene", 0, 0, G_OPTION_ARG_STRING, NULL,
    "Picture this: about, busy, composer, error, export, preferences, shortcuts, survey or sweep", "NAME" },
  { "restore", 0, 0, G_OPTION_ARG_NONE, NULL, "Begin with what was open last", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, "Print the version and quit", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL,
    "[MODEL [TEXT] | SESSION | FIGURE]" },
  { NULL },
};

static gboolean
is_switch (const char *filter)
{
  return g_str_equal (filter, "on") || g_str_equal (filter, "off");
}

static gboolean
check_filter (const char *filter)
{
  g_autoptr (GError) error = NULL;
  if (filter == NULL || is_switch (filter))
    return TRUE;
  g_autoptr (ScopeFilter) parsed = scope_filter_parse (filter, &error);
  if (parsed == NULL)
    g_printerr ("mambascope: --filter: expected on, off or a filter: %s\n", error->message);
  return parsed != NULL;
}

/* *OUT stays as it is where NAME is not given. FALSE: it is no index. */
static gboolean
read_index (GVariantDict *dict, const char *name, int *out)
{
  const char *text = NULL;
  guint64 value;
  if (!g_variant_dict_lookup (dict, name, "&s", &text))
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, &value, NULL)) {
    g_printerr ("mambascope: --%s: expected a whole number from 0, found “%s”\n", name, text);
    return FALSE;
  }
  *out = (int)value;
  return TRUE;
}

static gboolean
check_scene (GVariantDict *dict)
{
  const char *name = NULL;
  ScopeScene scene;
  g_variant_dict_lookup (dict, "scene", "&s", &name);
  if (name == NULL || scope_scene_parse (name, &scene))
    return TRUE;
  g_autofree char *names = scope_scene_names ();
  g_printerr ("mambascope: --scene: expected one of %s, found “%s”\n", names, name);
  return FALSE;
}

static gboolean
check_options (GVariantDict *dict)
{
  const char *filter = NULL, *size = NULL;
  g_autofree const char **rest = NULL;
  int width, height, index;
  char end;
  g_variant_dict_lookup (dict, "filter", "&s", &filter);
  if (!check_filter (filter) || !check_scene (dict) || !read_index (dict, "layer", &index)
      || !read_index (dict, "channel", &index) || !read_index (dict, "attention", &index))
    return FALSE;
  if (g_variant_dict_lookup (dict, "size", "&s", &size)
      && (sscanf (size, "%dx%d%c", &width, &height, &end) != 2 || width < 200 || height < 200
          || width > 8192 || height > 8192)) {
    g_printerr ("mambascope: --size: expected WxH from 200x200 to 8192x8192, found “%s”\n", size);
    return FALSE;
  }
  if (g_variant_dict_lookup (dict, G_OPTION_REMAINING, "^a&ay", &rest)
      && g_strv_length ((char **)rest) > 2) {
    g_printerr ("mambascope: expected MODEL and TEXT, found “%s” after them\n", rest[2]);
    return FALSE;
  }
  return TRUE;
}

static int
scope_application_handle_local_options (GApplication *application, GVariantDict *dict)
{
  if (g_variant_dict_contains (dict, "version")) {
    g_print ("mambascope %s\n", SCOPE_VERSION);
    return 0;
  }
  if (!check_options (dict))
    return 2;
  /* A picture is this process's own business. */
  if (g_variant_dict_contains (dict, "screenshot"))
    g_application_set_flags (application,
                             g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
  return -1;
}

static char *
argument_path (GApplicationCommandLine *line, const char *argument)
{
  g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (line, argument);
  return g_file_get_path (file);
}

/* "@FILE" is a list of token ids: the path begins behind the sign. */
static char *
argument_text (GApplicationCommandLine *line, const char *argument)
{
  g_autofree char *path = argument_path (line, argument);
  if (argument[0] != '@' || (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS)))
    return g_steal_pointer (&path);
  g_autofree char *ids = argument_path (line, argument + 1);
  return g_strconcat ("@", ids, NULL);
}

/* A path from the folder where the program was called; what is none may be the id of a model. */
static char *
argument_model (GApplicationCommandLine *line, const char *argument)
{
  g_autofree char *path = argument_path (line, argument);
  if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  return g_strdup (argument);
}

static Launch *
read_launch (GApplicationCommandLine *line)
{
  GVariantDict *dict = g_application_command_line_get_options_dict (line);
  Launch *self = g_new0 (Launch, 1);
  g_autofree const char **rest = NULL;
  const char *size = NULL, *scene = NULL;
  self->layer = self->channel = self->attention = -1;
  read_index (dict, "layer", &self->layer);
  read_index (dict, "channel", &self->channel);
  read_index (dict, "attention", &self->attention);
  g_variant_dict_lookup (dict, "view", "&s", &self->view);
  g_variant_dict_lookup (dict, "filter", "s", &self->filter);
  g_variant_dict_lookup (dict, "screenshot", "^&ay", &self->screenshot);
  g_variant_dict_lookup (dict, "dark", "b", &self->dark);
  g_variant_dict_lookup (dict, "large-text", "b", &self->large_text);
  if (g_variant_dict_lookup (dict, "scene", "&s", &scene))
    scope_scene_parse (scene, &self->scene); /* it was checked */
  g_variant_dict_lookup (dict, "restore", "b", &self->restore);
  if (g_variant_dict_lookup (dict, "size", "&s", &size))
    sscanf (size, "%dx%d", &self->width, &self->height);
  if (g_variant_dict_lookup (dict, G_OPTION_REMAINING, "^a&ay", &rest)) {
    guint count = g_strv_length ((char **)rest);
    self->model = count > 0 ? argument_model (line, rest[0]) : NULL;
    self->text = count > 1 ? argument_text (line, rest[1]) : NULL;
  }
  return self;
}

/* --- windows -------------------------------------------------------------------------------------
 */

/* "off" leaves the method alone. */
static void
launch_filter (const Launch *launch, ScopeSession *session)
{
  if (launch->filter != NULL && !is_switch (launch->filter))
    scope_session_set_filter (session, launch->filter, NULL); /* it was checked */
}

/* Layer and channel can be chosen once the model is there. */
static void
model_opened_cb (ScopeSession *session, GParamSpec *pspec, Launch *launch)
{
  ScopeModel *model = scope_session_get_model (session);
  if (model == NULL || launch->ready)
    return;
  launch->ready = TRUE;
  const ScopeConfig *config = scope_model_config (model);
  launch_filter (launch, session);
  if (launch->layer >= 0 && (gsize)launch->layer < config->n_layer)
    scope_session_set_layer (session, (gsize)launch->layer);
  if (launch->channel >= 0 && (gsize)launch->channel < config->channels)
    scope_session_set_channel (session, (gsize)launch->channel);
  if (launch->attention >= 0)
    scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, (gsize)launch->attention);
}

static gboolean
launch_filter_on (const Launch *launch)
{
  return launch->filter != NULL && !g_str_equal (launch->filter, "off");
}

/* What the command line names; else, in the first window, what was open last. */
static void
launch_open (const Launch *launch, ScopeWindow *window, gboolean first)
{
  gboolean remembered = scope_preferences_get ()->restore && launch->screenshot == NULL && first;
  if (launch->model != NULL && launch->text == NULL && scope_window_is_document (launch->model))
    scope_window_open_any (window, launch->model);
  else if (launch->model != NULL)
    scope_window_open (window, launch->model, launch->text);
  else if (launch->restore || remembered)
    scope_window_restore_last (window);
}

static void
launch_show (const Launch *launch, ScopeWindow *window)
{
  if (launch->width > 0)
    scope_window_set_transient_size (window, launch->width, launch->height);
  else if (launch->screenshot != NULL)
    scope_window_set_transient_size (window, 1280, 860);
  gtk_window_present (GTK_WINDOW (window));
}

static void
scope_application_activate (GApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  if (window == NULL)
    window = GTK_WINDOW (scope_window_new (GTK_APPLICATION (application)));
  gtk_window_present (window);
}

/* FALSE, and the window is gone, if there is no such view. */
static gboolean
launch_view (const Launch *launch, GApplicationCommandLine *line, ScopeWindow *window)
{
  if (launch->view == NULL || scope_window_show_view (window, launch->view))
    return TRUE;
  g_autofree char *names = scope_window_view_names (window);
  g_application_command_line_printerr (line, "mambascope: --view: expected one of %s, found “%s”\n",
                                       names, launch->view);
  gtk_window_destroy (GTK_WINDOW (window));
  return FALSE;
}

static void
launch_style (const Launch *launch)
{
  if (launch->screenshot != NULL)
    scope_screenshot_prepare (launch->dark, launch->large_text);
  else if (launch->dark)
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                        ADW_COLOR_SCHEME_PREFER_DARK);
}

static int
scope_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  ScopeApplication *self = SCOPE_APPLICATION (application);
  gboolean first = gtk_application_get_windows (GTK_APPLICATION (application)) == NULL;
  Launch *launch = read_launch (line);
  launch_style (launch);
  ScopeWindow *window = SCOPE_WINDOW (scope_window_new (GTK_APPLICATION (application)));
  if (!launch_view (launch, line, window)) {
    launch_free (launch);
    return 2;
  }
  launch_show (launch, window);
  ScopeSession *session = scope_window_get_session (window);
  if (launch->screenshot != NULL)
    scope_screenshot_take (window, launch->screenshot, launch_filter_on (launch), launch->scene,
                           &self->status);
  else
    scope_session_set_filter_on (session, launch_filter_on (launch));
  g_signal_connect_data (session, "notify::model", G_CALLBACK (model_opened_cb), launch,
                         (GClosureNotify)(void (*) (void))launch_free, 0);
  launch_open (launch, window, first);
  return 0;
}

/* --- keys ----------------------------------------------------------------------------------------
 */

/* Closing, not destroying: each window remembers what it has to. */
static void
quit_cb (GSimpleAction *action, GVariant *target, gpointer application)
{
  g_autoptr (GList) windows
      = g_list_copy (gtk_application_get_windows (GTK_APPLICATION (application)));
  for (GList *item = windows; item != NULL; item = item->next)
    gtk_window_close (item->data);
}

static void
new_window_cb (GSimpleAction *action, GVariant *target, gpointer application)
{
  gtk_window_present (GTK_WINDOW (scope_window_new (GTK_APPLICATION (application))));
}

static void
set_keys (GtkApplication *application)
{
  static const struct {
    const char *action;
    const char *keys[4];
  } bindings[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.open-model", { "<Control>o" } },
    { "win.open-text", { "<Control>t" } },
    { "win.open-session", { "<Control><Shift>o" } },
    { "win.save-session", { "<Control>s" } },
    { "win.save-session-as", { "<Control><Shift>s" } },
    { "app.new-window", { "<Control>n" } },
    { "win.preferences", { "<Control>comma" } },
    { "win.undo", { "<Control>z" } },
    { "win.redo", { "<Control><Shift>z", "<Control>y" } },
    { "win.export", { "<Control>e" } },
    { "win.copy-figure", { "<Control><Shift>f" } },
    { "win.compose-add", { "<Control><Shift>a" } },
    { "win.composer", { "<Control><Shift>e" } },
    { "win.copy-command", { "<Control><Shift>c" } },
    { "win.zoom-fit", { "<Control>0", "<Control>KP_0" } },
    { "win.zoom-one", { "<Control>1", "<Control>KP_1" } },
    { "win.zoom-in", { "<Control>plus", "<Control>equal", "<Control>KP_Add" } },
    { "win.zoom-out", { "<Control>minus", "<Control>KP_Subtract" } },
    { "win.go-to", { "<Control>g" } },
    { "win.find", { "<Control>f" } },
    { "win.toggle-filter", { "<Control>l" } },
    { "win.toggle-sidebar", { "F9" } },
    { "win.toggle-inspector", { "F8" } },
    { "win.show-tab(1)", { "<Alt>1" } },
    { "win.show-tab(2)", { "<Alt>2" } },
    { "win.show-tab(3)", { "<Alt>3" } },
    { "win.show-tab(4)", { "<Alt>4" } },
    { "win.show-tab(5)", { "<Alt>5" } },
    { "win.show-tab(6)", { "<Alt>6" } },
    { "win.show-tab(7)", { "<Alt>7" } },
    { "win.cancel", { "Escape" } },
  };
  for (guint k = 0; k < G_N_ELEMENTS (bindings); k++)
    gtk_application_set_accels_for_action (application, bindings[k].action, bindings[k].keys);
}

static void
scope_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = { { "quit", quit_cb }, { "new-window", new_window_cb } };
  G_APPLICATION_CLASS (scope_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  set_keys (GTK_APPLICATION (application));
  scope_preferences_apply ();
  gtk_window_set_default_icon_name (SCOPE_APPLICATION_ID);
}

/* Where the desktop's language has no word for a key, GTK shows its identifier: "Page_Down". */
static void
name_keys (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_has_css_class (widget, "keycap")) {
    g_autofree char *name = g_strdup (gtk_label_get_text (GTK_LABEL (widget)));
    gtk_label_set_text (GTK_LABEL (widget), g_strdelimit (name, "_", ' '));
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_keys (child);
}

static void
scope_application_window_added (GtkApplication *application, GtkWindow *window)
{
  GTK_APPLICATION_CLASS (scope_application_parent_class)->window_added (application, window);
  GtkShortcutsWindow *help
      = GTK_IS_APPLICATION_WINDOW (window)
            ? gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window))
            : NULL;
  if (help != NULL)
    name_keys (GTK_WIDGET (help));
}

static void
scope_application_class_init (ScopeApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);
  GTK_APPLICATION_CLASS (klass)->window_added = scope_application_window_added;
  application_class->startup = scope_application_startup;
  application_class->activate = scope_application_activate;
  application_class->command_line = scope_application_command_line;
  application_class->handle_local_options = scope_application_handle_local_options;
}

static void
scope_application_init (ScopeApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self),
                                                     "[MODEL [TEXT] | SESSION | FIGURE]");
}

ScopeApplication *
scope_application_new (void)
{
  return g_object_new (SCOPE_TYPE_APPLICATION, "application-id", SCOPE_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE, "resource-base-path",
                       "/org/mambascope/Mambascope", NULL);
}

int
scope_application_get_status (ScopeApplication *self)
{
  g_return_val_if_fail (SCOPE_IS_APPLICATION (self), 1);
  return self->status;
}
