#include "ui/preferences.h"

#include <adwaita.h>
#include <string.h>

#include "base/file.h"
#include "base/parallel.h"
#include "session/place.h"
#include "session/stage.h"

#define GROUP "preferences"

static const char *const schemes[] = { "system", "light", "dark", NULL };

/* --- the file ------------------------------------------------------------------------------------
 */

static char *
file_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "mambascope", "preferences.ini", NULL);
}

static void
set_defaults (ScopePreferences *self)
{
  *self = (ScopePreferences){ .place = g_strdup ("auto"),
                              .memory = (int)(SCOPE_STAGE_DEFAULT_BUDGET / SCOPE_MEMORY_UNIT),
                              .palette = SCOPE_PALETTE_VIRIDIS,
                              .norm = SCOPE_NORM_LOG,
                              .epsilon = SCOPE_DEFAULT_EPSILON };
}

static void
read_int (GKeyFile *file, const char *key, int low, int high, int *out)
{
  g_autoptr (GError) error = NULL;
  int value = g_key_file_get_integer (file, GROUP, key, &error);
  if (error == NULL && value >= low && value <= high)
    *out = value;
}

static void
read_names (GKeyFile *file, ScopePreferences *self)
{
  g_autofree char *place = g_key_file_get_string (file, GROUP, "backend", NULL);
  g_autofree char *palette = g_key_file_get_string (file, GROUP, "palette", NULL);
  g_autofree char *norm = g_key_file_get_string (file, GROUP, "norm", NULL);
  g_autofree char *scheme = g_key_file_get_string (file, GROUP, "colours", NULL);
  ScopePlace parsed;
  if (place != NULL && scope_place_parse (place, &parsed, NULL)) {
    g_free (self->place);
    self->place = scope_place_print (&parsed);
  }
  if (palette != NULL)
    scope_palette_parse (palette, &self->palette);
  if (norm != NULL)
    scope_norm_parse (norm, &self->norm);
  for (guint k = 0; scheme != NULL && schemes[k] != NULL; k++)
    if (g_str_equal (scheme, schemes[k]))
      self->scheme = (ScopeScheme)k;
}

static void
load (ScopePreferences *self)
{
  g_autofree char *path = file_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  set_defaults (self);
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return;
  read_names (file, self);
  read_int (file, "threads", 0, SCOPE_THREADS_MOST, &self->threads);
  read_int (file, "memory", SCOPE_MEMORY_LEAST, SCOPE_MEMORY_MOST, &self->memory);
  double epsilon = g_key_file_get_double (file, GROUP, "epsilon", NULL);
  if (epsilon > 0.0 && epsilon <= 1.0)
    self->epsilon = epsilon;
  self->restore = g_key_file_get_boolean (file, GROUP, "restore", NULL);
}

ScopePreferences *
scope_preferences_get (void)
{
  static ScopePreferences preferences;
  if (preferences.place == NULL)
    load (&preferences);
  return &preferences;
}

void
scope_preferences_save (void)
{
  const ScopePreferences *self = scope_preferences_get ();
  g_autofree char *path = file_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_key_file_set_string (file, GROUP, "backend", self->place);
  g_key_file_set_integer (file, GROUP, "threads", self->threads);
  g_key_file_set_integer (file, GROUP, "memory", self->memory);
  g_key_file_set_string (file, GROUP, "palette", scope_palette_name (self->palette));
  g_key_file_set_string (file, GROUP, "norm", scope_norm_name (self->norm));
  g_key_file_set_double (file, GROUP, "epsilon", self->epsilon);
  g_key_file_set_boolean (file, GROUP, "restore", self->restore);
  g_key_file_set_string (file, GROUP, "colours", schemes[self->scheme]);
  gsize length;
  g_autofree char *data = g_key_file_to_data (file, &length, NULL);
  if (g_mkdir_with_parents (folder, 0700) == 0 && !scope_file_write (path, data, length, &error))
    g_debug ("%s", error->message);
}

/* --- what it is for ------------------------------------------------------------------------------
 */

void
scope_preferences_apply_again (void)
{
  static const AdwColorScheme colours[]
      = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT, ADW_COLOR_SCHEME_FORCE_DARK };
  const ScopePreferences *self = scope_preferences_get ();
  scope_stage_set_budget ((guint64)self->memory * SCOPE_MEMORY_UNIT);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), colours[self->scheme]);
}

void
scope_preferences_apply (void)
{
  scope_parallel_set_threads ((guint)scope_preferences_get ()->threads);
  scope_preferences_apply_again ();
}

void
scope_preferences_apply_to (ScopeSession *session)
{
  const ScopePreferences *self = scope_preferences_get ();
  scope_session_set_place (session, self->place, NULL); /* it was parsed when it was read */
  scope_session_set_palette (session, self->palette);
  scope_session_set_norm (session, self->norm);
  scope_session_set_epsilon (session, self->epsilon);
  scope_history_forget (scope_session_get_history (session));
}
