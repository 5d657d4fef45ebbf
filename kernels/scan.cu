/* SCAN, Mamba's form: h[t] = exp (Δ[t] A) h[t-1] + Δ[t] B[t] u[t], y[t] = (C[t] · h[t] + D u[t])
 * SiLU (gate[t]), with softplus, limits, filter, D skip and gate fused (backend.h).
 *
 * What is side by side: every lane's states. TPL threads share a lane, each with SPT states in
 * registers, and walk along the text. Half of a block's warps walk through one tile of TOKENS; the
 * other half meanwhile stages the next one's Δ, Δ u, B and C in shared memory and writes the last
 * one's y. So every exponential is taken once, which is what bounds the kernel: 16 for a token and
 * lane, at 16 a clock in each multiprocessor. Eight tokens' partial sums over the states are
 * reduced together, by exchanging halves.
 *
 * Where the lanes are too few to fill the chip the text is cut in segments that run side by side
 * too, in three launches: local  each segment from a zero state: its end state and ΣΔ (no y); carry
 * one thread per (lane, state) walks the segments: start state of each, S <- exp (A ΣΔ) S + local
 * end state (exact, because A is constant); final  each segment again, from its start state.
 *
 * Launch: grid (E TPL / 128, segments), 128 threads that walk and 128 that stage. Tolerance: 1e-5
 * relative to max |y| in float32.
 */
#include "math.cuh"
#include "scan.cuh"

enum { HALF = 128, GROUP = 8, SHORTEST_SEGMENT = 512 };

struct Scan {
  View<const float> raw, a;
  const float *d;
  DeltaRule rule;
  View<float> delta; /* delta.data NULL: not wanted */
  View<float> state; /* (segments E, N): start states, left with the end states */
  double *sums;      /* (2, H) of the op, or per segment (segments, 2, H); NULL: not wanted */
  int64_t sums_stride, sums_step;
  int64_t rows, lanes, states, segment;
};

/* In the wide type. */
template <class T> struct Wide {
  View<const T> b, c, u, gate; /* gate.data NULL: none */
  View<T> y;
};

/* What the two halves of a block hand each other. WIDTH: states, padded. */
template <int TOKENS, int LANES, int WIDTH> struct Shared {
  __align__ (16) float b[TOKENS][WIDTH];
  __align__ (16) float c[TOKENS][WIDTH];
  float2 step[TOKENS][LANES]; /* Δ, Δ u */
  float y[TOKENS][LANES];
};

/* A stager's share of a tile's inputs, in registers while they are on their way. */
template <class T, int STEPS, int COUPLES> struct Ahead {
  float raw[STEPS];
  T u[STEPS], b[COUPLES], c[COUPLES];
};

/* Likewise of what its y needs. */
template <class T, int STEPS> struct Behind {
  T u[STEPS], gate[STEPS];
};

/* COUNT floats from shared memory in as few loads as their alignment allows. */
template <int COUNT>
__device__ static void
load_run (const float *from, float *to)
{
  if (COUNT % 4 == 0) {
#pragma unroll
    for (int k = 0; k < COUNT; k += 4)
      *(float4 *)&to[k] = *(const float4 *)&from[k];
  } else if (COUNT % 2 == 0) {
#pragma unroll
    for (int k = 0; k < COUNT; k += 2)
      *(float2 *)&to[k] = *(const float2 *)&from[k];
  } else {
    for (int k = 0; k < COUNT; k++)
      to[k] = from[k];
  }
}

template <class T>
__device__ static T
zero ()
{
  T value;
  scope_store (&value, 0.0f);
  return value;
}

