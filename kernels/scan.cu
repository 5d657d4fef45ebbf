/* SCAN, Mamba's form: h[t] = exp (Δ[t] A) h[t-1] + Δ[t] B[t] u[t], y[t] = C[t] · h[t] + D u[t],
 * with softplus, limits, filter and D skip fused (backend.h).
 *
 * The sequence is cut in chunks of CHUNK tokens that run side by side, in three launches:
 *   local  each chunk from a zero state: its end state and ΣΔ;
 *   carry  one thread per (channel, state) walks the chunks: start state of each,
 *          S <- exp (A ΣΔ) S + local end state (exact, because A is constant);
 *   final  each chunk again, from its start state: y.
 * That is twice the exponentials of a serial walk and T / CHUNK times its parallelism.
 * Layout: a thread owns one channel and GROUP states in registers; a chunk's B and C rows are
 * staged in shared memory; Δ, u and y are coalesced along the channels. N > GROUP takes several
 * groups. Workspace: (chunks, N, H) states and (chunks, H) sums. Tolerance: 1e-5 relative to max
 * |y|. */
#include "math.cuh"
#include "scan.cuh"

enum { SCAN_THREADS = 128, CHUNK = 64, GROUP = 16 };

struct Scan {
  View<const float> raw, a, b, c, u;
  const float *d;
  DeltaRule rule;
  View<float> y, delta; /* delta.data NULL: not wanted */
  View<float> state;    /* (H, N) */
  double *sums;         /* (2, H) or NULL */
  int64_t sums_stride;
  float *ends;   /* (chunks, N, H) local end states, then start states */
  double *total; /* (chunks, H) ΣΔ */
  double *kept;  /* (chunks, H) rows with Δ > 0 */
  int64_t rows, channels, states, chunks;
};

/* GROUP columns of COUNT rows of B or C, zero beyond N. */
__device__ static void
stage (float (*tile)[GROUP], View<const float> from, int64_t begin, int64_t count, int64_t first,
       int64_t states)
{
  for (int64_t k = threadIdx.x; k < count * GROUP; k += SCAN_THREADS) {
    int64_t n = first + k % GROUP;
    tile[k / GROUP][k % GROUP] = n < states ? from.row (begin + k / GROUP)[n] : 0.0f;
  }
}

/* log2(e) A of GROUP states, so that a step costs one exp2. */
__device__ static void
load_rates (float *rate, const Scan &s, int64_t channel, int64_t first)
{
  for (int n = 0; n < GROUP; n++)
    rate[n] = first + n < s.states ? s.a.row (channel)[first + n] * 1.4426950408889634f : 0.0f;
}

__global__ static void
scan_local (Scan s)
{
  __shared__ float b[CHUNK][GROUP];
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x, chunk = blockIdx.y;
  int64_t first = (int64_t)blockIdx.z * GROUP, begin = chunk * CHUNK;
  int64_t count = min ((int64_t)CHUNK, s.rows - begin);
  float state[GROUP] = { 0 }, rate[GROUP];
  double total = 0.0, kept = 0.0;

  stage (b, s.b, begin, count, first, s.states);
  __syncthreads ();
  if (h >= s.channels)
    return;
  load_rates (rate, s, h, first);
  for (int64_t t = 0; t < count; t++) {
    float delta = effective_delta (s.rule, s.raw.row (begin + t)[h], begin + t, h);
    float in = delta * s.u.row (begin + t)[h];
    total += delta;
    kept += delta > 0.0f;
#pragma unroll
    for (int n = 0; n < GROUP; n++)
      state[n] = exp2f (delta * rate[n]) * state[n] + in * b[t][n];
  }
  for (int n = 0; n < GROUP && first + n < s.states; n++)
    s.ends[(chunk * s.states + first + n) * s.channels + h] = state[n];
  if (first == 0) {
    s.total[chunk * s.channels + h] = total;
    s.kept[chunk * s.channels + h] = kept;
  }
}

__global__ static void
scan_carry (Scan s)
{
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x, n = blockIdx.y;

  if (h >= s.channels)
    return;
  float rate = s.a.row (h)[n] * 1.4426950408889634f, state = s.state.row (h)[n];
#pragma unroll 4
  for (int64_t chunk = 0; chunk < s.chunks; chunk++) {
    float *end = &s.ends[(chunk * s.states + n) * s.channels + h];
    float local = *end, decay = exp2f ((float)(s.total[chunk * s.channels + h] * rate));
    *end = state;
    state = decay * state + local;
  }
  s.state.row (h)[n] = state;
}

