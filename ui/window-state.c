#include "ui/window-state.h"

#define GROUP "window"
#define LEAST 320
#define MOST  16384

static char *
state_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "mambascope", "window.ini", NULL);
}

static int
size_or (GKeyFile *file, const char *key, int fallback)
{
  int value = g_key_file_get_integer (file, GROUP, key, NULL);
  return value >= LEAST && value <= MOST ? value : fallback;
}

ScopeWindowState
scope_window_state_load (void)
{
  ScopeWindowState state = { 1280, 860, FALSE, TRUE, TRUE };
  g_autofree char *path = state_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return state;
  state.width = size_or (file, "width", state.width);
  state.height = size_or (file, "height", state.height);
  state.maximised = g_key_file_get_boolean (file, GROUP, "maximised", NULL);
  if (g_key_file_has_key (file, GROUP, "sidebar", NULL))
    state.sidebar = g_key_file_get_boolean (file, GROUP, "sidebar", NULL);
  if (g_key_file_has_key (file, GROUP, "inspector", NULL))
    state.inspector = g_key_file_get_boolean (file, GROUP, "inspector", NULL);
  return state;
}

void
scope_window_state_save (const ScopeWindowState *state)
{
  g_autofree char *path = state_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_key_file_set_integer (file, GROUP, "width", state->width);
  g_key_file_set_integer (file, GROUP, "height", state->height);
  g_key_file_set_boolean (file, GROUP, "maximised", state->maximised);
  g_key_file_set_boolean (file, GROUP, "sidebar", state->sidebar);
  g_key_file_set_boolean (file, GROUP, "inspector", state->inspector);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_key_file_save_to_file (file, path, NULL);
}
