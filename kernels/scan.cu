/* SCAN, Mamba's form: h[t] = exp (Δ[t] A) h[t-1] + Δ[t] B[t] u[t], y[t] = (C[t] · h[t] + D u[t])
 * SiLU (gate[t]), with softplus, limits, filter, D skip and gate fused (backend.h).
 *
 * The text is cut in segments that run side by side across the chip, in three launches (enum Pass):
 *   ENDS    each segment from a zero state: its end state, its Δ and ΣΔ;
 *   carry   a block per 32 channels and state, a run of segments a warp: start state of each,
 *           S <- exp (A ΣΔ) S + local end state (exact, because A is constant);
 *   OUTPUT  each segment again, from its start state: y.
 * A thread owns one channel and GROUP of its states, in registers (scan-lane.cuh); raw, u, gate and
 * y are coalesced along the channels. There are as many segments as fill the chip at once, with
 * FILL threads to a multiprocessor. N > GROUP takes several groups, whose sums meet in scratch. Up
 * to AT_ONCE tokens, decoding above all, are one segment and one launch (WHOLE).
 *
 * It is bound by the exponentials: for a token and channel 2 x 16 of them and three more, at 16 a
 * clock in each multiprocessor, beside some 250 instructions at 128 a clock.
 * Workspace: (segments, N, H) states, (segments, 2, H) sums, (T, H) Δ. Tolerance: 1e-5 relative to
 * max |y| in float32. */
#include "scan-lane.cuh"
#include "scan.cuh"

enum {
  RUN = 8,          /* segments that a warp of the carry reads before it writes the first */
  RUNS = 8,         /* warps of a block of the carry */
  FILL = 512,       /* threads to a multiprocessor: with 128 registers each */
  WHOLE_TOKENS = 4, /* a segment has a multiple of them, but the last: all that are read ahead */
  SHORTEST_SEGMENT = 32,
  AT_ONCE = 64 /* tokens that one walk of one launch is done with before three launches are */
};

template <class T, Pass PASS, bool GROUPS>
__global__ static void
__launch_bounds__ (SCAN_THREADS, FILL / SCAN_THREADS) scan_segments (Scan s, Wide<T> w)
{
  __shared__ __align__ (16) Tile b;
  __shared__ __align__ (16) Tile c;
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * s.segment, end = min (begin + s.segment, s.rows);
  float share_b[4], share_c[4];
  constexpr int AHEAD = Ahead<T>::AHEAD;
  Ahead<T> now, next;

  if (PASS == ENDS)
    s.first = blockIdx.z * GROUP;
  fetch_share (w.b, begin, end, s, w.even, share_b);
  if (PASS != ENDS)
    fetch_share (w.c, begin, end, s, w.even, share_c);
  Lane<T, PASS, GROUPS> lane (s, w, min (h, s.channels - 1), begin, (int)(end - begin));
  lane.fetch (0, now);
  for (int tile = 0; tile < lane.count; tile += TILE) {
    int at = tile, stop = min (tile + TILE, lane.count);

    __syncthreads ();
    put_share (b, share_b);
    if (PASS != ENDS)
      put_share (c, share_c);
    __syncthreads ();
    fetch_share (w.b, begin + tile + TILE, end, s, w.even, share_b);
    if (PASS != ENDS)
      fetch_share (w.c, begin + tile + TILE, end, s, w.even, share_c);
    if (h >= s.channels)
      continue;
    for (; at + AHEAD <= stop; at += AHEAD) {
      lane.fetch (at + AHEAD, next);
#pragma unroll
      for (int i = 0; i < AHEAD; i++)
        lane.token (at + i, now, i, b[at + i - tile], c[at + i - tile]);
      now = next;
    }
#pragma unroll
    for (int i = 0; i < AHEAD - 1; i++)
      if (at + i < stop)
        lane.token (at + i, now, i, b[at + i - tile], c[at + i - tile]);
  }
  if (h < s.channels)
    lane.finish (h);
}

/* A segment, or several one after the other: the state at its end is decay * start + local. */
struct Step {
  float decay, local;
};

/* What the warps of a block have of RUNS x RUN segments, for those of its 32 channels. */
struct Carry {
  Step step[RUNS][32];
  double total[RUNS][32], kept[RUNS][32]; /* of state 0 */
};

/* Where a state of a segment is in `ends`; there are fewer of them than 2^32. */
__device__ static inline unsigned
end_place (const Scan &s, int segment, int64_t h)
{
  return ((unsigned)segment * (unsigned)s.states + blockIdx.y) * (unsigned)s.channels + (unsigned)h;
}

