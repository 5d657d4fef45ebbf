/* Which variant runs here. */
#include "compute/cpu/kernels.h"

#include <string.h>

#include "compute/host.h"

/* Best first. */
static const ScopeCpuKernels *const float_variants[] = {
#ifdef __x86_64__
  &scope_cpu_kernels_f32_avx512,
  &scope_cpu_kernels_f32_avx2,
#endif
  &scope_cpu_kernels_f32_baseline,
};

static bool
processor_has (const char *isa)
{
#ifdef __x86_64__
  if (strcmp (isa, "avx512") == 0)
    return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512dq")
           && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl")
           && __builtin_cpu_supports ("fma");
  if (strcmp (isa, "avx2") == 0)
    return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
#endif
  return true;
}

const ScopeCpuKernels *
scope_cpu_kernels_choose (ScopePrecision precision)
{
  if (precision == SCOPE_PRECISION_REFERENCE)
    return &scope_cpu_kernels_f64;
  const char *wanted = g_getenv ("SCOPE_CPU_ISA");
  for (guint i = 0; wanted != NULL && i < G_N_ELEMENTS (float_variants); i++)
    if (strcmp (float_variants[i]->isa, wanted) == 0 && processor_has (wanted))
      return float_variants[i];
  for (guint i = 0; i < G_N_ELEMENTS (float_variants); i++)
    if (processor_has (float_variants[i]->isa))
      return float_variants[i];
  return &scope_cpu_kernels_f32_baseline;
}

double
scope_host_ln_decay (ScopePrecision precision, const double *delta, gsize count,
                     const double *rates, gsize n_rates, double enough)
{
  return scope_cpu_kernels_choose (precision)->ln_decay (delta, (int64_t)count, rates,
                                                         (int64_t)n_rates, enough);
}