/* One group's share of y; the first also adds D u and writes Δ. */
__device__ static void
scan_group (const Scan &s, float (*b)[GROUP], float (*c)[GROUP], int64_t h, int64_t begin,
            int64_t count, int64_t first)
{
  float state[GROUP], rate[GROUP], skip = s.d[h];
  int64_t chunk = begin / CHUNK;

  load_rates (rate, s, h, first);
  for (int n = 0; n < GROUP; n++)
    state[n]
        = first + n < s.states ? s.ends[(chunk * s.states + first + n) * s.channels + h] : 0.0f;
  for (int64_t t = 0; t < count; t++) {
    float delta = effective_delta (s.rule, s.raw.row (begin + t)[h], begin + t, h);
    float u = s.u.row (begin + t)[h], in = delta * u, sum = 0.0f;
#pragma unroll
    for (int n = 0; n < GROUP; n++) {
      state[n] = exp2f (delta * rate[n]) * state[n] + in * b[t][n];
      sum += state[n] * c[t][n];
    }
    float *y = &s.y.row (begin + t)[h];
    *y = first == 0 ? sum + skip * u : *y + sum;
    if (first == 0 && s.delta.data)
      s.delta.row (begin + t)[h] = delta;
  }
}

__global__ static void
scan_final (Scan s)
{
  __shared__ float b[CHUNK][GROUP], c[CHUNK][GROUP];
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * CHUNK, count = min ((int64_t)CHUNK, s.rows - begin);

  for (int64_t first = 0; first < s.states; first += GROUP) {
    __syncthreads ();
    stage (b, s.b, begin, count, first, s.states);
    stage (c, s.c, begin, count, first, s.states);
    __syncthreads ();
    if (h < s.channels)
      scan_group (s, b, c, h, begin, count, first);
  }
}

/* The op's sums, chunk by chunk in order: the same bits every time. */
__global__ static void
scan_sums (Scan s)
{
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x;
  double total = 0.0, kept = 0.0;

  if (h >= s.channels)
    return;
  for (int64_t chunk = 0; chunk < s.chunks; chunk++) {
    total += s.total[chunk * s.channels + h];
    kept += s.kept[chunk * s.channels + h];
  }
  s.sums[h] += total;
  s.sums[s.sums_stride + h] += kept;
}

static Scan
describe (const ScopeOpScan *op, double *workspace)
{
  Scan s = {};

  s.raw = scope_view<const float> (op->raw);
  s.a = scope_view<const float> (op->a);
  s.b = scope_view<const float> (op->b);
  s.c = scope_view<const float> (op->c);
  s.u = scope_view<const float> (op->u);
  s.d = (const float *)op->d.data;
  s.rule = delta_rule (op->rule);
  s.y = scope_view<float> (op->y);
  s.delta = scope_view<float> (op->delta);
  s.state = scope_view<float> (op->state);
  s.sums = (double *)op->sums.data;
  s.sums_stride = op->sums.stride;
  s.rows = op->u.rows;
  s.channels = op->u.columns;
  s.states = op->state.columns;
  s.chunks = (s.rows + CHUNK - 1) / CHUNK;
  s.total = workspace;
  s.kept = s.total + s.chunks * s.channels;
  s.ends = (float *)(s.kept + s.chunks * s.channels);
  return s;
}

size_t
scope_cuda_s6_scratch (const ScopeOpScan *op)
{
  size_t cells = (size_t)scope_blocks (op->u.rows, CHUNK) * (size_t)op->u.columns;

  return cells * (2 * sizeof (double) + (size_t)op->state.columns * sizeof (float));
}

int
scope_cuda_scan_s6 (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  int64_t chunks = scope_blocks (op->u.rows, CHUNK);
  double *workspace
      = (double *)scope_cuda_workspace (self, scope_cuda_s6_scratch (op), error, error_size);
  unsigned across = scope_blocks (op->u.columns, SCAN_THREADS);

  if (workspace == NULL)
    return SCOPE_STATUS_MEMORY;
  Scan s = describe (op, workspace);
  dim3 local (across, (unsigned)chunks, scope_blocks (s.states, GROUP));
  dim3 carry (across, (unsigned)s.states), final (across, (unsigned)chunks);
  SCOPE_LAUNCH (scan_local, local, SCAN_THREADS, 0, self, s);
  SCOPE_LAUNCH (scan_carry, carry, SCAN_THREADS, 0, self, s);
  SCOPE_LAUNCH (scan_final, final, SCAN_THREADS, 0, self, s);
  if (s.sums != NULL)
    SCOPE_LAUNCH (scan_sums, across, SCAN_THREADS, 0, self, s);
  return scope_cuda_launched (self, "scan", error, error_size);
}

static bool
is_s6 (const ScopeOpScan *op)
{
  return op->raw.columns == op->u.columns && op->a.columns == op->state.columns;
}

size_t
scope_cuda_scan_scratch (const ScopeOpScan *op)
{
  return is_s6 (op) ? scope_cuda_s6_scratch (op) : scope_cuda_ssd_scratch (op);
}

int
scope_cuda_scan (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  if (op->u.rows == 0)
    return SCOPE_STATUS_OK;
  if (is_s6 (op))
    return scope_cuda_scan_s6 (self, op, error, error_size);
  return scope_cuda_scan_ssd (self, op, error, error_size);
}