/* A warp's own RUN of segments from FIRST on: each as a step, and all of them in CARRY. */
__device__ static void
read_run (const Scan &s, int64_t h, int first, float rate, Step *own, Carry &carry)
{
  unsigned end = end_place (s, first, h), next_end = (unsigned)(s.states * s.channels);
  Step all = { 1.0f, 0.0f };
  double total[RUN];

#pragma unroll
  for (int g = 0; g < RUN; g++) {
    bool inside = first + g < s.segments;
    own[g].local = inside ? s.ends[end + g * next_end] : 0.0f;
    total[g] = inside ? s.totals[2 * (first + g) * (unsigned)s.channels + h] : 0.0;
  }
#pragma unroll
  for (int g = 0; g < RUN; g++) {
    own[g].decay = fast_exp2 ((float)(total[g] * rate));
    all.local = own[g].decay * all.local + own[g].local;
    all.decay *= own[g].decay;
  }
  carry.step[threadIdx.y][threadIdx.x] = all;
}

/* The sums of the same segments. */
__device__ static void
read_sums (const Scan &s, int64_t h, int first, Carry &carry)
{
  double total = 0.0, kept = 0.0;

  for (int g = first; g < first + RUN && g < s.segments; g++) {
    total += s.totals[2 * g * s.channels + h];
    kept += s.totals[(2 * g + 1) * s.channels + h];
  }
  carry.total[threadIdx.y][threadIdx.x] = total;
  carry.kept[threadIdx.y][threadIdx.x] = kept;
}

/* Adds what CARRY has to the op's sums, in the order of the segments. */
__device__ static void
add_sums (const Scan &s, int64_t h, const Carry &carry)
{
  for (int run = 0; run < RUNS; run++) {
    s.sums[h] += carry.total[run][threadIdx.x];
    s.sums[s.sums_stride + h] += carry.kept[run][threadIdx.x];
  }
}

/* The start state of each segment in place of its end state, in the order of the segments: the same
 * bits every time. The blocks of state 0 also add the segments' sums to the op's. */
__global__ static void
scan_carry (Scan s)
{
  __shared__ Carry carry;
  int64_t h = (int64_t)blockIdx.x * 32 + threadIdx.x, n = blockIdx.y;
  int64_t channel = min (h, s.channels - 1);
  float rate = s.a.row (channel)[n] * (float)LOG2_E, state = s.state.row (channel)[n];
  bool sums = n == 0 && s.sums != NULL;

  for (int batch = 0; batch < s.segments; batch += RUNS * RUN) {
    int first = batch + threadIdx.y * RUN;
    float start = 0.0f;
    Step own[RUN];

    read_run (s, channel, first, rate, own, carry);
    if (sums)
      read_sums (s, channel, first, carry);
    __syncthreads ();
    for (int run = 0; run < RUNS; run++) {
      Step step = carry.step[run][threadIdx.x];
      start = run == threadIdx.y ? state : start;
      state = step.decay * state + step.local;
    }
    if (sums && threadIdx.y == 0 && h < s.channels)
      add_sums (s, h, carry);
    __syncthreads ();
    for (int g = 0; g < RUN && first + g < s.segments && h < s.channels; g++) {
      s.ends[end_place (s, first + g, h)] = start;
      start = own[g].decay * start + own[g].local;
    }
  }
  if (threadIdx.y == 0 && h < s.channels)
    s.state.row (h)[n] = state;
}

template <class T>
static Wide<T>
describe_wide (const ScopeOpScan *op)
{
  Wide<T> w = { scope_view<const T> (op->b),
                scope_view<const T> (op->c),
                scope_view<const T> (op->u),
                scope_view<const T> (op->gate),
                scope_view<T> (op->y),
                scope_even (op->b) && scope_even (op->c) && op->state.columns % 4 == 0 };
  return w;
}

static unsigned
row_bytes (const ScopeTensor &tensor)
{
  return (unsigned)(tensor.stride * scope_cell_bytes (tensor));
}

/* Cut so that the chip is full once, in segments of WHOLE_TOKENS: one block more than it holds at a
 * time would take as long again as all of them. */
static void
cut (Scan *s, int processors)
{
  int64_t blocks = scope_blocks (s->channels, SCAN_THREADS);
  int64_t wanted = processors * (FILL / SCAN_THREADS) / blocks;

  wanted = wanted > 0 ? wanted : 1;
  s->segment = (s->rows + wanted * WHOLE_TOKENS - 1) / (wanted * WHOLE_TOKENS) * WHOLE_TOKENS;
  s->segment = s->segment > SHORTEST_SEGMENT ? s->segment : SHORTEST_SEGMENT;
  s->segment = s->rows <= AT_ONCE ? s->rows : s->segment;
  s->segments = (s->rows + s->segment - 1) / s->segment;
}

