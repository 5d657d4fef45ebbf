/* OpenBLAS's products of the type that an operation is compiled for. Each call runs in one thread
 * (product.c says why). */
#pragma once

#include <cblas.h>

#include "compute/cpu/real.h"

#ifdef SCOPE_CPU_DOUBLE
#define gemm cblas_dgemm
#define gemv cblas_dgemv
#else
#define gemm cblas_sgemm
#define gemv cblas_sgemv
#endif
