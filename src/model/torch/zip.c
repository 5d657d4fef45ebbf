#include "model/torch/zip.h"

#include <string.h>
#include <zlib.h>

#include "base/error.h"

/* The fixed part of each record, in bytes. */
#define LOCAL_SIZE     30
#define CENTRAL_SIZE   46
#define END_SIZE       22
#define LOCATOR64_SIZE 20
#define END64_SIZE     56

#define LOCAL_SIGNATURE     0x04034b50
#define CENTRAL_SIGNATURE   0x02014b50
#define END_SIGNATURE       0x06054b50
#define LOCATOR64_SIGNATURE 0x07064b50
#define END64_SIGNATURE     0x06064b50

#define FLAG_ENCRYPTED  0x0041 /* and strong encryption */
#define FLAG_DESCRIPTOR 0x0008 /* the sizes follow the data; the directory has them too */
#define ZIP64_FIELD     0x0001

/* Deflate packs at most 258 bytes into two bits. */
#define LARGEST_RATIO 1032

struct _ScopeZip {
  char *name;
  const guint8 *data;
  gsize length;
  gsize directory, directory_size; /* where entries end */
  GPtrArray *entries;              /* (element-type ScopeZipEntry), by place */
  GHashTable *by_name;             /* borrowed */
};

static guint16
get16 (const guint8 *at)
{
  return (guint16)(at[0] | at[1] << 8);
}

static guint32
get32 (const guint8 *at)
{
  return get16 (at) | (guint32)get16 (at + 2) << 16;
}

static guint64
get64 (const guint8 *at)
{
  return get32 (at) | (guint64)get32 (at + 4) << 32;
}

static void
entry_free (gpointer data)
{
  ScopeZipEntry *entry = data;
  g_free (entry->name);
  g_free (entry);
}

G_GNUC_PRINTF (4, 5)
static gboolean
fail (const ScopeZip *self, const char *entry, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s%s%s%s", self->name,
                   entry != NULL ? "entry " : "", entry != NULL ? entry : "",
                   entry != NULL ? ": " : "", text);
  return FALSE;
}

static gboolean
lies_inside (gsize begin, gsize size, gsize limit)
{
  return begin <= limit && size <= limit - begin;
}

/* The end record: the last thing of the archive but for a comment of up to 65535 bytes. */
static const guint8 *
find_end (const ScopeZip *self)
{
  for (gsize comment = 0; comment <= 0xffff; comment++) {
    if (self->length < END_SIZE + comment)
      return NULL;
    const guint8 *at = self->data + self->length - END_SIZE - comment;
    if (get32 (at) == END_SIGNATURE && get16 (at + 20) == comment)
      return at;
  }
  return NULL;
}

typedef struct {
  guint64 disk, entries, size, offset;
  gsize limit; /* the directory ends before this */
} End;

/* The 64-bit end record, which a locator right before the other one points to. */
static gboolean
read_end64 (const ScopeZip *self, const guint8 *locator, End *end, GError **error)
{
  guint64 place = get64 (locator + 8);
  gsize limit = (gsize)(locator - self->data);
  if (place > limit || !lies_inside ((gsize)place, END64_SIZE, limit)
      || get32 (self->data + place) != END64_SIGNATURE)
    return fail (self, NULL, error, "its zip64 end record is not where its locator says");
  const guint8 *at = self->data + place;
  *end = (End){ (guint64)get32 (at + 16) | get32 (at + 20), get64 (at + 32), get64 (at + 40),
                get64 (at + 48), (gsize)place };
  return TRUE;
}

static gboolean
read_end (ScopeZip *self, End *end, GError **error)
{
  const guint8 *at = find_end (self);
  if (at == NULL)
    return fail (self, NULL, error, "not a whole zip archive: its end record is missing");
  *end = (End){ (guint64)get16 (at + 4) | get16 (at + 6), get16 (at + 10), get32 (at + 12),
                get32 (at + 16), (gsize)(at - self->data) };
  const guint8 *locator = at - LOCATOR64_SIZE;
  if (end->limit >= LOCATOR64_SIZE && get32 (locator) == LOCATOR64_SIGNATURE
      && !read_end64 (self, locator, end, error))
    return FALSE;
  if (end->disk != 0)
    return fail (self, NULL, error, "a zip archive in several parts is not supported");
  if (end->offset > end->limit || !lies_inside ((gsize)end->offset, end->size, end->limit))
    return fail (self, NULL, error, "its directory lies outside the file");
  if (end->entries > end->size / CENTRAL_SIZE)
    return fail (self, NULL, error,
                 "its directory of %" G_GUINT64_FORMAT " bytes cannot hold %" G_GUINT64_FORMAT
                 " entries",
                 end->size, end->entries);
  self->directory = (gsize)end->offset;
  self->directory_size = (gsize)end->size;
  return TRUE;
}

