/* SCAN, Mamba-2's form: one rate per head, so a chunk of tokens is a handful of matrix products
 * (the state-space dual of arXiv 2405.21060, section 6), with softplus, limits, filter and D skip
 * fused.
 *
 * For a chunk of CHUNK tokens, with s the running sum of Δ inside it (in double) and S its start
 * state: G = C Bᵀ,  M[i,j] = G[i,j] exp (A (s_i - s_j)) Δ_j  (j <= i),  y = M u + exp (A s_i) C S +
 * D u, S' = exp (A s_end) S + Σ_j exp (A (s_end - s_j)) Δ_j B_j u_jᵀ. Every exponent is <= 0. The
 * products are cuBLAS batches over (chunk, head), on tensor cores under TF32 and BF16; pointers are
 * written by a kernel. Sequences are worked in slabs of SLAB tokens so that the workspace does not
 * grow with the length. Tolerance: 1e-5 relative to max |y| in FP32. */
#include "math.cuh"
#include "scan.cuh"

enum { CHUNK = 64, SLAB = 8192, THREADS = 256, PRODUCTS = 4 };

struct Slab {
  int64_t rows, heads, lanes, states, groups, chunks; /* lanes: of one head */
  View<const float> raw, a, b, c, u;
  const float *d;
  DeltaRule rule;
  int64_t first_row; /* of the op: what the filter's row limit counts from */
  View<float> y, state, delta_out;
  double *sums;
  int64_t sums_stride;
  /* workspace */
  double *prefix;    /* (rows, heads) running Δ inside its chunk */
  double *kept;      /* (chunks, heads) rows with Δ > 0 */
  float *delta;      /* (rows, heads) */
  float *weighted;   /* (rows, heads lanes): u exp (A (s_end - s)) Δ */
  float *scores;     /* (chunks, groups, CHUNK, CHUNK): G */
  float *mixed;      /* (chunks, heads, CHUNK, CHUNK): M */
  float *from_state; /* (rows, heads lanes): C S */
  float *ends;       /* (chunks, heads lanes, states): local, then start states */
  void **pointers;   /* PRODUCTS x 3 x (chunks * heads) */
};

__device__ static int64_t
chunk_rows (const Slab &s, int64_t chunk)
{
  return min ((int64_t)CHUNK, s.rows - chunk * CHUNK);
}

/* Δ, its running sum, and the rows kept. One thread per (chunk, head). */
__global__ static void
ssd_delta (Slab s)
{
  int64_t h = (int64_t)blockIdx.x * blockDim.x + threadIdx.x, chunk = blockIdx.y;
  double sum = 0.0, kept = 0.0;

  if (h >= s.heads)
    return;
  for (int64_t t = chunk * CHUNK; t < chunk * CHUNK + chunk_rows (s, chunk); t++) {
    float delta = effective_delta (s.rule, s.raw.row (t)[h], s.first_row + t, h);
    sum += delta;
    kept += delta > 0.0f;
    s.delta[t * s.heads + h] = delta;
    s.prefix[t * s.heads + h] = sum;
    if (s.delta_out.data)
      s.delta_out.row (t)[h] = delta;
  }
  s.kept[chunk * s.heads + h] = kept;
}

/* The op's sums, chunk by chunk in order: the same bits every time. */
__global__ static void
ssd_sums (Slab s)
{
  int64_t h = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  double total = 0.0, kept = 0.0;

  if (h >= s.heads)
    return;
  for (int64_t chunk = 0; chunk < s.chunks; chunk++) {
    total += s.prefix[(chunk * CHUNK + chunk_rows (s, chunk) - 1) * s.heads + h];
    kept += s.kept[chunk * s.heads + h];
  }
  s.sums[h] += total;
  s.sums[s.sums_stride + h] += kept;
}

__global__ static void
ssd_weight (Slab s)
{
  int64_t t = blockIdx.x, chunk = t / CHUNK;
  int64_t last = chunk * CHUNK + chunk_rows (s, chunk) - 1;

  for (int64_t e = threadIdx.x; e < s.heads * s.lanes; e += blockDim.x) {
    int64_t h = e / s.lanes;
    double left = s.prefix[last * s.heads + h] - s.prefix[t * s.heads + h];
    float decay = expf ((float)(s.a.row (h)[0] * left));
    s.weighted[t * s.heads * s.lanes + e] = s.u.row (t)[e] * s.delta[t * s.heads + h] * decay;
  }
}

