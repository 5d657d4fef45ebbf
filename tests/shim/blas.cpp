/* cuBLAS's products as plain loops; see include/cublas_v2.h. */
#include <cublas_v2.h>
#include <cuda_bf16.h>

#include <vector>

namespace {
struct Operand {
  const void *data;
  cudaDataType type;
  int64_t row_stride, column_stride;
};

struct Product {
  int m, n, k;
  float alpha, beta;
  Operand a, b;
  void *c;
  cudaDataType c_type;
  int ldc;
  cublasComputeType_t compute;
};

Operand
operand (const void *data, cudaDataType type, int64_t ld, cublasOperation_t op)
{
  return op == CUBLAS_OP_N ? Operand{ data, type, 1, ld } : Operand{ data, type, ld, 1 };
}

float
get (const void *data, cudaDataType type, int64_t at)
{
  return type == CUDA_R_16BF ? __bfloat162float (((const __nv_bfloat16 *)data)[at])
                             : ((const float *)data)[at];
}

void
put (void *data, cudaDataType type, int64_t at, float value)
{
  if (type == CUDA_R_16BF)
    ((__nv_bfloat16 *)data)[at] = __float2bfloat16_rn (value);
  else
    ((float *)data)[at] = value;
}

float
rounded (float value, cublasComputeType_t compute)
{
  if (value != value)
    return value;
  if (compute == CUBLAS_COMPUTE_32F_FAST_TF32)
    return shim_bits<float> ((shim_bits<uint32_t> (value) + 0x1000u) & ~0x1fffu);
  return compute == CUBLAS_COMPUTE_32F_FAST_16BF ? __bfloat162float (__float2bfloat16_rn (value))
                                                 : value;
}

/* (rows, columns) of OP, rounded, in row order of the inner index last. */
std::vector<float>
packed (const Operand &op, int outer, int inner, bool outer_is_row, cublasComputeType_t compute)
{
  std::vector<float> out ((size_t)outer * inner);
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < inner; i++) {
      int64_t row = outer_is_row ? o : i, column = outer_is_row ? i : o;
      float value = get (op.data, op.type, row * op.row_stride + column * op.column_stride);
      out[(size_t)(o * inner + i)] = rounded (value, compute);
    }
  return out;
}

void
multiply (const Product &p)
{
  std::vector<float> left = packed (p.a, p.m, p.k, true, p.compute);
  std::vector<float> right = packed (p.b, p.n, p.k, false, p.compute);
  for (int64_t j = 0; j < p.n; j++)
    for (int64_t i = 0; i < p.m; i++) {
      float sum = 0;
      for (int64_t k = 0; k < p.k; k++)
        sum += left[(size_t)(i * p.k + k)] * right[(size_t)(j * p.k + k)];
      int64_t at = j * p.ldc + i;
      sum *= p.alpha;
      put (p.c, p.c_type, at, p.beta != 0 ? sum + p.beta * get (p.c, p.c_type, at) : sum);
    }
}

bool
is_known (cudaDataType type)
{
  return type == CUDA_R_32F || type == CUDA_R_16BF;
}

/* Strides as cuBLAS demands them. */
bool
is_valid (const Product &p, cublasOperation_t op_a, int lda, cublasOperation_t op_b, int ldb)
{
  return p.m >= 0 && p.n >= 0 && p.k >= 0 && lda >= (op_a == CUBLAS_OP_N ? p.m : p.k)
         && ldb >= (op_b == CUBLAS_OP_N ? p.k : p.n) && p.ldc >= p.m && is_known (p.a.type)
         && p.a.type == p.b.type && is_known (p.c_type);
}
} // namespace

const char *
cublasGetStatusString (cublasStatus_t status)
{
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "an invalid value";
}

cublasStatus_t
cublasCreate (cublasHandle_t *out)
{
  *out = new ShimBlas ();
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasDestroy (cublasHandle_t handle)
{
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasSetStream (cublasHandle_t handle, cudaStream_t stream)
{
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasSetWorkspace (cublasHandle_t handle, void *workspace, size_t bytes)
{
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasGemmEx (cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n,
              int k, const void *alpha, const void *a, cudaDataType a_type, int lda, const void *b,
              cudaDataType b_type, int ldb, const void *beta, void *c, cudaDataType c_type, int ldc,
              cublasComputeType_t compute, cublasGemmAlgo_t algorithm)
{
  Product p = { m,
                n,
                k,
                *(const float *)alpha,
                *(const float *)beta,
                operand (a, a_type, lda, op_a),
                operand (b, b_type, ldb, op_b),
                c,
                c_type,
                ldc,
                compute };
  if (!is_valid (p, op_a, lda, op_b, ldb))
    return CUBLAS_STATUS_INVALID_VALUE;
  shim::enqueue (handle->stream, [=] { multiply (p); });
  return CUBLAS_STATUS_SUCCESS;
}