/* One block's constants and the places of its threads. Each half counts its own from 0. */
template <class T, int TPL, int SPT, bool LOCAL> struct Block {
  static const int TOKENS = SPT > 4 ? 16 : SPT > 2 ? 32 : 64, LANES = HALF / TPL, WIDTH = TPL * SPT;
  static const int STEPS = TOKENS * LANES / HALF, COUPLES = TOKENS * WIDTH / HALF;
  typedef Shared<TOKENS, LANES, WIDTH> Tile;
  typedef Ahead<T, STEPS, COUPLES> Next;
  typedef Behind<T, STEPS> Last;

  const Scan &s;
  const Wide<T> &w;
  int64_t first_lane, begin, end; /* lanes of the block, tokens of the segment */
  int thread;

  /* ---- The stager's: its elements K of (token, lane) are all of one lane. */

  __device__ int
  step_row (int k) const
  {
    return (thread + k * HALF) / LANES;
  }

  __device__ int64_t
  step_lane () const
  {
    return first_lane + thread % LANES;
  }

  /* The tile at FROM. Beyond the text, and beyond the lanes and states, everything is 0. */
  __device__ void
  fetch (int64_t from, Next &next) const
  {
#pragma unroll
    for (int k = 0; k < STEPS; k++) {
      int64_t t = from + step_row (k);
      bool inside = t < end && step_lane () < s.lanes;
      next.raw[k] = inside ? s.raw.row (t)[step_lane ()] : 0.0f;
      next.u[k] = inside ? w.u.row (t)[step_lane ()] : zero<T> ();
    }
#pragma unroll
    for (int k = 0; k < COUPLES; k++) {
      int at = thread + k * HALF, n = at % WIDTH;
      int64_t t = from + at / WIDTH;
      bool inside = t < end && n < s.states;
      next.b[k] = inside ? w.b.row (t)[n] : zero<T> ();
      next.c[k] = inside && !LOCAL ? w.c.row (t)[n] : zero<T> ();
    }
  }

  /* Into shared memory; Δ out; its sums. A token beyond the text has Δ = 0: the states stay. */
  __device__ void
  stage (int64_t from, const Next &next, Tile &tile, double *total, int *kept) const
  {
#pragma unroll
    for (int k = 0; k < STEPS; k++) {
      int64_t t = from + step_row (k);
      float delta = 0.0f;
      if (t < end && step_lane () < s.lanes) {
        delta = effective_delta (s.rule, next.raw[k], t, step_lane ());
        if (!LOCAL && s.delta.data)
          s.delta.row (t)[step_lane ()] = delta;
      }
      *total += delta;
      *kept += delta > 0.0f;
      tile.step[step_row (k)][thread % LANES] = make_float2 (delta, delta * scope_load (next.u[k]));
    }
#pragma unroll
    for (int k = 0; k < COUPLES; k++) {
      int at = thread + k * HALF;
      tile.b[at / WIDTH][at % WIDTH] = scope_load (next.b[k]);
      if (!LOCAL)
        tile.c[at / WIDTH][at % WIDTH] = scope_load (next.c[k]);
    }
  }

  __device__ void
  fetch_last (int64_t from, Last &last) const
  {
#pragma unroll
    for (int k = 0; k < STEPS; k++) {
      int64_t t = from + step_row (k);
      bool inside = t < end && step_lane () < s.lanes;
      last.u[k] = inside ? w.u.row (t)[step_lane ()] : zero<T> ();
      last.gate[k] = inside && w.gate.data ? w.gate.row (t)[step_lane ()] : zero<T> ();
    }
  }

  __device__ void
  write (int64_t from, const Tile &tile, const Last &last, float skip) const
  {
#pragma unroll
    for (int k = 0; k < STEPS; k++) {
      int64_t t = from + step_row (k);
      if (t >= end || step_lane () >= s.lanes)
        continue;
      float y = tile.y[step_row (k)][thread % LANES] + skip * scope_load (last.u[k]);
      if (w.gate.data)
        y *= silu (scope_load (last.gate[k]));
      scope_store (&w.y.row (t)[step_lane ()], y);
    }
  }

  /* Sums of the threads that had a lane's tokens, in their order: the same bits every time. All
   * threads of the block call it. */
  __device__ void
  end_sums (double total, int kept) const
  {
    __shared__ double totals[HALF];
    __shared__ int counts[HALF];
    bool stager = threadIdx.x >= HALF;
    if (stager) {
      totals[thread] = total;
      counts[thread] = kept;
    }
    __syncthreads ();
    if (!stager || thread >= LANES || step_lane () >= s.lanes || s.sums == NULL)
      return;
    for (int k = thread + LANES; k < HALF; k += LANES) {
      total += totals[k];
      kept += counts[k];
    }
    double *to = s.sums + blockIdx.y * s.sums_step + step_lane ();
    to[0] += total;
    to[s.sums_stride] += kept;
  }

  /* The tiles one ahead and one behind of the walkers', who have one barrier for each tile. */
  __device__ void
  run_stager (Tile *tiles) const
  {
    float skip = !LOCAL && step_lane () < s.lanes ? s.d[step_lane ()] : 0.0f;
    double total = 0.0;
    int kept = 0, at = 0;
    Next next;
    Last last;

    fetch (begin, next);
    stage (begin, next, tiles[0], &total, &kept);
    fetch (begin + TOKENS, next);
    __syncthreads ();
    for (int64_t t = begin; t < end; t += TOKENS, at ^= 1) {
      bool behind = !LOCAL && t > begin;
      if (behind)
        fetch_last (t - TOKENS, last);
      stage (t + TOKENS, next, tiles[at ^ 1], &total, &kept);
      if (behind)
        write (t - TOKENS, tiles[at ^ 1], last, skip);
      fetch (t + 2 * TOKENS, next);
      __syncthreads ();
    }
    if (!LOCAL) {
      int64_t t = begin + (end - begin - 1) / TOKENS * TOKENS;
      fetch_last (t, last);
      write (t, tiles[at ^ 1], last, skip);
    }
    end_sums (total, kept);
  }

  /* ---- The walker's: one lane, SPT of its states. */

  /* GROUP tokens from T: the states, and the partial sums of y over this thread's states. */
  __device__ void
  advance (const Tile &tile, int t, const float *rate, float *state, float *partial) const
  {
    int lane = thread / TPL, n = thread % TPL * SPT;
#pragma unroll
    for (int i = 0; i < GROUP; i++) {
      float2 step = tile.step[t + i][lane];
      float b[SPT], c[SPT], sum = 0.0f;
      load_run<SPT> (&tile.b[t + i][n], b);
      if (!LOCAL)
        load_run<SPT> (&tile.c[t + i][n], c);
#pragma unroll
      for (int k = 0; k < SPT; k++) {
        state[k] = fast_exp2 (step.x * rate[k]) * state[k] + step.y * b[k];
        if (!LOCAL)
          sum += state[k] * c[k];
      }
      partial[i] = sum;
    }
  }

  /* Sums over the TPL threads of a lane, which end with GROUP / TPL tokens each: at every step a
   * thread gives away the half that its partner keeps. */
  __device__ void
  reduce (float *partial, Tile &tile, int t) const
  {
    int k = thread % TPL;
#pragma unroll
    for (int width = TPL / 2, count = GROUP / 2; width > 0; width /= 2, count /= 2) {
      bool upper = (k & width) != 0;
#pragma unroll
      for (int i = 0; i < count; i++) {
        float away = upper ? partial[i] : partial[i + count];
        float kept = upper ? partial[i + count] : partial[i];
        partial[i] = kept + __shfl_xor_sync (0xffffffffu, away, width);
      }
    }
#pragma unroll
    for (int i = 0; i < GROUP / TPL; i++)
      tile.y[t + k * (GROUP / TPL) + i][thread / TPL] = partial[i];
  }

  /* The row of the state's tensor, or NULL for a thread beyond the lanes. */
  __device__ float *
  state_row () const
  {
    int64_t lane = first_lane + thread / TPL;
    return lane < s.lanes ? s.state.row ((int64_t)blockIdx.y * s.lanes + lane) : NULL;
  }

  __device__ void
  run_walker (Tile *tiles) const
  {
    int64_t lane = first_lane + thread / TPL, first = thread % TPL * SPT;
    float rate[SPT], state[SPT], partial[GROUP], *home = state_row ();
    int at = 0;

    for (int k = 0; k < SPT; k++) {
      bool inside = home != NULL && first + k < s.states;
      /* log2 (e) A, so that a step costs one exp2 */
      rate[k] = inside ? s.a.row (lane)[first + k] * 1.4426950408889634f : 0.0f;
      state[k] = inside && !LOCAL ? home[first + k] : 0.0f;
    }
    __syncthreads ();
    for (int64_t t = begin; t < end; t += TOKENS, at ^= 1) {
      for (int i = 0; i < TOKENS && t + i < end; i += GROUP) {
        advance (tiles[at], i, rate, state, partial);
        if (!LOCAL)
          reduce (partial, tiles[at], i);
      }
      __syncthreads ();
    }
    for (int k = 0; k < SPT; k++)
      if (home != NULL && first + k < s.states)
        home[first + k] = state[k];
    end_sums (0.0, 0);
  }
};