/* Operand addresses of the batches, one (chunk, head) per thread; G is one per (chunk, group). */
__global__ static void
ssd_pointers (Slab s)
{
  int64_t k = (int64_t)blockIdx.x * blockDim.x + threadIdx.x, batch = s.chunks * s.heads;

  if (k >= batch)
    return;
  int64_t chunk = k / s.heads, h = k % s.heads, g = h / (s.heads / s.groups), t = chunk * CHUNK;
  int64_t width = s.heads * s.lanes;
  const void *score = s.scores + (chunk * s.groups + g) * CHUNK * CHUNK;
  const void *mixed = s.mixed + k * CHUNK * CHUNK;
  const void *b = s.b.row (t) + g * s.states, *c = s.c.row (t) + g * s.states;
  const void *u = s.u.row (t) + h * s.lanes, *y = s.y.row (t) + h * s.lanes;
  const void *weighted = s.weighted + t * width + h * s.lanes;
  const void *end = s.ends + (chunk * width + h * s.lanes) * s.states;
  const void *from = s.from_state + t * width + h * s.lanes;
  const void *all[PRODUCTS][3]
      = { { b, c, score }, { u, mixed, y }, { b, weighted, end }, { end, c, from } };
  for (int p = 0; p < PRODUCTS; p++)
    for (int operand = 0; operand < 3; operand++)
      if (p > 0)
        s.pointers[(p * 3 + operand) * batch + k] = (void *)all[p][operand];
      else if (h % (s.heads / s.groups) == 0)
        s.pointers[operand * batch + chunk * s.groups + g] = (void *)all[p][operand];
}

/* M from G: decay and Δ, zero above the diagonal and beyond the last row. */
__global__ static void
ssd_mask (Slab s)
{
  int64_t chunk = blockIdx.x, h = blockIdx.y, g = h / (s.heads / s.groups);
  int64_t first = chunk * CHUNK, count = chunk_rows (s, chunk);
  const float *score = s.scores + (chunk * s.groups + g) * CHUNK * CHUNK;
  float *mixed = s.mixed + (chunk * s.heads + h) * CHUNK * CHUNK;
  double rate = s.a.row (h)[0];
  __shared__ double prefix[CHUNK];
  __shared__ float delta[CHUNK];

  for (int64_t t = threadIdx.x; t < count; t += blockDim.x) {
    prefix[t] = s.prefix[(first + t) * s.heads + h];
    delta[t] = s.delta[(first + t) * s.heads + h];
  }
  __syncthreads ();
  for (int64_t k = threadIdx.x; k < CHUNK * CHUNK; k += blockDim.x) {
    int64_t i = k / CHUNK, j = k % CHUNK;
    bool inside = j <= i && i < count;
    mixed[k] = inside ? score[k] * delta[j] * expf ((float)(rate * (prefix[i] - prefix[j]))) : 0.0f;
  }
}

/* Start state of every chunk, one thread per (lane, state). */
__global__ static void
ssd_carry (Slab s)
{
  int64_t k = (int64_t)blockIdx.x * blockDim.x + threadIdx.x, width = s.heads * s.lanes;

  if (k >= width * s.states)
    return;
  int64_t e = k / s.states, n = k % s.states, h = e / s.lanes;
  double rate = s.a.row (h)[0];
  float state = s.state.row (e)[n];
  for (int64_t chunk = 0; chunk < s.chunks; chunk++) {
    float *end = &s.ends[chunk * width * s.states + k], local = *end;
    int64_t last = chunk * CHUNK + chunk_rows (s, chunk) - 1;
    *end = state;
    state = expf ((float)(rate * s.prefix[last * s.heads + h])) * state + local;
  }
  s.state.row (e)[n] = state;
}

__global__ static void
ssd_finish (Slab s)
{
  int64_t t = blockIdx.x, width = s.heads * s.lanes;

  for (int64_t e = threadIdx.x; e < width; e += blockDim.x) {
    int64_t h = e / s.lanes;
    float decay = expf ((float)(s.a.row (h)[0] * s.prefix[t * s.heads + h]));
    s.y.row (t)[e] += decay * s.from_state[t * width + e] + s.d[h] * s.u.row (t)[e];
  }
}

/* One batch of row-major products: out (rows x columns) = left (rows x inner) right, where right is
 * stored (inner x columns), or (columns x inner) if RIGHT_ROWS. LEFT_COLUMNS: left is stored
 * transposed. Column-major cuBLAS computes outᵀ = rightᵀ leftᵀ. */
