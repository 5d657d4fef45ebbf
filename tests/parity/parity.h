/* A backend against plain double-precision formulas, one operation at a time.
 *
 * Each test makes random inputs (its seed is printed), gives them to the backend in tensors with
 * guard bands, and compares what comes back with the definition, summed naively in double. Run with
 * --backend NAME and --precision NAME; --longest TOKENS leaves out longer texts: without it, those
 * above 20,000 (of up to 65,536) where the backend is the host itself. */
#pragma once

#include <math.h>
#include <string.h>

#include "compute/registry.h"
#include "test-support.h"

typedef struct {
  const char *backend_name;
  ScopePrecision precision;
  ScopeBackend *backend;
  ScopeType real;
  double epsilon; /* unit roundoff of the backend's arithmetic */
  double product; /* that of an operand of a matrix product: TF32 and BF16 shorten it */
  double wide;    /* that of the backend's wide type */
  gsize longest;  /* tokens */
  gsize guard; /* elements between rows: 3, so that nothing is aligned, unless a test says more */
  GRand *random;
  GPtrArray *memory; /* of every tensor of this test */
} Parity;

extern Parity parity;

/* Before and after each test. */
void parity_begin (guint32 seed);
void parity_end (void);

/* COUNT random numbers that the backend's type holds exactly. Freed by parity_end(). */
double *parity_uniform (gsize count, double low, double high);
double *parity_normal (gsize count);
double *parity_zeros (gsize count);
/* The last one's Δ: log-uniform in [low, high], a tenth of them exactly 0. */
double *parity_delta (gsize count, double low, double high);
/* Rates: -(log-uniform in [low, high]). */
double *parity_rates (gsize count, double low, double high);

/* A tensor on the backend with guard bands around every row. VALUES (rows * columns) or NULL: then
 * it starts as NaN, so that what an operation forgets to write is seen. */
ScopeTensor parity_tensor (ScopeType type, gsize rows, gsize columns, const double *values);
ScopeTensor parity_real (gsize rows, gsize columns, const double *values);
/* Of the wide type, to which VALUES (if any) are rounded in place first. */
ScopeTensor parity_wide (gsize rows, gsize columns, double *values);
/* Reads it back, having checked the guards. */
double *parity_read (ScopeTensor tensor);

/* FALSE, with the test marked as skipped, if the backend declares that it cannot. */
gboolean parity_run (ScopeOp op, const void *params);

/* Every |got - expected| <= tolerance[i] (or TOLERANCE[0] for all if UNIFORM), all finite, and the
 * mean square error relative to the mean square below NMSE. */
void parity_compare (const char *what, const double *got, const double *expected,
                     const double *tolerance, gboolean uniform, gsize count, double nmse);
/* The same with one bound relative to the largest |expected|. */
void parity_close (const char *what, const double *got, const double *expected, gsize count,
                   double relative);

/* What a NaN in an input must reach is NaN (HIT), and all else has not changed a bit from CLEAN. */
void parity_spread (const char *what, const double *clean, const double *got, const gboolean *hit,
                    gsize count);

void parity_add_basic (void);
void parity_add_scan (void);
void parity_add_map (void);
void parity_add_overview (void);
void parity_add_hybrid (void);
void parity_add_levels (void);
void parity_add_spread (void);
void parity_add_long (void);
void parity_add_replay (void);
void parity_add_transfer (void);