template <class T, int TPL, int SPT, bool LOCAL>
__global__ static void __launch_bounds__ (2 * HALF) scan_walk (Scan s, Wide<T> w)
{
  typedef Block<T, TPL, SPT, LOCAL> B;
  __shared__ typename B::Tile tiles[2];
  int64_t begin = (int64_t)blockIdx.y * s.segment;
  B block = { s,
              w,
              (int64_t)blockIdx.x * B::LANES,
              begin,
              min (begin + s.segment, s.rows),
              (int)threadIdx.x % HALF };

  if (threadIdx.x < HALF)
    block.run_walker (tiles);
  else
    block.run_stager (tiles);
}

/* One thread per (lane, state); those of state 0 also add the segments' sums to the op's. ENDS
 * holds the local end states and is left with the start states. */
struct Carry {
  View<const float> a;
  View<float> state; /* of the op: in and out */
  float *ends;
  const double *totals; /* (segments, 2, E) */
  double *sums;         /* or NULL */
  int64_t sums_stride, lanes, states, segments;
};

__global__ static void
scan_carry (Carry c)
{
  int64_t k = (int64_t)blockIdx.x * HALF + threadIdx.x, lane = k / c.states, n = k % c.states;

  if (lane >= c.lanes)
    return;
  float rate = c.a.row (lane)[n] * 1.4426950408889634f, state = c.state.row (lane)[n];
  for (int64_t g = 0; g < c.segments; g++) {
    float *end = &c.ends[(g * c.lanes + lane) * c.states + n], local = *end;
    const double *total = &c.totals[2 * g * c.lanes + lane];
    *end = state;
    state = fast_exp2 ((float)(total[0] * rate)) * state + local;
    if (n == 0 && c.sums != NULL) {
      c.sums[lane] += total[0];
      c.sums[c.sums_stride + lane] += total[c.lanes];
    }
  }
  c.state.row (lane)[n] = state;
}

