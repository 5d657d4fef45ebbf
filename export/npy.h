/* NPY version 1.0 writer: little-endian, C order, <f4 or <f8 by the matrix. Any thread. */
#pragma once

#include "base/matrix.h"

G_BEGIN_DECLS

gboolean scope_npy_write (const ScopeMatrix *matrix, const char *path, GError **error);
/* One dimension: (count). */
gboolean scope_npy_write_vector (const ScopeMatrix *row, const char *path, GError **error);

G_END_DECLS
