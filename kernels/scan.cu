/* SCAN, Mamba's form: h[t] = exp (Δ[t] A) h[t-1] + Δ[t] B[t] u[t], y[t] = (C[t] · h[t] + D u[t])
 * SiLU (gate[t]), with softplus, limits, filter, D skip and gate fused (backend.h).
 *
 * The text is cut in segments that run side by side across the chip, in three launches:
 *   local  each segment from a zero state: its end state and ΣΔ;
 *   carry  one thread per (channel, state) walks the segments: start state of each,
 *          S <- exp (A ΣΔ) S + local end state (exact, because A is constant);
 *   final  each segment again, from its start state: y.
 * A thread owns one channel and GROUP of its states, in registers; B and C of TILE tokens at a time
 * are staged in shared memory, where all threads read the same word; raw, u, gate and y are
 * coalesced along the channels. There are as many segments as fill the chip at once, with FILL
 * threads to a multiprocessor. N > GROUP takes several groups, whose sums meet in scratch.
 *
 * It is bound by the exponentials and the other instructions alike: for a token and channel about 2
 * x 16 exponentials, at 16 a clock in each multiprocessor, and 270 instructions at 128 a clock.
 * Workspace: (segments, N, H) states, (segments, 2, H) sums, (T, H) Δ. Tolerance: 1e-5 relative to
 * max |y| in float32. */
#include "math.cuh"
#include "scan.cuh"

enum {
  SCAN_THREADS = 128,
  TILE = 32,
  GROUP = 16,
  AHEAD = 2,
  BATCH = 8,
  FILL = 640,
  SHORTEST_SEGMENT = 32
};

struct Scan {
  View<const float> raw, a;
  View<float> delta, state; /* delta.data NULL: not wanted */
  const float *d;
  DeltaRule rule;
  float *ends;    /* (segments, N, H) local end states, then start states */
  double *totals; /* (segments, 2, H): ΣΔ and rows with Δ > 0 */
  float *steps;   /* (T, H) Δ as the local walk found it */
  float *partial; /* (T, H) sums over the groups before; NULL if there is one group */
  double *sums;   /* of the op: (2, H), or NULL */
  int64_t sums_stride, rows, channels, states, segment, segments;
  int64_t first; /* state of the group */
};

/* In the wide type. */
template <class T> struct Wide {
  View<const T> b, c, u, gate; /* gate.data NULL: none */
  View<T> y;
};

typedef float Tile[TILE][GROUP];

/* Rows [BEGIN, BEGIN + TILE) of the group's columns, 0 beyond END and N. */
template <class T>
__device__ static void
stage (Tile tile, View<const T> from, int64_t begin, int64_t end, const Scan &s)
{
#pragma unroll
  for (int k = threadIdx.x; k < TILE * GROUP; k += SCAN_THREADS) {
    int row = k / GROUP, n = k % GROUP;
    bool inside = begin + row < end && s.first + n < s.states;
    tile[row][n] = inside ? scope_load (from.row (begin + row)[s.first + n]) : 0.0f;
  }
}

/* What a thread reads of AHEAD tokens. */
struct Ahead {
  float raw[AHEAD], u[AHEAD], gate[AHEAD];
};

/* A thread's way along its channel: places are counted from the segment's first token, in 32 bits,
 * which costs half of what 64 do. */
template <class T, bool FINAL> struct Lane {
  const Scan &s;
  const Wide<T> &w;
  const float *raw; /* or what the local walk has left of it: Δ */
  unsigned raw_stride;
  const T *u, *gate;
  T *y;
  float *delta_out, *partial, *steps;
  ChannelRule rule;
  float skip, rate[GROUP], state[GROUP];
  double total;
  int count, filtered, kept; /* tokens of the segment; those that the rule may drop; with Δ > 0 */
  bool adds, last;           /* not the first group; the last one */

  __device__ Lane (const Scan &scan, const Wide<T> &wide, int64_t h, int64_t begin, int length);
  __device__ float *end_state (int64_t h, int n) const;
  __device__ void fetch (int at, Ahead &out) const;
  __device__ float step (int at, float next_raw, float next_u, const float *b, const float *c);
  __device__ void note (int at, float delta);
  __device__ void write (int at, float sum, float next_u, float next_gate) const;
  __device__ void finish (int64_t h) const;
};

