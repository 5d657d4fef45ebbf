#include "analysis/longbench/predictions.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#define VERSION  1
#define MAX_FILE ((gsize)4 << 30)

struct _ScopeLongbenchPredictions {
  GPtrArray *all;    /* ScopeLongbenchPrediction, in their order */
  GHashTable *known; /* key to ScopeLongbenchPrediction, of those with an id */
  char *path;        /* NULL: in memory alone */
  int file;
};

static void
free_prediction (gpointer data)
{
  scope_longbench_prediction_clear (data);
  g_free (data);
}

ScopeLongbenchPredictions *
scope_longbench_predictions_new (void)
{
  ScopeLongbenchPredictions *self = g_new0 (ScopeLongbenchPredictions, 1);
  self->all = g_ptr_array_new_with_free_func (free_prediction);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->file = -1;
  return self;
}

void
scope_longbench_predictions_free (ScopeLongbenchPredictions *self)
{
  if (self == NULL)
    return;
  if (self->file >= 0)
    close (self->file);
  g_hash_table_unref (self->known);
  g_ptr_array_unref (self->all);
  g_free (self->path);
  g_free (self);
}

gsize
scope_longbench_predictions_count (const ScopeLongbenchPredictions *self)
{
  return self->all->len;
}

const ScopeLongbenchPrediction *
scope_longbench_predictions_nth (const ScopeLongbenchPredictions *self, gsize index)
{
  return g_ptr_array_index (self->all, index);
}

/* With the SPEC's length, for it may hold anything. */
static char *
key_of (const ScopeLongbenchCase *known, const char *filter)
{
  return g_strdup_printf ("%s%s %" G_GSIZE_FORMAT " %s %s", known->dataset->name,
                          known->extended ? "_e" : "", strlen (filter), filter, known->id);
}

const ScopeLongbenchPrediction *
scope_longbench_predictions_find (const ScopeLongbenchPredictions *self,
                                  const ScopeLongbenchCase *known, const char *filter)
{
  g_autofree char *key = key_of (known, filter);
  return g_hash_table_lookup (self->known, key);
}

/* Takes what PREDICTION holds. */
static void
keep (ScopeLongbenchPredictions *self, ScopeLongbenchPrediction *prediction)
{
  ScopeLongbenchPrediction *kept = g_memdup2 (prediction, sizeof *prediction);
  memset (prediction, 0, sizeof *prediction);
  g_ptr_array_add (self->all, kept);
  if (kept->known.id != NULL)
    g_hash_table_insert (self->known, key_of (&kept->known, kept->filter), kept);
}

/* -- reading -- */

static gboolean
read_prediction (ScopeLongbenchPredictions *self, JsonObject *object, const char *name,
                 const char *hint, GError **error)
{
  g_auto (ScopeLongbenchPrediction) prediction = { 0 };
  if (!scope_longbench_prediction_read (object, name, hint, &prediction, error))
    return FALSE;
  if (prediction.known.id != NULL
      && scope_longbench_predictions_find (self, &prediction.known, prediction.filter) != NULL) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s: $._id: %s's \"%s\" under %s stands there twice", name,
                     prediction.known.dataset->name, prediction.known.id, prediction.filter);
    return FALSE;
  }
  keep (self, &prediction);
  return TRUE;
}

static JsonObject *
parse_line (const ScopeLongbenchLine *line, const char *name, JsonNode **node, GError **error)
{
  *node = scope_json_parse (line->text, line->length, name, error);
  return *node != NULL ? scope_json_object (*node, name, "$", error) : NULL;
}

static gboolean
is_header (const ScopeLongbenchLine *line, JsonObject *object)
{
  return line->number == 1 && json_object_has_member (object, "longbench");
}

static gboolean
fail_header (const char *name, const char *member, const char *expected, const char *found,
             GError **error)
{
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                   "%s: $.%s: these predictions were made with %s, not with %s; give another file",
                   name, member, found, expected);
  return FALSE;
}

static gboolean
check_string (JsonObject *object, const char *member, const char *expected, const char *name,
              GError **error)
{
  const char *found = NULL;
  if (!scope_json_get_string (object, member, TRUE, &found, name, "$", error))
    return FALSE;
  return strcmp (found, expected) == 0 || fail_header (name, member, expected, found, error);
}