static Scan
describe (const ScopeCuda *self, const ScopeOpScan *op)
{
  Scan s = {};

  s.raw = scope_view<const float> (op->raw);
  s.a = scope_view<const float> (op->a);
  s.state = scope_view<float> (op->state);
  s.d = (const float *)op->d.data;
  s.rule = delta_rule (op->rule);
  s.delta = scope_view<float> (op->delta);
  s.sums = (double *)op->sums.data;
  s.sums_stride = op->sums.stride;
  s.rows = op->u.rows;
  s.channels = op->u.columns;
  s.states = op->state.columns;
  s.raw_step = row_bytes (op->raw);
  s.u_step = row_bytes (op->u);
  s.gate_step = row_bytes (op->gate);
  s.y_step = row_bytes (op->y);
  s.delta_step = row_bytes (op->delta);
  s.steps_step = (unsigned)(s.channels * sizeof (float));
  cut (&s, self->processors);
  return s;
}

/* Lays the workspace out from BASE (or measures it: BASE NULL). Returns the bytes. */
static size_t
lay_out (Scan *s, char *base)
{
  size_t cells = (size_t)s->segments * (size_t)s->channels, at = 0;
  auto take = [&] (size_t bytes) {
    char *p = base ? base + at : NULL;
    at += (bytes + 255) / 256 * 256;
    return p;
  };

  if (s->segments > 1) {
    s->totals = (double *)take (2 * cells * sizeof (double));
    s->ends = (float *)take (cells * (size_t)s->states * sizeof (float));
    s->steps = (float *)take ((size_t)(s->rows * s->channels) * sizeof (float));
  }
  if (s->states > GROUP)
    s->partial = (float *)take ((size_t)(s->rows * s->channels) * sizeof (float));
  return at;
}

size_t
scope_cuda_s6_scratch (const ScopeCuda *self, const ScopeOpScan *op)
{
  Scan s = describe (self, op);

  return lay_out (&s, NULL);
}

template <class T, bool GROUPS>
static void
launch_scan (ScopeCuda *self, Scan s, const Wide<T> &w)
{
  unsigned across = scope_blocks (s.channels, SCAN_THREADS);
  unsigned groups = scope_blocks (s.states, GROUP);
  dim3 grid (across, (unsigned)s.segments);

  if (s.ends != NULL) {
    SCOPE_LAUNCH ((scan_segments<T, ENDS, false>), dim3 (grid.x, grid.y, groups), SCAN_THREADS, 0,
                  self, s, w);
    SCOPE_LAUNCH (scan_carry, dim3 (scope_blocks (s.channels, 32), (unsigned)s.states),
                  dim3 (32, RUNS), 0, self, s);
    s.raw = { s.steps, s.channels };
    s.raw_step = s.steps_step;
  }
  for (; s.first < s.states; s.first += GROUP)
    if (s.ends != NULL)
      SCOPE_LAUNCH ((scan_segments<T, OUTPUT, GROUPS>), grid, SCAN_THREADS, 0, self, s, w);
    else
      SCOPE_LAUNCH ((scan_segments<T, WHOLE, GROUPS>), grid, SCAN_THREADS, 0, self, s, w);
}

int
scope_cuda_scan_s6 (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  Scan s = describe (self, op);
  size_t bytes = lay_out (&s, NULL);
  char *base = NULL;

  if (bytes > 0) {
    base = (char *)scope_cuda_workspace (self, bytes, error, error_size);
    if (base == NULL)
      return SCOPE_STATUS_MEMORY;
    lay_out (&s, base);
  }
  scope_with_type (op->u, [&] (auto *type) {
    typedef std::remove_pointer_t<decltype (type)> T;
    if (s.partial != NULL)
      launch_scan<T, true> (self, s, describe_wide<T> (op));
    else
      launch_scan<T, false> (self, s, describe_wide<T> (op));
  });
  return scope_cuda_launched (self, "scan", error, error_size);
}

static bool
is_s6 (const ScopeOpScan *op)
{
  return op->raw.columns == op->u.columns && op->a.columns == op->state.columns;
}

size_t
scope_cuda_scan_scratch (const ScopeCuda *self, const ScopeOpScan *op)
{
  return is_s6 (op) ? scope_cuda_s6_scratch (self, op) : scope_cuda_ssd_scratch (op);
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