template <class T, bool FINAL>
__device__
Lane<T, FINAL>::Lane (const Scan &scan, const Wide<T> &wide, int64_t h, int64_t begin, int length)
    : s (scan), w (wide), raw (s.raw.row (begin) + h), raw_stride ((unsigned)s.raw.stride),
      u (w.u.row (begin) + h), gate (w.gate.data ? w.gate.row (begin) + h : NULL),
      y (w.y.row (begin) + h),
      delta_out (s.delta.data && s.first == 0 ? s.delta.row (begin) + h : NULL),
      partial (s.partial ? s.partial + begin * s.channels + h : NULL),
      steps (s.steps && s.first == 0 ? s.steps + begin * s.channels + h : NULL),
      rule (channel_rule (s.rule, h)), skip (s.d[h]), total (0.0), count (length), kept (0),
      adds (s.first > 0), last (s.first + GROUP >= s.states)
{
  if (FINAL && s.steps != NULL) {
    raw = s.steps + begin * s.channels + h;
    raw_stride = (unsigned)s.channels;
  }
  int64_t rows = s.rule.filter_rows - begin;
  filtered = rows < 0 ? 0 : rows < count ? (int)rows : count;
  for (int n = 0; n < GROUP; n++) {
    bool inside = s.first + n < s.states;
    /* log2(e) A, so that a step costs one exp2 */
    rate[n] = inside ? s.a.row (h)[s.first + n] * 1.4426950408889634f : 0.0f;
    state[n] = inside && FINAL ? *end_state (h, n) : 0.0f;
  }
}

/* Of the segment in the workspace; with a single segment there may be none: the op's own. */
template <class T, bool FINAL>
__device__ float *
Lane<T, FINAL>::end_state (int64_t h, int n) const
{
  if (s.ends == NULL)
    return &s.state.row (h)[s.first + n];
  return &s.ends[(blockIdx.y * s.states + s.first + n) * s.channels + h];
}

/* The AHEAD tokens from AT on: asked for while those before them are worked on. */
template <class T, bool FINAL>
__device__ void
Lane<T, FINAL>::fetch (int at, Ahead &out) const
{
  unsigned raw_at = (unsigned)at * raw_stride;
  unsigned u_at = (unsigned)at * (unsigned)w.u.stride;
  unsigned gate_at = (unsigned)at * (unsigned)w.gate.stride;
#pragma unroll
  for (int i = 0; i < AHEAD; i++) {
    bool inside = at + i < count;
    out.raw[i] = inside ? raw[raw_at + i * raw_stride] : 0.0f;
    out.u[i] = inside ? scope_load (u[u_at + i * (unsigned)w.u.stride]) : 0.0f;
    if (FINAL)
      out.gate[i] = inside && gate != NULL
                        ? scope_load (gate[gate_at + i * (unsigned)w.gate.stride])
                        : 0.0f;
  }
}

/* One token; beyond the text Δ is 0 and the states stay. Returns Σ C h. */
template <class T, bool FINAL>
__device__ float
Lane<T, FINAL>::step (int at, float next_raw, float next_u, const float *b, const float *c)
{
  float sum = 0.0f, delta = next_raw;
  if (!FINAL || s.steps == NULL) {
    delta = channel_delta (rule, next_raw, at < filtered);
    delta = at < count ? delta : 0.0f;
  }
  float in = delta * next_u;

#pragma unroll
  for (int first = 0; first < GROUP; first += 4) {
    float some[4];
    *(float4 *)some = *(const float4 *)&b[first];
#pragma unroll
    for (int n = 0; n < 4; n++)
      state[first + n] = fast_exp2 (delta * rate[first + n]) * state[first + n] + in * some[n];
    if (FINAL) {
      *(float4 *)some = *(const float4 *)&c[first];
#pragma unroll
      for (int n = 0; n < 4; n++)
        sum += state[first + n] * some[n];
    }
  }
  note (at, delta);
  return sum;
}

/* Δ where it is wanted. */
template <class T, bool FINAL>
__device__ void
Lane<T, FINAL>::note (int at, float delta)
{
  if (!FINAL) {
    total += delta;
    kept += delta > 0.0f;
    if (steps != NULL && at < count)
      steps[(unsigned)at * (unsigned)s.channels] = delta;
  } else if (delta_out != NULL && at < count)
    delta_out[(unsigned)at * (unsigned)s.delta.stride] = delta;
}

/* y of a token: a group adds to those before, the last one finishes. */
template <class T, bool FINAL>
__device__ void
Lane<T, FINAL>::write (int at, float sum, float next_u, float next_gate) const
{
  unsigned partial_at = (unsigned)at * (unsigned)s.channels;
  if (at >= count)
    return;
  if (adds)
    sum += partial[partial_at];
  if (!last) {
    partial[partial_at] = sum;
    return;
  }
  sum += skip * next_u;
  if (gate != NULL)
    sum *= silu (next_gate);
  scope_store (&y[(unsigned)at * (unsigned)w.y.stride], sum);
}

/* Local: the end states, ΣΔ and the rows kept. Final without a workspace: the op's state. */
template <class T, bool FINAL>
__device__ void
Lane<T, FINAL>::finish (int64_t h) const
{
  if (!FINAL || s.ends == NULL)
    for (int n = 0; n < GROUP && s.first + n < s.states; n++)
      *end_state (h, n) = state[n];
  if (!FINAL && s.first == 0) {
    s.totals[2 * blockIdx.y * s.channels + h] = total;
    s.totals[(2 * blockIdx.y + 1) * s.channels + h] = kept;
  }
}