/* Sizes and places that do not fit 32 bits stand in the zip64 field, in this order. */
static gboolean
widen (const guint8 *extra, gsize length, guint64 *values, gsize count)
{
  gsize wanted = 0;
  for (gsize i = 0; i < count; i++)
    wanted += values[i] == G_MAXUINT32;
  if (wanted == 0)
    return TRUE;
  while (length >= 4) {
    gsize size = get16 (extra + 2);
    if (size > length - 4)
      return FALSE;
    if (get16 (extra) == ZIP64_FIELD) {
      const guint8 *at = extra + 4;
      if (size < wanted * 8)
        return FALSE;
      for (gsize i = 0; i < count; i++)
        if (values[i] == G_MAXUINT32) {
          values[i] = get64 (at);
          at += 8;
        }
      return TRUE;
    }
    extra += 4 + size;
    length -= 4 + size;
  }
  return FALSE;
}

/* Nothing is ever unpacked to a file, but who names an entry so is up to no good. */
static gboolean
is_safe_name (const char *name, gsize length)
{
  if (length == 0 || memchr (name, '\0', length) != NULL
      || !g_utf8_validate (name, (gssize)length, NULL) || *name == '/'
      || memchr (name, '\\', length) != NULL)
    return FALSE;
  g_autofree char *text = g_strndup (name, length);
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  return !g_strv_contains ((const char *const *)parts, "..");
}

/* The local header must say what the directory says; its extra field is padding. */
static gboolean
check_local (const ScopeZip *self, ScopeZipEntry *entry, guint16 method, GError **error)
{
  gsize name = strlen (entry->name);
  if (!lies_inside (entry->begin, LOCAL_SIZE, self->directory)
      || get32 (self->data + entry->begin) != LOCAL_SIGNATURE)
    return fail (self, entry->name, error, "its local header is not where the directory says");
  const guint8 *at = self->data + entry->begin;
  gsize head = LOCAL_SIZE + (gsize)get16 (at + 26) + get16 (at + 28);
  if (!lies_inside (entry->begin, head, self->directory)
      || !lies_inside (entry->begin + head, entry->packed, self->directory))
    return fail (self, entry->name, error, "its %" G_GSIZE_FORMAT " bytes lie outside the archive",
                 entry->packed);
  guint32 packed = get32 (at + 18), size = get32 (at + 22);
  gboolean described = (get16 (at + 6) & FLAG_DESCRIPTOR) != 0;
  if (get16 (at + 26) != name || memcmp (at + LOCAL_SIZE, entry->name, name) != 0
      || get16 (at + 8) != method
      || (!described && packed != G_MAXUINT32 && packed != entry->packed)
      || (!described && size != G_MAXUINT32 && size != entry->size))
    return fail (self, entry->name, error, "its local header disagrees with the directory");
  entry->data = at + head;
  return TRUE;
}

static gboolean
check_entry (const ScopeZip *self, ScopeZipEntry *entry, guint16 flags, guint16 method,
             GError **error)
{
  if ((flags & FLAG_ENCRYPTED) != 0)
    return fail (self, entry->name, error, "it is encrypted");
  if (method != 0 && method != Z_DEFLATED)
    return fail (self, entry->name, error,
                 "compression method %u is not supported; supported are stored and deflated",
                 method);
  entry->deflated = method == Z_DEFLATED;
  if (!entry->deflated && entry->packed != entry->size)
    return fail (self, entry->name, error,
                 "it is stored, but has %" G_GSIZE_FORMAT " bytes for %" G_GSIZE_FORMAT,
                 entry->packed, entry->size);
  if (entry->size / LARGEST_RATIO > entry->packed)
    return fail (self, entry->name, error,
                 "%" G_GSIZE_FORMAT " bytes cannot hold the %" G_GSIZE_FORMAT " that it declares",
                 entry->packed, entry->size);
  return check_local (self, entry, method, error);
}

