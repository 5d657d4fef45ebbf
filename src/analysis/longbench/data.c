#include "analysis/longbench/data.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"

/* Bytes of lines between two looks at the progress: about 10 ms. */
#define CHECK_BYTES ((gsize)1 << 20)

typedef struct {
  char *path, *hint;
  GBytes *bytes;
} File;

typedef struct {
  guint file;
  ScopeLongbenchLine line;
} Place;

struct _ScopeLongbenchData {
  char **sets; /* NULL: all */
  gsize limit;
  GPtrArray *files;  /* File */
  GArray *places;    /* Place */
  GHashTable *known; /* "hotpotqa_e\nID" */
  gsize taken[2][SCOPE_LONGBENCH_DATASETS];
};

static void
file_free (gpointer data)
{
  File *file = data;
  g_free (file->path);
  g_free (file->hint);
  g_bytes_unref (file->bytes);
  g_free (file);
}

ScopeLongbenchData *
scope_longbench_data_new (const char *const *sets, gsize limit)
{
  ScopeLongbenchData *self = g_new0 (ScopeLongbenchData, 1);
  self->sets = g_strdupv ((char **)sets);
  self->limit = limit;
  self->files = g_ptr_array_new_with_free_func (file_free);
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
scope_longbench_data_free (ScopeLongbenchData *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->sets);
  g_ptr_array_unref (self->files);
  g_array_unref (self->places);
  g_hash_table_unref (self->known);
  g_free (self);
}

static gboolean
is_wanted (const ScopeLongbenchData *self, const char *set)
{
  return self->sets == NULL || g_strv_contains ((const char *const *)self->sets, set);
}

static gboolean
parse (const File *file, const ScopeLongbenchLine *line, ScopeLongbenchEntry *out, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s line %" G_GSIZE_FORMAT, file->path, line->number);
  return scope_longbench_entry_parse (line->text, line->length, name, file->hint, out, error);
}

static gboolean
take_line (ScopeLongbenchData *self, const ScopeLongbenchLine *line, GError **error)
{
  guint last = self->files->len - 1;
  const File *file = g_ptr_array_index (self->files, last);
  g_auto (ScopeLongbenchEntry) entry = { 0 };
  if (!parse (file, line, &entry, error))
    return FALSE;
  const ScopeLongbenchCase *known = &entry.known;
  g_autofree char *set = scope_longbench_set_name (known->dataset, known->extended);
  if (!g_hash_table_add (self->known, g_strconcat (set, "\n", known->id, NULL))) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s line %" G_GSIZE_FORMAT ": $._id: %s's \"%s\" is there twice", file->path,
                     line->number, set, known->id);
    return FALSE;
  }
  gsize *taken = &self->taken[known->extended][scope_longbench_dataset_index (known->dataset)];
  if (!is_wanted (self, set) || *taken >= self->limit)
    return TRUE;
  Place place = { last, *line };
  g_array_append_val (self->places, place);
  ++*taken;
  return TRUE;
}

static gboolean
add_file (ScopeLongbenchData *self, const char *path, ScopeProgress *progress, GError **error)
{
  GBytes *bytes = scope_file_map (path, error);
  if (bytes == NULL)
    return FALSE;
  File *file = g_new0 (File, 1);
  file->path = g_strdup (path);
  file->hint = scope_longbench_hint (path);
  file->bytes = bytes;
  g_ptr_array_add (self->files, file);

  gsize length, looked = 0;
  const char *data = g_bytes_get_data (bytes, &length);
  ScopeLongbenchLine line = { 0 };
  for (gsize at = 0; scope_longbench_next_line (data, length, &at, &line);) {
    if (!take_line (self, &line, error))
      return FALSE;
    if (at - looked < CHECK_BYTES)
      continue;
    looked = at;
    if (!scope_progress_check (progress, (double)at / (double)length, "reading the data", error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_folder (ScopeLongbenchData *self, const char *path, ScopeProgress *progress, GError **error)
{
  guint before = self->files->len;
  for (gsize s = 0; s < (gsize)2 * SCOPE_LONGBENCH_DATASETS; s++) {
    gboolean extended = s >= SCOPE_LONGBENCH_DATASETS;
    const ScopeLongbenchDataset *dataset = scope_longbench_dataset (s % SCOPE_LONGBENCH_DATASETS);
    g_autofree char *set = scope_longbench_set_name (dataset, extended);
    g_autofree char *name = g_strconcat (set, ".jsonl", NULL);
    g_autofree char *file = g_build_filename (path, name, NULL);
    if ((extended && !dataset->extended) || !is_wanted (self, set)
        || !g_file_test (file, G_FILE_TEST_EXISTS))
      continue;
    if (!add_file (self, file, progress, error))
      return FALSE;
  }
  if (self->files->len > before)
    return TRUE;
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                   "%s: holds no file of %s, such as hotpotqa.jsonl or hotpotqa_e.jsonl", path,
                   self->sets != NULL ? "these datasets" : "LongBench");
  return FALSE;
}

gboolean
scope_longbench_data_add (ScopeLongbenchData *self, const char *path, ScopeProgress *progress,
                          GError **error)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR) ? add_folder (self, path, progress, error)
                                                : add_file (self, path, progress, error);
}

static const Place *
place_at (const ScopeLongbenchData *self, gsize index)
{
  return &g_array_index (self->places, Place, index);
}

gsize
scope_longbench_data_count (const ScopeLongbenchData *self)
{
  return self->places->len;
}

gsize
scope_longbench_data_bytes (const ScopeLongbenchData *self, gsize index)
{
  return place_at (self, index)->line.length;
}

gboolean
scope_longbench_data_read (const ScopeLongbenchData *self, gsize index, ScopeLongbenchEntry *out,
                           GError **error)
{
  const Place *place = place_at (self, index);
  return parse (g_ptr_array_index (self->files, place->file), &place->line, out, error);
}

gboolean
scope_longbench_data_has (const ScopeLongbenchData *self, const ScopeLongbenchDataset *dataset)
{
  gsize d = scope_longbench_dataset_index (dataset);
  return self->taken[FALSE][d] + self->taken[TRUE][d] > 0;
}
