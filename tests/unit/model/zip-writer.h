/* Writes zip archives, also such as no honest writer would: every field of an entry can be forged.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const void *data; /* as packed */
  gsize length;
  guint method, flags;
  gint64 size;            /* that the directory declares; 0: LENGTH */
  gint64 packed;          /* likewise */
  gint64 place;           /* of the local header; 0: where it is */
  guint crc;              /* of deflated entries */
  gboolean wide;          /* sizes and place in a zip64 field */
  gboolean no_field;      /* which then is missing */
  const char *local_name; /* NULL: NAME */
  guint padding;          /* bytes of extra field before the data */
} ZipEntry;

typedef struct {
  guint disk;
  gint64 count, size, place; /* of the directory; 0: as they are */
  const char *comment;
  gboolean wide;  /* a zip64 end record and its locator; the old one says nothing */
  gint64 place64; /* of that record; 0: where it is */
} ZipEnd;

GByteArray *zip_write (const ZipEntry *entries, gsize count, const ZipEnd *end);

G_END_DECLS