/* Reads the entry at *AT of the directory and moves on. */
static gboolean
read_entry (ScopeZip *self, gsize *at, GError **error)
{
  gsize end = self->directory + self->directory_size;
  const guint8 *record = self->data + *at;
  if (!lies_inside (*at, CENTRAL_SIZE, end) || get32 (record) != CENTRAL_SIGNATURE)
    return fail (self, NULL, error, "its directory is broken at byte %" G_GSIZE_FORMAT, *at);
  gsize name = get16 (record + 28), extra = get16 (record + 30);
  gsize whole = CENTRAL_SIZE + name + extra + get16 (record + 32);
  if (!lies_inside (*at, whole, end))
    return fail (self, NULL, error, "its directory is cut off at byte %" G_GSIZE_FORMAT, *at);
  const char *text = (const char *)record + CENTRAL_SIZE;
  if (!is_safe_name (text, name))
    return fail (self, NULL, error, "\"%.*s\" is not the name of an entry", (int)name, text);
  ScopeZipEntry *entry = g_new0 (ScopeZipEntry, 1);
  entry->name = g_strndup (text, name);
  g_ptr_array_add (self->entries, entry);
  guint64 sizes[] = { get32 (record + 24), get32 (record + 20), get32 (record + 42) };
  if (!widen (record + CENTRAL_SIZE + name, extra, sizes, G_N_ELEMENTS (sizes)))
    return fail (self, entry->name, error, "its 64-bit sizes are missing");
  entry->size = (gsize)sizes[0];
  entry->packed = (gsize)sizes[1];
  entry->begin = (gsize)sizes[2];
  entry->crc = get32 (record + 16);
  *at += whole;
  if (!g_hash_table_insert (self->by_name, entry->name, entry))
    return fail (self, entry->name, error, "it stands twice in the directory");
  return check_entry (self, entry, get16 (record + 8), get16 (record + 10), error);
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const ScopeZipEntry *left = *(ScopeZipEntry *const *)a, *right = *(ScopeZipEntry *const *)b;
  return (left->begin > right->begin) - (left->begin < right->begin);
}

static gboolean
check_overlap (ScopeZip *self, GError **error)
{
  g_ptr_array_sort (self->entries, compare_places);
  for (guint i = 1; i < self->entries->len; i++) {
    const ScopeZipEntry *last = g_ptr_array_index (self->entries, i - 1);
    const ScopeZipEntry *entry = g_ptr_array_index (self->entries, i);
    if (self->data + entry->begin < last->data + last->packed)
      return fail (self, entry->name, error, "it overlaps entry %s", last->name);
  }
  return TRUE;
}

static gboolean
read_directory (ScopeZip *self, GError **error)
{
  End end = { 0 };
  if (!read_end (self, &end, error))
    return FALSE;
  gsize at = self->directory;
  for (guint64 i = 0; i < end.entries; i++)
    if (!read_entry (self, &at, error))
      return FALSE;
  return check_overlap (self, error);
}

ScopeZip *
scope_zip_open (const void *data, gsize length, const char *name, GError **error)
{
  g_autoptr (ScopeZip) self = g_new0 (ScopeZip, 1);
  self->name = g_strdup (name);
  self->data = data;
  self->length = length;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return read_directory (self, error) ? g_steal_pointer (&self) : NULL;
}

void
scope_zip_free (ScopeZip *self)
{
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->entries);
  g_free (self->name);
  g_free (self);
}

gsize
scope_zip_count (const ScopeZip *self)
{
  return self->entries->len;
}

const ScopeZipEntry *
scope_zip_nth (const ScopeZip *self, gsize n)
{
  g_return_val_if_fail (n < self->entries->len, NULL);
  return g_ptr_array_index (self->entries, n);
}

const ScopeZipEntry *
scope_zip_find (const ScopeZip *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

/* zlib counts in 32 bits: both sides are handed over piece by piece. */
static gboolean
inflate_all (const ScopeZipEntry *entry, guint8 *out)
{
  const gsize piece = (gsize)1 << 30;
  z_stream stream = { 0 };
  gsize given = 0, room = 0;
  int status = inflateInit2 (&stream, -MAX_WBITS);
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      stream.next_in = (Bytef *)entry->data + given;
      stream.avail_in = (uInt)MIN (piece, entry->packed - given);
      given += stream.avail_in;
    }
    if (stream.avail_out == 0) {
      stream.next_out = out + room;
      stream.avail_out = (uInt)MIN (piece, entry->size - room);
      room += stream.avail_out;
    }
    status = inflate (&stream, Z_NO_FLUSH);
  }
  gboolean whole = status == Z_STREAM_END && given - stream.avail_in == entry->packed
                   && room - stream.avail_out == entry->size;
  inflateEnd (&stream);
  return whole;
}

guint8 *
scope_zip_inflate (const ScopeZip *self, const ScopeZipEntry *entry, GError **error)
{
  /* One byte more: an empty entry has contents too. */
  g_autofree guint8 *out = g_try_malloc (entry->size + 1);
  if (out == NULL) {
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                     "%s: entry %s: its %" G_GSIZE_FORMAT " bytes do not fit in memory", self->name,
                     entry->name, entry->size);
    return NULL;
  }
  if (!inflate_all (entry, out)) {
    fail (self, entry->name, error, "its deflated data are broken");
    return NULL;
  }
  if (crc32_z (0, out, entry->size) != entry->crc) {
    fail (self, entry->name, error, "its data do not have the checksum that they should");
    return NULL;
  }
  return g_steal_pointer (&out);
}
