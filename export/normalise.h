/* Normalisations of a map, by the names under which the literature uses them. Any thread.
 *
 *   row-l1   each row divided by the sum of its absolute values
 *   minmax   |α| moved and scaled to 0 … 1 over the whole map (HiddenMambaAttn's pictures)
 *   softmax  each row through a softmax, as if it were scores
 *
 * Only cells that hold something on or below the diagonal take part; the others stay 0. Of a map that
 * was reduced to blocks it is the blocks that are normalised.
 */
#pragma once

#include "analysis/attention.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_NORMALISE_NONE,
  SCOPE_NORMALISE_ROW_L1,
  SCOPE_NORMALISE_MINMAX,
  SCOPE_NORMALISE_SOFTMAX,
  SCOPE_N_NORMALISATIONS
} ScopeNormalise;

gboolean scope_normalise_parse (const char *name, ScopeNormalise *out);
const char *scope_normalise_name (ScopeNormalise kind); /* "none" "row-l1" "minmax" "softmax" */
/* MATRIX covers RANGE. A new matrix, float64. */
ScopeMatrix *scope_normalise (const ScopeMatrix *matrix, ScopeRange range, ScopeNormalise kind,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many cells of row R of a matrix of ROWS x COLUMNS over RANGE hold a cell on or below the
 * diagonal: they are the first so many. */
gsize scope_causal_cells (ScopeRange range, gsize rows, gsize columns, gsize r);

G_END_DECLS