struct Batch {
  int product;
  int64_t first, count; /* of the batch's pointers */
  int64_t rows, columns, inner, left_stride, right_stride, out_stride;
  bool left_columns, right_rows;
};

static cublasStatus_t
batched (ScopeCuda *self, const Slab &s, const Batch &b)
{
  const float one = 1.0f, zero = 0.0f;
  void **at = s.pointers + (int64_t)b.product * 3 * s.chunks * s.heads + b.first;
  int64_t step = s.chunks * s.heads;
  /* ssd_pointers stores {right, left, out} */
  cublasComputeType_t type
      = self->base.precision == SCOPE_PRECISION_TF32   ? CUBLAS_COMPUTE_32F_FAST_TF32
        : self->base.precision == SCOPE_PRECISION_BF16 ? CUBLAS_COMPUTE_32F_FAST_16BF
                                                       : CUBLAS_COMPUTE_32F;
  return cublasGemmBatchedEx (self->blas, b.right_rows ? CUBLAS_OP_T : CUBLAS_OP_N,
                              b.left_columns ? CUBLAS_OP_T : CUBLAS_OP_N, (int)b.columns,
                              (int)b.rows, (int)b.inner, &one, (const void *const *)at, CUDA_R_32F,
                              (int)b.right_stride, (const void *const *)(at + step), CUDA_R_32F,
                              (int)b.left_stride, &zero, (void *const *)(at + 2 * step), CUDA_R_32F,
                              (int)b.out_stride, (int)b.count, type, CUBLAS_GEMM_DEFAULT);
}

/* Chunks [FIRST, FIRST + COUNT) of ROWS tokens each: product PRODUCT of ssd_pointers' list. */
static cublasStatus_t
chunk_product (ScopeCuda *self, const Slab &s, int product, int64_t first, int64_t count,
               int64_t rows)
{
  int64_t width = s.heads * s.lanes;
  int64_t per_chunk = product == 0 ? s.groups : s.heads;
  Batch b = { product, first * per_chunk, count * per_chunk };

  switch (product) {
  case 0: /* G = C Bᵀ */
    b.rows = rows, b.columns = rows, b.inner = s.states;
    b.left_stride = s.c.stride, b.right_stride = s.b.stride, b.out_stride = CHUNK;
    b.right_rows = true;
    break;
  case 1: /* y = M u */
    b.rows = rows, b.columns = s.lanes, b.inner = rows;
    b.left_stride = CHUNK, b.right_stride = s.u.stride, b.out_stride = s.y.stride;
    break;
  case 2: /* end (lanes x states) = weightedᵀ B */
    b.rows = s.lanes, b.columns = s.states, b.inner = rows;
    b.left_stride = width, b.right_stride = s.b.stride, b.out_stride = s.states;
    b.left_columns = true;
    break;
  default: /* from (rows x lanes) = C Sᵀ, S stored (lanes x states) */
    b.rows = rows, b.columns = s.lanes, b.inner = s.states;
    b.left_stride = s.c.stride, b.right_stride = s.states, b.out_stride = width;
    b.right_rows = true;
    break;
  }
  return batched (self, s, b);
}

/* Whole chunks in one batch, a shorter last one in another. */
static cublasStatus_t
product_over_chunks (ScopeCuda *self, const Slab &s, int product)
{
  int64_t whole = s.rows / CHUNK, tail = s.rows % CHUNK;
  cublasStatus_t status = CUBLAS_STATUS_SUCCESS;

  if (whole > 0)
    status = chunk_product (self, s, product, 0, whole, CHUNK);
  if (tail > 0 && status == CUBLAS_STATUS_SUCCESS)
    status = chunk_product (self, s, product, whole, 1, tail);
  return status;
}

