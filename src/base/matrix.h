/* ScopeMatrix: a dense row-major matrix, float32 or float64.
 *
 * Owns its memory, or borrows it together with a reference to what owns it. Reference counted.
 * Whoever makes a matrix fills it through scope_matrix_data() and then publishes it; from then on
 * it is immutable and any thread may read it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_REAL_F32,
  SCOPE_REAL_F64, /* --precision reference */
} ScopeReal;

typedef struct _ScopeMatrix ScopeMatrix;

/* A zeroed matrix, stride = columns. NULL with SCOPE_ERROR_TOO_LARGE if rows * columns overflows
 * or cannot be allocated. Zero rows or columns are allowed. */
ScopeMatrix *scope_matrix_new (ScopeReal real, gsize rows, gsize columns,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Wraps DATA (not copied); RELEASE(OWNER) is called with the last reference. STRIDE in elements. */
ScopeMatrix *scope_matrix_wrap (ScopeReal real, void *data, gsize rows, gsize columns,
                                gsize stride, gpointer owner,
                                GDestroyNotify release) G_GNUC_WARN_UNUSED_RESULT;
ScopeMatrix *scope_matrix_ref (ScopeMatrix *self);
void scope_matrix_unref (ScopeMatrix *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeMatrix, scope_matrix_unref)

ScopeReal scope_matrix_real (const ScopeMatrix *self);
gsize scope_matrix_rows (const ScopeMatrix *self);
gsize scope_matrix_columns (const ScopeMatrix *self);
gsize scope_matrix_stride (const ScopeMatrix *self); /* elements from one row to the next */
gsize scope_real_size (ScopeReal real);              /* 4 or 8 */

/* First element. Writing is for the maker, before publication. */
void *scope_matrix_data (ScopeMatrix *self);
const float *scope_matrix_row_f32 (const ScopeMatrix *self, gsize row);  /* NULL if it is float64 */
const double *scope_matrix_row_f64 (const ScopeMatrix *self, gsize row); /* NULL if it is float32 */
double scope_matrix_get (const ScopeMatrix *self, gsize row, gsize column);
void scope_matrix_set (ScopeMatrix *self, gsize row, gsize column, double value);

G_END_DECLS
