#include "zip-writer.h"

#include <string.h>

static void
put (GByteArray *out, guint64 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++, value >>= 8)
    g_byte_array_append (out, (const guint8[]){ (guint8)value }, 1);
}

static void
put_bytes (GByteArray *out, const void *data, gsize length)
{
  if (length > 0)
    g_byte_array_append (out, data, (guint)length);
}

static gint64
declared_size (const ZipEntry *entry)
{
  return entry->size != 0 ? entry->size : (gint64)entry->length;
}

static gint64
declared_packed (const ZipEntry *entry)
{
  return entry->packed != 0 ? entry->packed : (gint64)entry->length;
}

static void
put_local (GByteArray *out, const ZipEntry *entry)
{
  const char *name = entry->local_name != NULL ? entry->local_name : entry->name;
  put (out, 0x04034b50, 4);
  put (out, 20, 2);
  put (out, entry->flags, 2);
  put (out, entry->method, 2);
  put (out, 0, 4);
  put (out, entry->crc, 4);
  put (out, entry->length, 4);
  put (out, (guint64)declared_size (entry), 4);
  put (out, strlen (name), 2);
  put (out, entry->padding, 2);
  put_bytes (out, name, strlen (name));
  put (out, 0, entry->padding);
  put_bytes (out, entry->data, entry->length);
}

static void
put_central (GByteArray *out, const ZipEntry *entry, gsize begin)
{
  guint64 place = entry->place != 0 ? (guint64)entry->place : begin;
  gboolean field = entry->wide && !entry->no_field;
  put (out, 0x02014b50, 4);
  put (out, 20 << 16 | 20, 4);
  put (out, entry->flags, 2);
  put (out, entry->method, 2);
  put (out, 0, 4);
  put (out, entry->crc, 4);
  put (out, entry->wide ? G_MAXUINT32 : (guint64)declared_packed (entry), 4);
  put (out, entry->wide ? G_MAXUINT32 : (guint64)declared_size (entry), 4);
  put (out, strlen (entry->name), 2);
  put (out, field ? 4 + 24 : 0, 2);
  put (out, 0, 2 + 2 + 2 + 4);
  put (out, entry->wide ? G_MAXUINT32 : place, 4);
  put_bytes (out, entry->name, strlen (entry->name));
  if (!field)
    return;
  put (out, 1, 2);
  put (out, 24, 2);
  put (out, (guint64)declared_size (entry), 8);
  put (out, (guint64)declared_packed (entry), 8);
  put (out, place, 8);
}

static void
put_end64 (GByteArray *out, const ZipEnd *end, guint64 count, guint64 size, guint64 place)
{
  guint64 here = end->place64 != 0 ? (guint64)end->place64 : out->len;
  put (out, 0x06064b50, 4);
  put (out, 44, 8);
  put (out, 45 << 16 | 45, 4);
  put (out, 0, 8);
  put (out, count, 8);
  put (out, count, 8);
  put (out, size, 8);
  put (out, place, 8);
  put (out, 0x07064b50, 4);
  put (out, 0, 4);
  put (out, here, 8);
  put (out, 1, 4);
}

GByteArray *
zip_write (const ZipEntry *entries, gsize count, const ZipEnd *end)
{
  static const ZipEnd honest = { 0 };
  GByteArray *out = g_byte_array_new ();
  g_autofree gsize *begins = g_new (gsize, count + 1);
  if (end == NULL)
    end = &honest;
  for (gsize i = 0; i < count; i++) {
    begins[i] = out->len;
    put_local (out, &entries[i]);
  }
  guint64 place = out->len;
  for (gsize i = 0; i < count; i++)
    put_central (out, &entries[i], begins[i]);
  guint64 size = end->size != 0 ? (guint64)end->size : out->len - place;
  guint64 number = end->count != 0 ? (guint64)end->count : count;
  place = end->place != 0 ? (guint64)end->place : place;
  if (end->wide)
    put_end64 (out, end, number, size, place);
  put (out, 0x06054b50, 4);
  put (out, end->disk, 2);
  put (out, end->disk, 2);
  put (out, end->wide ? 0xffff : number, 2);
  put (out, end->wide ? 0xffff : number, 2);
  put (out, end->wide ? G_MAXUINT32 : size, 4);
  put (out, end->wide ? G_MAXUINT32 : place, 4);
  gsize comment = end->comment != NULL ? strlen (end->comment) : 0;
  put (out, comment, 2);
  put_bytes (out, end->comment, comment);
  return out;
}
