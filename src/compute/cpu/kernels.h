/* The variants of the CPU backend: a table of run functions for each instruction set, and what
 * they share. compute/cpu/ only. Tables are constant; a run function keeps nothing, spreads its
 * loops over the pool of base/parallel.h, and is for one caller at a time. */
#pragma once

#include <glib.h>

#include "compute/backend.h"

/* Runs one operation whose parameters scope_cpu_supports() has accepted; a SCOPE_STATUS. */
typedef int ScopeCpuRun (const void *params, char *error, size_t error_size);

/* scope_host_ln_decay() of compute/host.h, in one precision. */
typedef double ScopeCpuLnDecay (const double *delta, int64_t count, const double *rates,
                                int64_t n_rates, double enough);

typedef struct {
  const char *isa; /* "avx512" */
  ScopeCpuRun *run[SCOPE_N_OPS];
  ScopeCpuLnDecay *ln_decay;
} ScopeCpuKernels;

extern const ScopeCpuKernels scope_cpu_kernels_f64;
extern const ScopeCpuKernels scope_cpu_kernels_f32_baseline;
#ifdef __x86_64__
extern const ScopeCpuKernels scope_cpu_kernels_f32_avx2;
extern const ScopeCpuKernels scope_cpu_kernels_f32_avx512;
#endif

/* The best variant for this processor, or the one that $SCOPE_CPU_ISA names if the processor has
 * it. */
const ScopeCpuKernels *scope_cpu_kernels_choose (ScopePrecision precision);

/* Every restriction that the CPU backend has, shapes and types included. */
bool scope_cpu_supports (ScopeBackend *self, ScopeOp op, const void *params, char *error,
                         size_t error_size);

/* Writes the message and returns STATUS. */
int scope_cpu_fail (int status, char *error, size_t error_size, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* COUNT elements of scratch on a cache line of their own; NULL, with the message, when there is no
 * memory. Variables marked SCOPE_CPU_SCRATCH free theirs. */
void *scope_cpu_scratch (int64_t count, size_t size, char *error, size_t error_size);
void scope_cpu_scratch_clear (void *variable);
#define SCOPE_CPU_SCRATCH __attribute__ ((cleanup (scope_cpu_scratch_clear)))

static inline bool
scope_cpu_cancelled (const ScopeCancel *cancel)
{
  return cancel->poll != NULL && cancel->poll (cancel->data) != 0;
}
