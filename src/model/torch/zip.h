/* A zip archive in memory: its directory, stored entries in place, deflated ones inflated on
 * demand.
 *
 * Read are entries that are stored or deflated, zip64 sizes, data descriptors and padding in the
 * extra fields. Strict, as everything comes from a file: the directory and every entry lie inside
 * the archive and overlap nowhere, local headers agree with the directory, names are relative and
 * stand once, and an entry cannot inflate to more than deflate can ever pack. Encrypted and
 * multi-part archives are refused. Errors are SCOPE_MODEL_ERROR_FORMAT and name archive and entry.
 * Immutable after opening; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name;
  const guint8 *data; /* as packed, in the archive */
  gsize packed, size; /* bytes, packed and not */
  gboolean deflated;
  guint32 crc; /* of what it inflates to */
  gsize begin; /* of its local header, from the archive's beginning */
} ScopeZipEntry;

typedef struct _ScopeZip ScopeZip;

/* DATA must outlive the result. NAME is for messages. */
ScopeZip *scope_zip_open (const void *data, gsize length, const char *name,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_zip_free (ScopeZip *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeZip, scope_zip_free)

gsize scope_zip_count (const ScopeZip *self);
const ScopeZipEntry *scope_zip_nth (const ScopeZip *self, gsize n); /* by place in the archive */
/* NULL if there is none. */
const ScopeZipEntry *scope_zip_find (const ScopeZip *self, const char *name);

/* The contents of a deflated entry, its checksum verified; the caller frees them.
 * SCOPE_ERROR_TOO_LARGE if there is no memory. */
guint8 *scope_zip_inflate (const ScopeZip *self, const ScopeZipEntry *entry,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
