/* PRODUCT: out = x Wᵀ + bias, or out += x Wᵀ + bias.
 * cuBLAS, with the compute type of the precision: FP32, TF32, or BF16 operands with FP32 sums. The
 * row-major product is cuBLAS's column-major (out)ᵀ = W xᵀ. The bias is added by one pass.
 * Tolerance (relative to the largest element): FP32 1e-5, TF32 2e-3, BF16 2e-2. */
#include "device.h"

template <class T>
__global__ static void
add_bias (View<T> out, const float *bias, int64_t columns)
{
  T *row = out.row (blockIdx.x);

  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
    scope_store (&row[c], scope_load (row[c]) + bias[c]);
}

static cudaDataType_t
data_type (const ScopeTensor &tensor)
{
  return tensor.type == SCOPE_TYPE_BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

int
scope_cuda_product (ScopeCuda *self, const ScopeOpProduct *op, char *error, size_t error_size)
{
  const float one = 1.0f, beta = op->accumulate ? 1.0f : 0.0f;
  cublasComputeType_t type = self->base.precision == SCOPE_PRECISION_TF32
                                 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                 : CUBLAS_COMPUTE_32F;
  cublasStatus_t status;

  if (op->out.rows == 0 || op->out.columns == 0)
    return SCOPE_STATUS_OK;
  status = cublasGemmEx (self->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)op->out.columns,
                         (int)op->out.rows, (int)op->x.columns, &one, op->weight.data,
                         data_type (op->weight), (int)op->weight.stride, op->x.data,
                         data_type (op->x), (int)op->x.stride, &beta, op->out.data,
                         data_type (op->out), (int)op->out.stride, type, CUBLAS_GEMM_DEFAULT);
  if (status != CUBLAS_STATUS_SUCCESS) {
    snprintf (error, error_size, "product: cuBLAS: %s", cublasGetStatusString (status));
    self->failed = true;
    return SCOPE_STATUS_FAILED;
  }
  if (op->bias.data != NULL)
    scope_with_type (op->out, [&] (auto *out) {
      typedef std::remove_pointer_t<decltype (out)> T;
      SCOPE_LAUNCH (add_bias<T>, (unsigned)op->out.rows, 256, 0, self, scope_view<T> (op->out),
                    (const float *)op->bias.data, op->out.columns);
    });
  return scope_cuda_launched (self, "product", error, error_size);
}