/* Threads for a lane: with 4 the exponentials bound a lane's walk, with 8 its other instructions
 * too: 8, unless 4 already fill the chip. */
static bool
few_threads (const ScopeCuda *self, const Scan &s)
{
  return s.states > 8 && s.states <= 16 && s.lanes * 4 >= (int64_t)self->processors * HALF * 7 / 8;
}

template <class T, bool LOCAL>
static void
launch_walk (ScopeCuda *self, const Scan &s, const Wide<T> &w, int64_t segments)
{
  dim3 grid (scope_blocks (s.lanes, HALF / 8), (unsigned)segments);
  dim3 grid_of_few (scope_blocks (s.lanes, HALF / 4), (unsigned)segments);

  if (few_threads (self, s))
    SCOPE_LAUNCH ((scan_walk<T, 4, 4, LOCAL>), grid_of_few, 2 * HALF, 0, self, s, w);
  else if (s.states <= 8)
    SCOPE_LAUNCH ((scan_walk<T, 8, 1, LOCAL>), grid, 2 * HALF, 0, self, s, w);
  else if (s.states <= 16)
    SCOPE_LAUNCH ((scan_walk<T, 8, 2, LOCAL>), grid, 2 * HALF, 0, self, s, w);
  else if (s.states <= 32)
    SCOPE_LAUNCH ((scan_walk<T, 8, 4, LOCAL>), grid, 2 * HALF, 0, self, s, w);
  else
    SCOPE_LAUNCH ((scan_walk<T, 8, 16, LOCAL>), grid, 2 * HALF, 0, self, s, w);
}