template <class T, bool FINAL>
__global__ static void
__launch_bounds__ (SCAN_THREADS, FILL / SCAN_THREADS) scan_segments (Scan s, Wide<T> w)
{
  __shared__ __align__ (16) Tile b;
  __shared__ __align__ (16) Tile c;
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * s.segment, end = min (begin + s.segment, s.rows);
  Ahead now, next;

  if (!FINAL)
    s.first = blockIdx.z * GROUP;
  Lane<T, FINAL> lane (s, w, min (h, s.channels - 1), begin, (int)(end - begin));
  lane.fetch (0, now);
  for (int tile = 0; tile < lane.count; tile += TILE) {
    __syncthreads ();
    stage (b, w.b, begin + tile, end, s);
    if (FINAL)
      stage (c, w.c, begin + tile, end, s);
    __syncthreads ();
    if (h >= s.channels)
      continue;
    for (int t = 0; t < TILE && tile + t < lane.count; t += AHEAD) {
      lane.fetch (tile + t + AHEAD, next);
#pragma unroll
      for (int i = 0; i < AHEAD; i++) {
        float sum = lane.step (tile + t + i, now.raw[i], now.u[i], b[t + i], c[t + i]);
        if (FINAL)
          lane.write (tile + t + i, sum, now.u[i], now.gate[i]);
      }
      now = next;
    }
  }
  if (h < s.channels)
    lane.finish (h);
}

/* One thread per (channel, state); those of state 0 also add the segments' sums to the op's, in
 * order: the same bits every time. BATCH segments are read before the first is overwritten: a walk
 * that waited for every load would take longer than the scans. */
__global__ static void
scan_carry (Scan s)
{
  int64_t h = (int64_t)blockIdx.x * SCAN_THREADS + threadIdx.x, n = blockIdx.y;
  double sum = 0.0, kept = 0.0;

  if (h >= s.channels)
    return;
  float rate = s.a.row (h)[n] * 1.4426950408889634f, state = s.state.row (h)[n];
  float *end = &s.ends[n * s.channels + h];
  for (int64_t first = 0; first < s.segments; first += BATCH) {
    float local[BATCH];
    double total[BATCH], count[BATCH];
#pragma unroll
    for (int g = 0; g < BATCH; g++) {
      bool inside = first + g < s.segments;
      local[g] = inside ? end[(first + g) * s.states * s.channels] : 0.0f;
      total[g] = inside ? s.totals[2 * (first + g) * s.channels + h] : 0.0;
      count[g] = inside && n == 0 ? s.totals[(2 * (first + g) + 1) * s.channels + h] : 0.0;
    }
#pragma unroll
    for (int g = 0; g < BATCH; g++) {
      if (first + g < s.segments)
        end[(first + g) * s.states * s.channels] = state;
      state = fast_exp2 ((float)(total[g] * rate)) * state + local[g];
      sum += total[g];
      kept += count[g];
    }
  }
  s.state.row (h)[n] = state;
  if (n == 0 && s.sums != NULL) {
    s.sums[h] += sum;
    s.sums[s.sums_stride + h] += kept;
  }
}

template <class T>
static Wide<T>
describe_wide (const ScopeOpScan *op)
{
  Wide<T> w
      = { scope_view<const T> (op->b), scope_view<const T> (op->c), scope_view<const T> (op->u),
          scope_view<const T> (op->gate), scope_view<T> (op->y) };
  return w;
}

/* Cut so that the chip is full once, in segments of whole AHEADs: one block more than it holds at a
 * time would take as long again as all of them. */
static Scan
describe (const ScopeCuda *self, const ScopeOpScan *op)
{
  Scan s = {};
  int64_t blocks = scope_blocks (op->u.columns, SCAN_THREADS);
  int64_t wanted = self->processors * (FILL / SCAN_THREADS) / blocks;

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
  wanted = wanted > 0 ? wanted : 1;
  s.segment = (s.rows + wanted * AHEAD - 1) / (wanted * AHEAD) * AHEAD;
  s.segment = s.segment > SHORTEST_SEGMENT ? s.segment : SHORTEST_SEGMENT;
  s.segments = (s.rows + s.segment - 1) / s.segment;
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

  if (s->segments > 1 || s->sums != NULL) {
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

  s.sums = (double *)op->state.data; /* whether they are wanted is not known yet */
  return lay_out (&s, NULL);
}

template <class T>
static void
launch_scan (ScopeCuda *self, Scan s, const Wide<T> &w)
{
  unsigned across = scope_blocks (s.channels, SCAN_THREADS);
  unsigned groups = scope_blocks (s.states, GROUP);
  dim3 local (across, (unsigned)s.segments, groups), final (across, (unsigned)s.segments);

  if (s.ends != NULL) {
    SCOPE_LAUNCH ((scan_segments<T, false>), local, SCAN_THREADS, 0, self, s, w);
    SCOPE_LAUNCH (scan_carry, dim3 (across, (unsigned)s.states), SCAN_THREADS, 0, self, s);
  }
  for (; s.first < s.states; s.first += GROUP)
    SCOPE_LAUNCH ((scan_segments<T, true>), final, SCAN_THREADS, 0, self, s, w);
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
    launch_scan<T> (self, s, describe_wide<T> (op));
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
