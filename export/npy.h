/* NPY version 1.0 writer: little-endian, C order, <f4 or <f8 by the matrix. Any thread. */
#pragma once

#include "base/matrix.h"

G_BEGIN_DECLS

gboolean scope_npy_write (const ScopeMatrix *matrix, const char *path, GError **error);
/* One dimension: (count). */
gboolean scope_npy_write_vector (const ScopeMatrix *row, const char *path, GError **error);

/* The same for a matrix too large to hold: open, append blocks of whole rows in order (converted to
 * REAL where they are not), then close (all ROWS must be there) or abandon. The file appears under
 * PATH when it is closed. */
typedef struct _ScopeNpyWriter ScopeNpyWriter;
ScopeNpyWriter *scope_npy_open (const char *path, ScopeReal real, gsize rows, gsize columns,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scope_npy_append (ScopeNpyWriter *self, const ScopeMatrix *rows, GError **error);
gboolean scope_npy_close (ScopeNpyWriter *self, GError **error); /* frees SELF */
void scope_npy_abandon (ScopeNpyWriter *self);                   /* frees SELF; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeNpyWriter, scope_npy_abandon)

G_END_DECLS
