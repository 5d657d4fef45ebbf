/* One tensor of a checkpoint, as stored. Immutable; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_DTYPE_F32,
  SCOPE_DTYPE_F16,
  SCOPE_DTYPE_BF16,
  SCOPE_DTYPE_F64,
} ScopeDtype;

#define SCOPE_MAX_RANK 4

/* DATA is contiguous, row by row, in the mapping or in memory of the file's reader; it need not be
 * aligned. */
typedef struct {
  const char *name;
  const void *data;
  ScopeDtype dtype;
  guint rank;
  gsize shape[SCOPE_MAX_RANK];
  gsize count; /* elements */
} ScopeWeight;

const char *scope_dtype_name (ScopeDtype dtype); /* "F16" */
gsize scope_dtype_size (ScopeDtype dtype);
/* Converts COUNT elements, from element OFFSET on. */
void scope_weight_to_f32 (const ScopeWeight *weight, gsize offset, gsize count, float *out);
void scope_weight_to_f64 (const ScopeWeight *weight, gsize offset, gsize count, double *out);
/* The first element that is NaN or infinite, or WEIGHT->count. Runs on the pool of threads. */
gsize scope_weight_find_nonfinite (const ScopeWeight *weight);

G_END_DECLS
