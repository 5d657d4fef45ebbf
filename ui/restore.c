#include "ui/restore.h"

#include <string.h>

#include "export/living.h"
#include "export/recipe.h"

typedef struct {
  ScopeSession *session; /* borrowed: the closures are its own */
  ScopeRecipe *recipe;
  gulong opened, failed;
} Restore;

static void
restore_free (gpointer data)
{
  Restore *restore = data;
  scope_recipe_free (restore->recipe);
  g_free (restore);
}

static gboolean
select_cb (gpointer data)
{
  Restore *restore = data;
  ScopeSession *session = restore->session;
  ScopeRecipeView view;
  if (scope_session_get_model (session) == NULL || scope_session_get_tokens (session) == NULL
      || !scope_recipe_view (restore->recipe, &view))
    return G_SOURCE_REMOVE;
  const ScopeConfig *config = scope_model_config (scope_session_get_model (session));
  scope_session_set_filter_on (session, strcmp (view.filter, "off") != 0);
  if (view.layer >= 0 && (gsize)view.layer < config->n_layer)
    scope_session_set_layer (session, (gsize)view.layer);
  gsize maps = scope_matrix_channels (config, scope_session_get_layer (session), view.matrix);
  if (view.channel >= 0 && (gsize)view.channel < maps)
    scope_session_set_map (session, view.matrix, (gsize)view.channel);
  else
    scope_session_set_kind (session, view.matrix);
  return G_SOURCE_REMOVE;
}

static void
release_cb (gpointer data)
{
  Restore *restore = data;
  g_object_unref (restore->session);
  restore_free (restore);
}

static void
disconnect (Restore *restore)
{
  g_signal_handler_disconnect (restore->session, restore->failed);
  g_signal_handler_disconnect (restore->session, restore->opened);
}

/* Selecting waits until everybody has heard of the new text. */
static void
opened_cb (ScopeSession *session, GParamSpec *property, Restore *restore)
{
  Restore *later = g_new0 (Restore, 1);
  later->session = g_object_ref (session);
  later->recipe = g_steal_pointer (&restore->recipe);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, select_cb, later, release_cb);
  disconnect (restore);
}

static void
failed_cb (ScopeSession *session, const char *message, Restore *restore)
{
  disconnect (restore);
}

static void
closure_free (gpointer data, GClosure *closure)
{
  restore_free (data);
}

/* A path that is not found from here may be found from the figure. */
static char *
find_near (const char *path, const char *figure)
{
  gboolean ids = path[0] == '@';
  g_autofree char *folder = g_path_get_dirname (figure);
  g_autofree char *near = g_build_filename (folder, path + ids, NULL);
  gboolean here = g_file_test (path + ids, G_FILE_TEST_EXISTS);
  if (here || !g_file_test (near, G_FILE_TEST_EXISTS))
    return g_strdup (path);
  return g_strconcat (ids ? "@" : "", near, NULL);
}

gboolean
scope_window_restore (ScopeWindow *self, const char *path, GError **error)
{
  g_autoptr (GHashTable) said = scope_living_read (path, error);
  const char *json = said != NULL ? g_hash_table_lookup (said, "recipe") : NULL;
  g_autoptr (ScopeRecipe) recipe
      = json != NULL ? scope_recipe_parse (json, strlen (json), path, error) : NULL;
  ScopeRecipeView view;
  if (recipe == NULL)
    return FALSE;
  if (!scope_recipe_view (recipe, &view)) {
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_LIVING,
                 "%s: its recipe names no model and text to open", path);
    return FALSE;
  }
  g_autofree char *model = find_near (view.model, path);
  g_autofree char *text = find_near (view.text, path);
  Restore *restore = g_new0 (Restore, 1);
  restore->session = scope_window_get_session (self);
  restore->recipe = g_steal_pointer (&recipe);
  restore->failed = g_signal_connect (restore->session, "failed", G_CALLBACK (failed_cb), restore);
  restore->opened = g_signal_connect_data (restore->session, "notify::text", G_CALLBACK (opened_cb),
                                           restore, closure_free, 0);
  scope_window_open (self, model, text);
  return TRUE;
}
