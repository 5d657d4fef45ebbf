/* SCOPE_OP_OVERVIEW's two ways: block sums by separability, and cell by cell. Both borrow OP and
 * fill BLOCKS, which is the caller's (docs/math.md has the formulas); any thread. */
#pragma once

#include "compute/cpu/map.h"

typedef struct {
  const ScopeOpOverview *op;
  int64_t n_rows, n_columns; /* blocks */
  double *blocks;            /* (n_rows, n_columns): what OUT will hold */
} Overview;

/* The K-th of N+1 edges of [begin, end). */
static inline int64_t
overview_edge (int64_t begin, int64_t end, int64_t k, int64_t n)
{
  return begin + (end - begin) * k / n;
}

static inline int64_t
overview_row (const Overview *self, int64_t p)
{
  return overview_edge (self->op->row_begin, self->op->row_end, p, self->n_rows);
}

static inline int64_t
overview_column (const Overview *self, int64_t q)
{
  return overview_edge (self->op->column_begin, self->op->column_end, q, self->n_columns);
}

int REAL (overview_mean) (Overview *self, char *error, size_t error_size);
int REAL (overview_cells) (Overview *self, char *error, size_t error_size);
