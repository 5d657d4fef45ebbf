#include "model/safetensors.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#define MAX_HEADER 100000000

/* A tensor of the header. What we cannot read is kept with the reason, for the day it is asked
 * for: a checkpoint may carry tensors that are none of our business. */
typedef struct {
  ScopeWeight weight;
  char *name;
  char *refusal; /* NULL if it can be read */
  gsize begin, end;
} Entry;

struct _ScopeSafetensors {
  char *name;
  GBytes *bytes; /* NULL if the data are somebody else's */
  const guint8 *data;
  gsize length;
  const guint8 *tensors; /* where offsets count from */
  gsize tensors_length;
  GPtrArray *entries;  /* (element-type Entry), by offset */
  GPtrArray *readable; /* (element-type Entry), borrowed */
  GHashTable *by_name; /* name to Entry, borrowed */
};

typedef struct {
  const char *name;
  guint8 size;
  gint8 dtype; /* a ScopeDtype, or -1: of the format, but not read here */
} Type;

static const Type types[] = {
  { "F32", 4, SCOPE_DTYPE_F32 },
  { "F16", 2, SCOPE_DTYPE_F16 },
  { "BF16", 2, SCOPE_DTYPE_BF16 },
  { "F64", 8, SCOPE_DTYPE_F64 },
  { "BOOL", 1, -1 },
  { "U8", 1, -1 },
  { "I8", 1, -1 },
  { "F8_E5M2", 1, -1 },
  { "F8_E4M3", 1, -1 },
  { "F8_E8M0", 1, -1 },
  { "I16", 2, -1 },
  { "U16", 2, -1 },
  { "I32", 4, -1 },
  { "U32", 4, -1 },
  { "I64", 8, -1 },
  { "U64", 8, -1 },
  { "C64", 8, -1 },
};

static const Type *
find_type (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].name, name) == 0)
      return &types[i];
  return NULL;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->name);
  g_free (entry->refusal);
  g_free (entry);
}

G_GNUC_PRINTF (4, 5)
static gboolean
fail (const ScopeSafetensors *self, const char *tensor, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s%s%s%s", self->name,
                   tensor != NULL ? "tensor " : "", tensor != NULL ? tensor : "",
                   tensor != NULL ? ": " : "", text);
  return FALSE;
}

/* The list MEMBER of whole numbers >= 0; NULL if it is anything else. */
static JsonArray *
get_sizes (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return NULL;
  JsonArray *list = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonNode *element = json_array_get_element (list, i);
    if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64
        || json_node_get_int (element) < 0)
      return NULL;
  }
  return list;
}

static gboolean
read_shape (const ScopeSafetensors *self, Entry *entry, JsonObject *object, GError **error)
{
  ScopeWeight *weight = &entry->weight;
  JsonArray *shape = get_sizes (object, "shape");
  if (shape == NULL)
    return fail (self, entry->name, error, "shape: expected a list of whole numbers");
  weight->count = 1;
  weight->rank = json_array_get_length (shape);
  for (guint i = 0; i < weight->rank; i++) {
    gsize size = (gsize)json_array_get_int_element (shape, i);
    if (i < SCOPE_MAX_RANK)
      weight->shape[i] = size;
    if (!scope_size_multiply (weight->count, size, &weight->count))
      return fail (self, entry->name, error, "the product of its shape overflows");
  }
  if (weight->rank > SCOPE_MAX_RANK && entry->refusal == NULL)
    entry->refusal = g_strdup_printf ("%u dimensions are more than we read", weight->rank);
  return TRUE;
}

static gboolean
read_type (const ScopeSafetensors *self, Entry *entry, JsonObject *object, gsize *size,
           GError **error)
{
  g_autofree char *path = g_strdup_printf ("tensor %s", entry->name);
  const char *name = NULL;
  if (!scope_json_get_string (object, "dtype", TRUE, &name, self->name, path, error))
    return FALSE;
  const Type *type = find_type (name);
  if (type == NULL)
    return fail (self, entry->name, error, "unknown dtype \"%s\"", name);
  if (type->dtype < 0)
    entry->refusal = g_strdup_printf ("dtype %s is not supported; supported are F32, F16, BF16"
                                      " and F64",
                                      name);
  else
    entry->weight.dtype = (ScopeDtype)type->dtype;
  *size = type->size;
  return TRUE;
}

static gboolean
read_offsets (const ScopeSafetensors *self, Entry *entry, JsonObject *object, gsize size,
              GError **error)
{
  gsize bytes;
  JsonArray *offsets = get_sizes (object, "data_offsets");
  if (offsets == NULL || json_array_get_length (offsets) != 2)
    return fail (self, entry->name, error, "data_offsets: expected two whole numbers");
  entry->begin = (gsize)json_array_get_int_element (offsets, 0);
  entry->end = (gsize)json_array_get_int_element (offsets, 1);
  if (entry->begin > entry->end || entry->end > self->tensors_length)
    return fail (self, entry->name, error,
                 "its data [%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT
                 ") lie outside the file's %" G_GSIZE_FORMAT " bytes of data",
                 entry->begin, entry->end, self->tensors_length);
  if (!scope_size_multiply (entry->weight.count, size, &bytes)
      || bytes != entry->end - entry->begin)
    return fail (self, entry->name, error,
                 "its shape and dtype need %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT
                 " bytes, but its data have %" G_GSIZE_FORMAT " bytes",
                 entry->weight.count, size, entry->end - entry->begin);
  entry->weight.data = self->tensors + entry->begin;
  return TRUE;
}