static gboolean
check_number (JsonObject *object, const char *member, gint64 expected, const char *name,
              GError **error)
{
  gint64 found = 0;
  if (!scope_json_get_int (object, member, TRUE, 0, G_MAXINT64, &found, name, "$", error))
    return FALSE;
  g_autofree char *a = g_strdup_printf ("%" G_GINT64_FORMAT, expected);
  g_autofree char *b = g_strdup_printf ("%" G_GINT64_FORMAT, found);
  return found == expected || fail_header (name, member, a, b, error);
}

static gboolean
check_version (JsonObject *object, const char *name, GError **error)
{
  gint64 version;
  return scope_json_get_int (object, "longbench", TRUE, VERSION, VERSION, &version, name, "$",
                             error);
}

/* HEADER is what the file must have been made with; NULL: anything. */
static gboolean
check_header (JsonObject *object, const ScopeLongbenchHeader *header, const char *name,
              GError **error)
{
  return check_version (object, name, error)
         && (header == NULL
             || (check_string (object, "model_hash", header->model_hash, name, error)
                 && check_string (object, "config_hash", header->config_hash, name, error)
                 && check_string (object, "precision", header->precision, name, error)
                 && check_number (object, "max_tokens", header->max_tokens, name, error)
                 && check_number (object, "train_length", header->train_length, name, error)));
}

static gboolean
read_line (ScopeLongbenchPredictions *self, const ScopeLongbenchLine *line, const char *path,
           const char *hint, const ScopeLongbenchHeader *header, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s line %" G_GSIZE_FORMAT, path, line->number);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object = parse_line (line, name, &node, error);
  if (object == NULL)
    return FALSE;
  if (is_header (line, object))
    return check_header (object, header, name, error);
  if (header == NULL || line->number > 1)
    return read_prediction (self, object, name, hint, error);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                   "%s: $.longbench is missing: predictions of another program can be scored, but "
                   "not gone on with",
                   name);
  return FALSE;
}

static gboolean
read_lines (ScopeLongbenchPredictions *self, const char *data, gsize length, const char *path,
            const ScopeLongbenchHeader *header, GError **error)
{
  g_autofree char *hint = scope_longbench_hint (path);
  ScopeLongbenchLine line = { 0 };
  for (gsize at = 0; scope_longbench_next_line (data, length, &at, &line);)
    if (!read_line (self, &line, path, hint, header, error))
      return FALSE;
  return TRUE;
}

gboolean
scope_longbench_predictions_read (ScopeLongbenchPredictions *self, const char *path, GError **error)
{
  gsize length;
  g_autofree char *data = scope_file_read (path, MAX_FILE, &length, error);
  return data != NULL && read_lines (self, data, length, path, NULL, error);
}

/* -- writing -- */

static gboolean
fail_file (const char *path, GError **error)
{
  int code = errno;
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "%s: cannot write: %s", path,
                   g_strerror (code));
  return FALSE;
}

