/* The table of one variant. */
#include "compute/cpu/real.h"

#define TABLE_JOIN(variant)  scope_cpu_kernels_##variant
#define TABLE_JOIN2(variant) TABLE_JOIN (variant)

const ScopeCpuKernels TABLE_JOIN2 (SCOPE_CPU_VARIANT) = {
  .isa = SCOPE_CPU_ISA,
  .run = {
    [SCOPE_OP_EMBED] = REAL (embed),
    [SCOPE_OP_NORM] = REAL (norm),
    [SCOPE_OP_PRODUCT] = REAL (product),
    [SCOPE_OP_CONV] = REAL (conv),
    [SCOPE_OP_DELTA] = REAL (delta),
    [SCOPE_OP_SCAN] = REAL (scan),
    [SCOPE_OP_DECAY] = REAL (decay),
    [SCOPE_OP_ATTENTION] = REAL (attention),
    [SCOPE_OP_OVERVIEW] = REAL (overview),
    [SCOPE_OP_FIELDS] = REAL (fields),
    [SCOPE_OP_THUMBNAILS] = REAL (thumbnails),
    [SCOPE_OP_COPY] = REAL (copy),
    [SCOPE_OP_ROTARY] = REAL (rotary),
    [SCOPE_OP_HEADS] = REAL (heads),
    [SCOPE_OP_SOFTMAX] = REAL (softmax),
    [SCOPE_OP_GLU] = REAL (glu),
  },
  .ln_decay = REAL (ln_decay),
};
