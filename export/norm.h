/* Norms: how a value becomes a place on the palette. Any thread. */
#pragma once

#include "base/matrix.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_NORM_LINEAR,
  SCOPE_NORM_LOG,    /* of |value|, with a floor at LOW */
  SCOPE_NORM_SYMLOG, /* signed, linear within +-LOW */
  SCOPE_NORM_POWER,  /* linear, then to the power GAMMA */
  SCOPE_NORM_RANK,   /* of |value| among all that are not 0, which is placed lowest */
  SCOPE_N_NORMS
} ScopeNormKind;

#define SCOPE_RANK_KNOTS    129
#define SCOPE_DEFAULT_GAMMA 0.5

typedef struct {
  ScopeNormKind kind;
  double low, high; /* LINEAR, POWER: ends. LOG: floor and top, 0 < low < high. SYMLOG: linear width,
                       top. RANK: the least and the greatest */
  double gamma;     /* POWER, above 0 */
  double knot[SCOPE_RANK_KNOTS]; /* RANK: evenly spaced quantiles, ascending */
} ScopeNorm;

gboolean scope_norm_parse (const char *name, ScopeNormKind *out);
const char *scope_norm_name (ScopeNormKind kind); /* "linear" "log" "symlog" "power" "rank" */
/* A norm of KIND that fits the finite values of MATRIX (LOG: top |value| down to 1e-5 of it, never
 * below 1e-12). An all-zero matrix gives a valid norm. */
ScopeNorm scope_norm_fit (ScopeNormKind kind, const ScopeMatrix *matrix);
/* One norm for COUNT matrices. */
ScopeNorm scope_norm_fit_all (ScopeNormKind kind, const ScopeMatrix *const *matrices, gsize count);
double scope_norm_apply (const ScopeNorm *norm, double value);  /* to [0, 1]; NaN stays NaN */
double scope_norm_invert (const ScopeNorm *norm, double place); /* from [0, 1] */
/* Tick values a scientist would choose: at most MAX; returns how many. */
gsize scope_norm_ticks (const ScopeNorm *norm, double *out, gsize max);
/* The same for a plain axis [LOW, HIGH]: steps of 1, 2, 2.5 or 5 times a power of ten. */
gsize scope_axis_ticks (double low, double high, double *out, gsize max);
/* "0.05", "2 048", "1e-3" as UTF-8 ("10⁻³" with SUPERSCRIPT). Caller frees. */
char *scope_tick_label (double value, gboolean superscript) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
