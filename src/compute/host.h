/* Arithmetic on numbers that the host has, in the widest vectors of its processor, whatever the
 * backend: what analysis does by the million. Any thread. */
#pragma once

#include <glib.h>

#include "compute/backend.h"

G_BEGIN_DECLS

/* ln of the decay of one channel over COUNT values of Δ >= 0: Σ ln(mean over rates of exp(Δ rate)),
 * RATES (N_RATES < 2^31) its A. The sum only falls: once it is not above ENOUGH (-INFINITY: never),
 * what is left may be left out of it. SCOPE_PRECISION_REFERENCE: by the C library's functions, else
 * within a few ulp of it. */
double scope_host_ln_decay (ScopePrecision precision, const double *delta, gsize count,
                            const double *rates, gsize n_rates, double enough);

G_END_DECLS