static gboolean
read_entry (ScopeSafetensors *self, const char *name, JsonNode *node, GError **error)
{
  gsize size = 0;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (self, name, error, "expected an object");
  JsonObject *object = json_node_get_object (node);
  Entry *entry = g_new0 (Entry, 1);
  g_ptr_array_add (self->entries, entry);
  entry->name = g_strdup (name);
  entry->weight.name = entry->name;
  return read_type (self, entry, object, &size, error) && read_shape (self, entry, object, error)
         && read_offsets (self, entry, object, size, error);
}

static int
compare_offsets (gconstpointer a, gconstpointer b)
{
  const Entry *left = *(Entry *const *)a, *right = *(Entry *const *)b;
  if (left->begin != right->begin)
    return left->begin < right->begin ? -1 : 1;
  return (left->end > right->end) - (left->end < right->end);
}

static gboolean
check_overlap (ScopeSafetensors *self, GError **error)
{
  g_ptr_array_sort (self->entries, compare_offsets);
  const Entry *last = NULL;
  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);
    if (entry->begin == entry->end)
      continue;
    if (last != NULL && entry->begin < last->end)
      return fail (self, entry->name, error, "its data overlap those of tensor %s", last->name);
    last = entry;
  }
  return TRUE;
}

static gboolean
read_entries (ScopeSafetensors *self, JsonObject *header, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  json_object_iter_init_ordered (&iter, header);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (strcmp (name, "__metadata__") != 0 && !read_entry (self, name, node, error))
      return FALSE;
  if (!check_overlap (self, error))
    return FALSE;
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);
    g_hash_table_insert (self->by_name, entry->name, entry);
    if (entry->refusal == NULL)
      g_ptr_array_add (self->readable, entry);
  }
  return TRUE;
}

static gboolean
read_header (ScopeSafetensors *self, GError **error)
{
  guint64 header;
  if (self->length < sizeof header)
    return fail (self, NULL, error, "too short for a safetensors file: %" G_GSIZE_FORMAT " bytes",
                 self->length);
  memcpy (&header, self->data, sizeof header);
  header = GUINT64_FROM_LE (header);
  if (header > MAX_HEADER)
    return fail (self, NULL, error,
                 "its header would be %" G_GUINT64_FORMAT " bytes long, above the limit of %d",
                 header, MAX_HEADER);
  if (header > self->length - sizeof header)
    return fail (self, NULL, error,
                 "its header of %" G_GUINT64_FORMAT
                 " bytes is cut off: the file has %" G_GSIZE_FORMAT " bytes",
                 header, self->length);
  self->tensors = self->data + sizeof header + header;
  self->tensors_length = self->length - sizeof header - header;
  g_autofree char *name = g_strdup_printf ("%s: header", self->name);
  g_autoptr (JsonNode) root
      = scope_json_parse ((const char *)self->data + sizeof header, header, name, error);
  JsonObject *object = root != NULL ? scope_json_object (root, name, "$", error) : NULL;
  return object != NULL && read_entries (self, object, error);
}

/* Takes BYTES, which may be NULL. */
static ScopeSafetensors *
safetensors_new (GBytes *bytes, const void *data, gsize length, const char *name, GError **error)
{
  g_autoptr (ScopeSafetensors) self = g_new0 (ScopeSafetensors, 1);
  self->name = g_strdup (name);
  self->bytes = bytes;
  self->data = data;
  self->length = length;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->readable = g_ptr_array_new ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return read_header (self, error) ? g_steal_pointer (&self) : NULL;
}

ScopeSafetensors *
scope_safetensors_open (const char *path, GError **error)
{
  GBytes *bytes = scope_file_map (path, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);
  return safetensors_new (bytes, data, length, path, error);
}

ScopeSafetensors *
scope_safetensors_parse (const void *data, gsize length, const char *name, GError **error)
{
  return safetensors_new (NULL, data, length, name, error);
}

void
scope_safetensors_free (ScopeSafetensors *self)
{
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->readable, g_ptr_array_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->name);
  g_free (self);
}

const ScopeWeight *
scope_safetensors_get (const ScopeSafetensors *self, const char *name, GError **error)
{
  const Entry *entry = g_hash_table_lookup (self->by_name, name);
  if (entry != NULL && entry->refusal == NULL)
    return &entry->weight;
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH, "%s: tensor %s%s%s",
                   self->name, name, entry != NULL ? ": " : " ",
                   entry != NULL ? entry->refusal : "is missing");
  return NULL;
}

const ScopeWeight *
scope_safetensors_find (const ScopeSafetensors *self, const char *name)
{
  return scope_safetensors_get (self, name, NULL);
}

gsize
scope_safetensors_count (const ScopeSafetensors *self)
{
  return self->readable->len;
}

const ScopeWeight *
scope_safetensors_nth (const ScopeSafetensors *self, gsize n)
{
  g_return_val_if_fail (n < self->readable->len, NULL);
  const Entry *entry = g_ptr_array_index (self->readable, n);
  return &entry->weight;
}

const char *
scope_safetensors_name (const ScopeSafetensors *self)
{
  return self->name;
}

const void *
scope_safetensors_contents (const ScopeSafetensors *self, gsize *length)
{
  *length = self->length;
  return self->data;
}
