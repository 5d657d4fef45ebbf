#include "ui/application.h"

#include <stdio.h>
#include <string.h>

#include "ui/screenshot.h"
#include "ui/window.h"

struct _ScopeApplication {
  AdwApplication parent;
  int status;
};

G_DEFINE_FINAL_TYPE (ScopeApplication, scope_application, ADW_TYPE_APPLICATION)

/* What a command line asks of the window it opens. */
typedef struct {
  char *model, *text;
  const char *view, *filter, *screenshot; /* borrowed from OPTIONS */
  int layer, channel, attention;          /* -1: the session's choice */
  int width, height;                      /* 0: remembered */
  gboolean dark;
  gboolean ready; /* layer and channel have been set */
} Launch;

static void
launch_free (Launch *self)
{
  g_free (self->model);
  g_free (self->text);
  g_free (self);
}

/* --- command line --------------------------------------------------------------------------------
 */

static const GOptionEntry options[] = {
  { "layer", 0, 0, G_OPTION_ARG_INT, NULL, "Select layer I", "I" },
  { "channel", 0, 0, G_OPTION_ARG_INT, NULL, "Select channel or head D", "D" },
  { "attention", 0, 0, G_OPTION_ARG_INT, NULL, "Select head H of the layer's shared attention",
    "H" },
  { "view", 0, 0, G_OPTION_ARG_STRING, NULL, "Show this view", "map|decay" },
  { "filter", 0, 0, G_OPTION_ARG_STRING, NULL, "Switch LongMamba", "on|off" },
  { "dark", 0, 0, G_OPTION_ARG_NONE, NULL, "Use the dark style", NULL },
  { "size", 0, 0, G_OPTION_ARG_STRING, NULL, "Size of the window", "WxH" },
  { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    "Write a picture of the window once it has come to rest, and quit", "FILE.png" },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, "Print the version and quit", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, "[MODEL [TEXT]]" },
  { NULL },
};

static gboolean
one_of (const char *option, const char *value, const char *first, const char *second)
{
  if (value == NULL || g_str_equal (value, first) || g_str_equal (value, second))
    return TRUE;
  g_printerr ("mambascope: --%s: expected %s or %s, found “%s”\n", option, first, second, value);
  return FALSE;
}

static gboolean
check_options (GVariantDict *dict)
{
  const char *view = NULL, *filter = NULL, *size = NULL;
  g_autofree const char **rest = NULL;
  int width, height;
  char end;
  g_variant_dict_lookup (dict, "view", "&s", &view);
  g_variant_dict_lookup (dict, "filter", "&s", &filter);
  if (!one_of ("view", view, "map", "decay") || !one_of ("filter", filter, "on", "off"))
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
  const char *size = NULL;
  self->layer = self->channel = self->attention = -1;
  g_variant_dict_lookup (dict, "layer", "i", &self->layer);
  g_variant_dict_lookup (dict, "channel", "i", &self->channel);
  g_variant_dict_lookup (dict, "attention", "i", &self->attention);
  g_variant_dict_lookup (dict, "view", "&s", &self->view);
  g_variant_dict_lookup (dict, "filter", "&s", &self->filter);
  g_variant_dict_lookup (dict, "screenshot", "^&ay", &self->screenshot);
  g_variant_dict_lookup (dict, "dark", "b", &self->dark);
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

/* Layer and channel can be chosen once the model is there. */
static void
model_opened_cb (ScopeSession *session, GParamSpec *pspec, Launch *launch)
{
  ScopeModel *model = scope_session_get_model (session);
  if (model == NULL || launch->ready)
    return;
  launch->ready = TRUE;
  const ScopeConfig *config = scope_model_config (model);
  if (launch->layer >= 0 && (gsize)launch->layer < config->n_layer)
    scope_session_set_layer (session, (gsize)launch->layer);
  if (launch->channel >= 0 && (gsize)launch->channel < config->channels)
    scope_session_set_channel (session, (gsize)launch->channel);
  if (launch->attention >= 0)
    scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, (gsize)launch->attention);
}

static void
scope_application_activate (GApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  if (window == NULL)
    window = GTK_WINDOW (scope_window_new (GTK_APPLICATION (application)));
  gtk_window_present (window);
}

static int
scope_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  ScopeApplication *self = SCOPE_APPLICATION (application);
  Launch *launch = read_launch (line);
  if (launch->screenshot != NULL)
    scope_screenshot_prepare (launch->dark);
  else if (launch->dark)
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                        ADW_COLOR_SCHEME_PREFER_DARK);
  ScopeWindow *window = SCOPE_WINDOW (scope_window_new (GTK_APPLICATION (application)));
  if (launch->width > 0)
    scope_window_set_transient_size (window, launch->width, launch->height);
  else if (launch->screenshot != NULL)
    scope_window_set_transient_size (window, 1280, 860);
  if (launch->view != NULL)
    scope_window_show_view (window, launch->view);
  gtk_window_present (GTK_WINDOW (window));
  gboolean filter_on = g_strcmp0 (launch->filter, "on") == 0;
  if (launch->screenshot != NULL)
    scope_screenshot_take (window, launch->screenshot, filter_on, &self->status);
  else
    scope_session_set_filter_on (scope_window_get_session (window), filter_on);
  ScopeSession *session = scope_window_get_session (window);
  g_signal_connect_data (session, "notify::model", G_CALLBACK (model_opened_cb), launch,
                         (GClosureNotify)(void (*) (void))launch_free, 0);
  if (launch->model != NULL)
    scope_window_open (window, launch->model, launch->text);
  return 0;
}

/* --- keys ----------------------------------------------------------------------------------------
 */

static void
quit_cb (GSimpleAction *action, GVariant *target, gpointer application)
{
  GList *window;
  while ((window = gtk_application_get_windows (GTK_APPLICATION (application))) != NULL)
    gtk_window_destroy (window->data);
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
    { "win.export", { "<Control>e" } },
    { "win.copy-command", { "<Control><Shift>c" } },
    { "win.zoom-fit", { "<Control>0", "<Control>KP_0" } },
    { "win.zoom-one", { "<Control>1", "<Control>KP_1" } },
    { "win.zoom-in", { "<Control>plus", "<Control>equal", "<Control>KP_Add" } },
    { "win.zoom-out", { "<Control>minus", "<Control>KP_Subtract" } },
    { "win.go-to", { "<Control>g" } },
    { "win.toggle-filter", { "<Control>l" } },
    { "win.toggle-sidebar", { "F9" } },
    { "win.show-view::map", { "<Alt>1" } },
    { "win.show-view::decay", { "<Alt>2" } },
    { "win.cancel", { "Escape" } },
  };
  for (guint k = 0; k < G_N_ELEMENTS (bindings); k++)
    gtk_application_set_accels_for_action (application, bindings[k].action, bindings[k].keys);
}

static void
scope_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = { { "quit", quit_cb } };
  G_APPLICATION_CLASS (scope_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  set_keys (GTK_APPLICATION (application));
  gtk_window_set_default_icon_name (SCOPE_APPLICATION_ID);
}

static void
scope_application_class_init (ScopeApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);
  application_class->startup = scope_application_startup;
  application_class->activate = scope_application_activate;
  application_class->command_line = scope_application_command_line;
  application_class->handle_local_options = scope_application_handle_local_options;
}

static void
scope_application_init (ScopeApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), "[MODEL [TEXT]]");
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
