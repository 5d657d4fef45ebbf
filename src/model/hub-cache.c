#include "model/hub-cache.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

#define MAX_REVISION 128 /* bytes of a refs file */
#define PREFIX       "models--"

static gboolean
has_config (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* "org/name" or "name", of the letters that ids are made of; no path. */
static gboolean
is_id (const char *model)
{
  guint slashes = 0;
  for (const char *at = model; *at != '\0'; at++) {
    slashes += *at == '/';
    if (!g_ascii_isalnum (*at) && strchr ("-_./", *at) == NULL)
      return FALSE;
  }
  return slashes <= 1 && g_ascii_isalnum (*model) && g_ascii_isalnum (model[strlen (model) - 1])
         && strstr (model, "..") == NULL && strstr (model, "--") == NULL
         && strstr (model, "./") == NULL && strstr (model, "/.") == NULL;
}

static void
add_cache (GPtrArray *caches, const char *base, const char *first, const char *second)
{
  if (base != NULL && *base != '\0')
    g_ptr_array_add (caches, g_build_filename (base, first, second, NULL));
}

static GPtrArray *
list_caches (void)
{
  g_autofree char *home = g_build_filename (g_get_home_dir (), ".cache", NULL);
  GPtrArray *caches = g_ptr_array_new_with_free_func (g_free);
  add_cache (caches, g_getenv ("HF_HUB_CACHE"), NULL, NULL);
  add_cache (caches, g_getenv ("HF_HOME"), "hub", NULL);
  add_cache (caches, g_getenv ("XDG_CACHE_HOME"), "huggingface", "hub");
  add_cache (caches, home, "huggingface", "hub");
  return caches;
}

/* The snapshot that refs/main names; NULL if it is not there. */
static char *
find_main (const char *repository)
{
  g_autofree char *path = g_build_filename (repository, "refs", "main", NULL);
  g_autofree char *revision = scope_file_read (path, MAX_REVISION, NULL, NULL);
  if (revision == NULL)
    return NULL;
  g_strstrip (revision);
  if (*revision == '\0' || *revision == '.' || strchr (revision, '/') != NULL)
    return NULL;
  g_autofree char *snapshot = g_build_filename (repository, "snapshots", revision, NULL);
  return has_config (snapshot) ? g_steal_pointer (&snapshot) : NULL;
}

static gint64
time_of (const char *path)
{
  GStatBuf info;
  return g_stat (path, &info) == 0 ? (gint64)info.st_mtime : G_MININT64;
}

/* By time, and by name where that is the same. */
static char *
find_newest (const char *repository)
{
  g_autofree char *folder = g_build_filename (repository, "snapshots", NULL);
  g_autoptr (GDir) listing = g_dir_open (folder, 0, NULL);
  g_autofree char *newest = NULL;
  const char *name;
  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (!has_config (path))
      continue;
    gint64 time = time_of (path), best = newest != NULL ? time_of (newest) : G_MININT64;
    if (newest == NULL || time > best || (time == best && strcmp (path, newest) > 0)) {
      g_free (newest);
      newest = g_steal_pointer (&path);
    }
  }
  return g_steal_pointer (&newest);
}

static char *
find_snapshot (const char *repository)
{
  char *snapshot = find_main (repository);
  return snapshot != NULL ? snapshot : find_newest (repository);
}

static char *
locate_id (const char *id, GError **error)
{
  g_autoptr (GPtrArray) caches = list_caches ();
  g_autoptr (GString) looked = g_string_new (NULL);
  g_auto (GStrv) parts = g_strsplit (id, "/", 2);
  g_autofree char *joined = g_strjoinv ("--", parts);
  g_autofree char *name = g_strconcat (PREFIX, joined, NULL);
  for (guint i = 0; i < caches->len; i++) {
    g_autofree char *repository = g_build_filename (caches->pdata[i], name, NULL);
    char *snapshot = find_snapshot (repository);
    if (snapshot != NULL)
      return snapshot;
    g_string_append_printf (looked, "%s%s", i > 0 ? ", " : "", (char *)caches->pdata[i]);
  }
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                   "%s: no such folder, and no model of that id in the Hugging Face cache (looked"
                   " in %s); to fetch it: hf download %s",
                   id, looked->str, id);
  return NULL;
}

/* A folder of the cache stands for its snapshot, any other for itself. */
static char *
locate_folder (const char *folder, GError **error)
{
  g_autofree char *full = g_canonicalize_filename (folder, NULL);
  g_autofree char *name = g_path_get_basename (full);
  if (!g_str_has_prefix (name, PREFIX) || has_config (folder))
    return g_strdup (folder);
  char *snapshot = find_snapshot (folder);
  if (snapshot == NULL)
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                     "%s: none of its snapshots has a config.json", folder);
  return snapshot;
}

char *
scope_hub_locate (const char *model, GError **error)
{
  if (g_file_test (model, G_FILE_TEST_IS_DIR))
    return locate_folder (model, error);
  if (g_file_test (model, G_FILE_TEST_EXISTS))
    return g_strdup (model);
  if (is_id (model))
    return locate_id (model, error);
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "%s: no such folder or file", model);
  return NULL;
}

char *
scope_hub_model_name (const char *folder)
{
  g_autofree char *full = g_canonicalize_filename (folder, NULL);
  g_autofree char *snapshots = g_path_get_dirname (full);
  g_autofree char *repository = g_path_get_dirname (snapshots);
  g_autofree char *inner = g_path_get_basename (snapshots);
  g_autofree char *outer = g_path_get_basename (repository);
  if (strcmp (inner, "snapshots") != 0 || !g_str_has_prefix (outer, PREFIX))
    return g_path_get_basename (full);
  const char *name = g_strrstr (outer, "--");
  return g_strdup (name + strlen ("--"));
}