static int
run_slab (ScopeCuda *self, const Slab &s, char *error, size_t error_size)
{
  int64_t width = s.heads * s.lanes;
  dim3 heads (scope_blocks (s.heads, 32), (unsigned)s.chunks);
  dim3 cells ((unsigned)s.chunks, (unsigned)s.heads);
  cublasStatus_t status;

  SCOPE_LAUNCH (ssd_delta, heads, 32, 0, self, s);
  if (s.sums != NULL)
    SCOPE_LAUNCH (ssd_sums, scope_blocks (s.heads, 32), 32, 0, self, s);
  SCOPE_LAUNCH (ssd_weight, (unsigned)s.rows, THREADS, 0, self, s);
  SCOPE_LAUNCH (ssd_pointers, scope_blocks (s.chunks * s.heads, THREADS), THREADS, 0, self, s);
  status = product_over_chunks (self, s, 0);
  SCOPE_LAUNCH (ssd_mask, cells, THREADS, 0, self, s);
  if (status == CUBLAS_STATUS_SUCCESS)
    status = product_over_chunks (self, s, 2);
  SCOPE_LAUNCH (ssd_carry, scope_blocks (width * s.states, THREADS), THREADS, 0, self, s);
  if (status == CUBLAS_STATUS_SUCCESS)
    status = product_over_chunks (self, s, 1);
  if (status == CUBLAS_STATUS_SUCCESS)
    status = product_over_chunks (self, s, 3);
  SCOPE_LAUNCH (ssd_finish, (unsigned)s.rows, THREADS, 0, self, s);
  if (status != CUBLAS_STATUS_SUCCESS) {
    snprintf (error, error_size, "scan: cuBLAS: %s", cublasGetStatusString (status));
    self->failed = true;
    return SCOPE_STATUS_FAILED;
  }
  return scope_cuda_launched (self, "scan", error, error_size);
}

/* Lays the workspace of a slab out from BASE (or measures it: BASE NULL). Returns the bytes. */
static size_t
lay_out (Slab *s, char *base)
{
  size_t width = (size_t)(s->heads * s->lanes), rows = (size_t)s->rows, at = 0;
  size_t square = (size_t)CHUNK * CHUNK * (size_t)s->chunks;
  auto take = [&] (size_t bytes) {
    char *p = base ? base + at : NULL;
    at += (bytes + 255) / 256 * 256;
    return p;
  };

  s->prefix = (double *)take (rows * (size_t)s->heads * sizeof (double));
  s->kept = (double *)take ((size_t)s->chunks * (size_t)s->heads * sizeof (double));
  s->delta = (float *)take (rows * (size_t)s->heads * sizeof (float));
  s->weighted = (float *)take (rows * width * sizeof (float));
  s->scores = (float *)take (square * (size_t)s->groups * sizeof (float));
  s->mixed = (float *)take (square * (size_t)s->heads * sizeof (float));
  s->from_state = (float *)take (rows * width * sizeof (float));
  s->ends = (float *)take ((size_t)s->chunks * width * (size_t)s->states * sizeof (float));
  s->pointers = (void **)take ((size_t)(PRODUCTS * 3 * s->chunks * s->heads) * sizeof (void *));
  return at;
}

template <class T>
static View<T>
rows_from (const ScopeTensor &tensor, int64_t row)
{
  View<T> view = scope_view<T> (tensor);
  if (view.data != NULL)
    view.data += row * view.stride;
  return view;
}

static Slab
describe (const ScopeOpScan *op, int64_t first, int64_t rows)
{
  Slab s = {};

  s.rows = rows;
  s.heads = op->raw.columns;
  s.lanes = op->u.columns / s.heads;
  s.states = op->state.columns;
  s.groups = op->groups;
  s.chunks = (rows + CHUNK - 1) / CHUNK;
  s.raw = rows_from<const float> (op->raw, first);
  s.a = scope_view<const float> (op->a);
  s.b = rows_from<const float> (op->b, first);
  s.c = rows_from<const float> (op->c, first);
  s.u = rows_from<const float> (op->u, first);
  s.d = (const float *)op->d.data;
  s.rule = delta_rule (op->rule);
  s.first_row = first;
  s.y = rows_from<float> (op->y, first);
  s.state = scope_view<float> (op->state);
  s.delta_out = rows_from<float> (op->delta, first);
  s.sums = (double *)op->sums.data;
  s.sums_stride = op->sums.stride;
  return s;
}

size_t
scope_cuda_ssd_scratch (const ScopeOpScan *op)
{
  Slab largest = describe (op, 0, op->u.rows < SLAB ? op->u.rows : SLAB);

  return lay_out (&largest, NULL);
}

int
scope_cuda_scan_ssd (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  int64_t rows = op->u.rows;
  char *base = (char *)scope_cuda_workspace (self, scope_cuda_ssd_scratch (op), error, error_size);

  if (base == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t first = 0; first < rows; first += SLAB) {
    Slab s = describe (op, first, rows - first < SLAB ? rows - first : SLAB);
    lay_out (&s, base);
    int status = run_slab (self, s, error, error_size);
    if (status != SCOPE_STATUS_OK)
      return status;
  }
  return SCOPE_STATUS_OK;
}
