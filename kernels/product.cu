/* PRODUCT: out = x Wᵀ + bias, or out += x Wᵀ + bias.
 * cuBLAS, with the compute type of the precision: FP32, TF32, or BF16 with FP32 accumulation. The
 * row-major product is cuBLAS's column-major (out)ᵀ = W xᵀ. The bias is added by one pass.
 * Tolerance (relative to the largest element): FP32 1e-5, TF32 2e-3, BF16 2e-2. */
#include "device.h"

__global__ static void
add_bias (View<float> out, const float *bias, int64_t columns)
{
  float *row = out.row (blockIdx.x);

  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
    row[c] += bias[c];
}

static cublasComputeType_t
compute_type (ScopePrecision precision)
{
  switch (precision) {
  case SCOPE_PRECISION_TF32:
    return CUBLAS_COMPUTE_32F_FAST_TF32;
  case SCOPE_PRECISION_BF16:
    return CUBLAS_COMPUTE_32F_FAST_16BF;
  default:
    return CUBLAS_COMPUTE_32F;
  }
}

int
scope_cuda_product (ScopeCuda *self, const ScopeOpProduct *op, char *error, size_t error_size)
{
  const float one = 1.0f, beta = op->accumulate ? 1.0f : 0.0f;
  cublasStatus_t status;

  if (op->out.rows == 0 || op->out.columns == 0)
    return SCOPE_STATUS_OK;
  status = cublasGemmEx (self->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)op->out.columns,
                         (int)op->out.rows, (int)op->x.columns, &one, op->weight.data, CUDA_R_32F,
                         (int)op->weight.stride, op->x.data, CUDA_R_32F, (int)op->x.stride, &beta,
                         op->out.data, CUDA_R_32F, (int)op->out.stride,
                         compute_type (self->base.precision), CUBLAS_GEMM_DEFAULT);
  if (status != CUBLAS_STATUS_SUCCESS) {
    snprintf (error, error_size, "product: cuBLAS: %s", cublasGetStatusString (status));
    self->failed = true;
    return SCOPE_STATUS_FAILED;
  }
  if (op->bias.data != NULL)
    SCOPE_LAUNCH (add_bias, (unsigned)op->out.rows, 256, 0, self, scope_view<float> (op->out),
                  (const float *)op->bias.data, op->out.columns);
  return scope_cuda_launched (self, "product", error, error_size);
}