/* JSON is freed. */
static gboolean
append_line (ScopeLongbenchPredictions *self, JsonBuilder *json, GError **error)
{
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_object_unref (json);
  g_autofree char *text = scope_json_print (root, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  for (gsize done = 0, length = strlen (line); done < length;) {
    gssize put = write (self->file, line + done, length - done);
    if (put < 0 && errno != EINTR)
      return fail_file (self->path, error);
    done += put > 0 ? (gsize)put : 0;
  }
  return TRUE;
}

static void
add_list (JsonBuilder *json, const char *member, char *const *values)
{
  json_builder_set_member_name (json, member);
  if (values == NULL) {
    json_builder_add_null_value (json);
    return;
  }
  json_builder_begin_array (json);
  for (gsize i = 0; values[i] != NULL; i++)
    json_builder_add_string_value (json, values[i]);
  json_builder_end_array (json);
}

static gboolean
write_header (ScopeLongbenchPredictions *self, const ScopeLongbenchHeader *header, GError **error)
{
  g_autofree char *model = g_utf8_make_valid (header->model, -1); /* a folder's name */
  JsonBuilder *json = json_builder_new ();
  json_builder_begin_object (json);
  scope_json_put_integer (json, "longbench", VERSION);
  scope_json_put_string (json, "model", model);
  scope_json_put_string (json, "model_hash", header->model_hash);
  scope_json_put_string (json, "config_hash", header->config_hash);
  scope_json_put_string (json, "precision", header->precision);
  scope_json_put_integer (json, "max_tokens", header->max_tokens);
  scope_json_put_integer (json, "train_length", header->train_length);
  return append_line (self, json, error);
}

static gboolean
write_prediction (ScopeLongbenchPredictions *self, const ScopeLongbenchPrediction *prediction,
                  const ScopeLongbenchRun *run, GError **error)
{
  const ScopeLongbenchCase *known = &prediction->known;
  g_autofree char *set = scope_longbench_set_name (known->dataset, known->extended);
  JsonBuilder *json = json_builder_new ();
  json_builder_begin_object (json);
  scope_json_put_string (json, "dataset", set);
  scope_json_put_string (json, "_id", known->id);
  scope_json_put_string (json, "filter", prediction->filter);
  scope_json_put_string (json, "pred", prediction->text);
  add_list (json, "answers", known->answers);
  add_list (json, "all_classes", known->classes);
  scope_json_put_integer (json, "length", known->length);
  scope_json_put_integer (json, "prompt_tokens", (gint64)run->prompt_tokens);
  scope_json_put_integer (json, "cut_tokens", (gint64)run->cut_tokens);
  scope_json_put_string (json, "backend", run->backend);
  return append_line (self, json, error);
}

gboolean
scope_longbench_predictions_add (ScopeLongbenchPredictions *self, const ScopeLongbenchCase *known,
                                 const char *filter, const char *text, const ScopeLongbenchRun *run,
                                 GError **error)
{
  g_auto (ScopeLongbenchPrediction) prediction = { .known = *known };
  prediction.known.id = g_strdup (known->id);
  prediction.known.answers = g_strdupv (known->answers);
  prediction.known.classes = g_strdupv (known->classes);
  prediction.filter = g_strdup (filter);
  prediction.text = g_strdup (text);
  if (self->file >= 0 && !write_prediction (self, &prediction, run, error))
    return FALSE;
  keep (self, &prediction);
  return TRUE;
}

/* The length of DATA up to its last line feed. */
static gsize
whole_lines (const char *data, gsize length)
{
  while (length > 0 && data[length - 1] != '\n')
    length--;
  return length;
}

/* One writer at a time, where the file system knows locks. */
static gboolean
open_file (ScopeLongbenchPredictions *self, GError **error)
{
  self->file = open (self->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (self->file < 0)
    return fail_file (self->path, error);
  if (flock (self->file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return TRUE;
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                   "%s: another run is writing to it; wait, or give another file", self->path);
  return FALSE;
}

/* What stands in the file already; what is torn off at its end goes. */
static gboolean
read_old (ScopeLongbenchPredictions *self, const ScopeLongbenchHeader *header, gboolean *empty,
          GError **error)
{
  gsize length;
  g_autofree char *data = scope_file_read (self->path, MAX_FILE, &length, error);
  if (data == NULL)
    return FALSE;
  gsize whole = whole_lines (data, length);
  /* Without a whole line of ours in it, nothing says that the bytes may go. */
  if (whole == 0)
    whole = length;
  *empty = length == 0;
  if (!read_lines (self, data, whole, self->path, header, error))
    return FALSE;
  return whole == length || ftruncate (self->file, (off_t)whole) == 0
         || fail_file (self->path, error);
}

ScopeLongbenchPredictions *
scope_longbench_predictions_open (const char *path, const ScopeLongbenchHeader *header,
                                  GError **error)
{
  g_autoptr (ScopeLongbenchPredictions) self = scope_longbench_predictions_new ();
  gboolean empty;
  self->path = g_strdup (path);
  if (!open_file (self, error) || !read_old (self, header, &empty, error)
      || (empty && !write_header (self, header, error)))
    return NULL;
  return g_steal_pointer (&self);
}
