/* Cells of one channel's implicit attention, a tile at a time, at any list of rows and columns.
 *
 * A tile whose columns all come at or before its first row r0 is a product of rank N: with q its
 * last column,
 *   α[i,j] = Σ_n (C_i exp(A(P_i - P_r0))) · exp(A(P_r0 - P_q)) · (exp(A(P_q - P_j)) Δ_j B_j),
 * three factors none of which can overflow. The left and right ones are made once. Tiles that the
 * diagonal cuts are evaluated cell by cell.
 */
#pragma once

#include "compute/cpu/vmath.h"

#define TILE 64

/* Prefix sums of one channel's Δ over [first, last], as unevaluated sums of two doubles: distances
 * between neighbours stay exact however far along the text they are. */
typedef struct {
  int64_t first;
  double *high, *low;
} Line;

int REAL (line_init) (Line *self, const ScopeMapSource *source, int64_t channel, int64_t first,
                      int64_t last, char *error, size_t error_size);
void REAL (line_clear) (Line *self);

/* P_i - P_j. */
static inline double
line_distance (const Line *self, int64_t i, int64_t j)
{
  i -= self->first;
  j -= self->first;
  return (self->high[i] - self->high[j]) + (self->low[i] - self->low[j]);
}

/* Row t of C or of B for CHANNEL: N reals. */
static inline const real *
map_states (const ScopeMapSource *source, const ScopeTensor *tensor, int64_t channel, int64_t t)
{
  int64_t group = channel / (source->delta.columns / source->groups);
  return real_row (tensor, t) + group * source->states;
}

/* Δ_j, or where it is left out, 1 and still 0 for a dropped token. */
static inline real
map_weight (const ScopeMapSource *source, int64_t channel, int64_t j, bool without_delta)
{
  real delta = real_row (&source->delta, j)[channel];
  return without_delta ? (real)(delta != 0) : delta;
}

typedef struct {
  const ScopeMapSource *source;
  int64_t channel;
  bool without_delta;
  int64_t states, rates;         /* rates: 1, or one for each state */
  const real *a;                 /* (rates) */
  const int64_t *rows, *columns; /* ascending, borrowed */
  int64_t n_rows, n_columns;
  Line line;
  real *left;    /* (groups of rows, N, TILE), each group relative to its first row */
  real *right;   /* (groups of columns, N, TILE), relative to the group's last; padded with 0 */
  real *scratch; /* per worker: (N, TILE) */
} Map;

/* Channel, lists and source are set by the caller; the rest is made here. */
int REAL (map_init) (Map *self, char *error, size_t error_size);
void REAL (map_clear) (Map *self);

/* Listed rows [begin, end), all of one group of TILE, against the group GROUP of listed columns:
 * out(r, k) at out[(r - begin) * TILE + k]. FALSE, and OUT untouched, if all are above the
 * diagonal. */
bool REAL (map_tile) (const Map *self, int64_t begin, int64_t end, int64_t group, guint worker,
                      real *out);

/* out[k] = Σ_n c[n] w[n * stride + k] exp (a[n] distance[k]) for TILE columns. */
void REAL (map_direct_row) (const real *a, int64_t rates, int64_t states, const real *c,
                            const real *w, int64_t stride, const real *distance, real *out);