/* As many as the multiprocessors over the blocks of one, if that pays for taking the exponentials
 * twice. */
static int64_t
count_segments (int64_t processors, const ScopeOpScan *op)
{
  int64_t blocks = scope_blocks (op->u.columns, HALF / 8);
  int64_t wanted = processors / blocks, most = op->u.rows / SHORTEST_SEGMENT;

  wanted = wanted < most ? wanted : most;
  return wanted >= 3 ? wanted : 1;
}

static Scan
describe (const ScopeOpScan *op)
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
  s.rows = s.segment = op->u.rows;
  s.lanes = op->u.columns;
  s.states = op->state.columns;
  return s;
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

/* (segments, 2, E) sums, then (segments E, N) states. */
static size_t
segment_bytes (const ScopeOpScan *op, int64_t segments)
{
  size_t lanes = (size_t)segments * (size_t)op->u.columns;

  return lanes * (2 * sizeof (double) + (size_t)op->state.columns * sizeof (float));
}

template <class T>
static void
run_segments (ScopeCuda *self, const ScopeOpScan *op, int64_t segments, double *workspace)
{
  Scan s = describe (op);
  Wide<T> w = describe_wide<T> (op);
  float *ends = (float *)(workspace + 2 * segments * s.lanes);
  Carry carry
      = { s.a, s.state, ends, workspace, s.sums, s.sums_stride, s.lanes, s.states, segments };

  cudaMemsetAsync (workspace, 0, (size_t)(2 * segments * s.lanes) * sizeof (double), self->stream);
  s.segment = (s.rows + segments - 1) / segments;
  s.state.data = ends;
  s.state.stride = s.states;
  s.sums = workspace;
  s.sums_stride = s.lanes;
  s.sums_step = 2 * s.lanes;
  launch_walk<T, true> (self, s, w, segments);
  SCOPE_LAUNCH (scan_carry, scope_blocks (s.lanes * s.states, HALF), HALF, 0, self, carry);
  s.sums = NULL;
  launch_walk<T, false> (self, s, w, segments);
}

size_t
scope_cuda_s6_scratch (const ScopeCuda *self, const ScopeOpScan *op)
{
  int64_t segments = count_segments (self->processors, op);

  return segments > 1 ? segment_bytes (op, segments) : 0;
}

int
scope_cuda_scan_s6 (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  int64_t segments = count_segments (self->processors, op);
  double *workspace = NULL;

  if (segments > 1) {
    workspace
        = (double *)scope_cuda_workspace (self, segment_bytes (op, segments), error, error_size);
    if (workspace == NULL)
      return SCOPE_STATUS_MEMORY;
  }
  scope_with_type (op->u, [&] (auto *type) {
    typedef std::remove_pointer_t<decltype (type)> T;
    if (segments > 1)
      run_segments<T> (self, op, segments, workspace);
    else
      launch_walk<T, false> (self, describe (op), describe_wide<T> (op), 1);
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
