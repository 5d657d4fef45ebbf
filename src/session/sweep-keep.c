/* Where a sweep is kept: a state file for each, named after what it measures. */
#include <glib/gstdio.h>

#include "base/error.h"
#include "base/file.h"
#include "session/sweep-private.h"

/* Sweeps that are kept, the newest. */
#define KEPT 32

struct _ScopeSweepKeep {
  gatomicrefcount references;
  ScopeSweepState *state;
};

static ScopeSweepKeep *
keep_new (ScopeSweepState *state)
{
  ScopeSweepKeep *self = g_new0 (ScopeSweepKeep, 1);
  g_atomic_ref_count_init (&self->references);
  self->state = state;
  return self;
}

ScopeSweepKeep *
scope_sweep_keep_ref (ScopeSweepKeep *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_sweep_keep_unref (ScopeSweepKeep *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  scope_sweep_state_free (self->state);
  g_free (self);
}

const double *
scope_sweep_keep_get (ScopeSweepKeep *self, gsize job, gsize filter, gboolean *acted)
{
  return scope_sweep_state_get (self->state, job, filter, acted);
}

gboolean
scope_sweep_keep_put (ScopeSweepKeep *self, gsize job, gsize filter, const double *nll,
                      gboolean acted, GError **error)
{
  return scope_sweep_state_put (self->state, job, filter, nll, acted, error);
}

void
scope_sweep_result_clear (gpointer result)
{
  g_free (((ScopeSweepResult *)result)->nll);
}

void
scope_sweep_search_free (ScopeSweepSearch *self)
{
  scope_stage_unref (self->stage);
  scope_windows_unref (self->windows);
  g_clear_pointer (&self->known, g_array_unref);
  g_free (self->folder);
  g_free (self);
}

void
scope_sweep_find_free (ScopeSweepFind *self)
{
  g_clear_pointer (&self->keep, scope_sweep_keep_unref);
  g_free (self);
}

/* --- on the engine's thread ---------------------------------------------------------------------
 */

static char *
path_of (const char *folder, const char *identity)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, identity, -1);
  g_autofree char *name = g_strconcat (hash, ".jsonl", NULL);
  return g_build_filename (folder, name, NULL);
}

static gint64
age_of (const char *path)
{
  GStatBuf info;
  return g_stat (path, &info) == 0 ? (gint64)info.st_mtime : 0;
}

static int
compare_ages (gconstpointer a, gconstpointer b)
{
  gint64 left = age_of (*(char *const *)a), right = age_of (*(char *const *)b);
  return (left < right) - (left > right);
}

/* The oldest go, so that there is room for one more. */
static void
forget_old (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".jsonl"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_ages);
  for (guint k = KEPT - 1; k < paths->len; k++)
    g_unlink (g_ptr_array_index (paths, k));
}

/* How many results the file has, without touching it. */
static gsize
look_into (const ScopeSweepSearch *self, const char *path, const char *identity)
{
  gsize whole;
  g_autoptr (GBytes) bytes = scope_file_map (path, NULL);
  if (bytes == NULL)
    return 0;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autoptr (ScopeSweepState) state = scope_sweep_state_parse (
      data != NULL ? data : "", length, path, identity, self->windows, &whole, NULL);
  return state != NULL ? scope_sweep_state_count (state) : 0;
}

/* What is known beside the file goes in there, too. */
static gboolean
add_known (const ScopeSweepSearch *self, ScopeSweepState *state)
{
  for (guint k = 0; k < self->known->len; k++) {
    const ScopeSweepResult *result = &g_array_index (self->known, ScopeSweepResult, k);
    if (!scope_sweep_state_put (state, result->job, result->filter, result->nll, result->acted,
                                NULL))
      return FALSE;
  }
  return TRUE;
}

/* A file that is broken is begun anew: nobody but us writes there. */
static ScopeSweepState *
open_state (const ScopeSweepSearch *self, const char *path, const char *identity)
{
  g_autoptr (GError) error = NULL;
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    return NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    forget_old (self->folder);
  ScopeSweepState *state = scope_sweep_state_open (path, identity, self->windows, &error);
  if (state != NULL || error->domain == SCOPE_ERROR)
    return state;
  g_unlink (path);
  return scope_sweep_state_open (path, identity, self->windows, NULL);
}

gpointer
scope_sweep_search_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeSweepSearch *self = input;
  g_autofree char *identity
      = scope_sweep_identity (self->windows, self->stage->host->context, progress, error);
  if (identity == NULL)
    return NULL;
  g_autofree char *path = path_of (self->folder, identity);
  ScopeSweepFind *find = g_new0 (ScopeSweepFind, 1);
  if (self->known == NULL) {
    find->found = look_into (self, path, identity);
    return find;
  }
  g_autoptr (ScopeSweepState) state = open_state (self, path, identity);
  if (state == NULL)
    return find;
  find->found = scope_sweep_state_count (state);
  if (add_known (self, state))
    find->keep = keep_new (g_steal_pointer (&state));
  return find;
}
