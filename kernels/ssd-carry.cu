/* SCAN, Mamba-2's form: what runs along the text, head by head.
 *
 * delta  Δ and, in double, its sum since the section's start, from which come the decays; one
 *        thread for 4 tokens of a head, a block for 4 heads and a section. Grid (heads / 4,
 *        sections).
 * carry  the spans' start states, S <- decay S + local end state; one thread for four lanes of a
 *        state, eight spans' loads at a time. Grid (cells / 4 / 128). */
#include "ssd.cuh"

enum {
  DELTA_HEADS = 4,
  SEGMENT = 4,
  DELTA_THREADS = DELTA_HEADS * (SPAN_ROWS / SEGMENT),
  DELTA_WARPS = DELTA_THREADS / 32,
  CARRY_THREADS = 128,
  AHEAD = 8
};

struct Segment {
  float delta[SEGMENT];
  double sum;
  int kept;
};

template <class R>
__device__ static Segment
read_segment (const Ssd &s, const View<const R> &raw, int head, int64_t first)
{
  Segment segment = {};

  if (head >= s.heads)
    return segment;
  ChannelRule rule = channel_rule (s.rule, head);
#pragma unroll
  for (int k = 0; k < SEGMENT; k++)
    if (first + k < s.rows)
      segment.delta[k] = scope_load (raw.row (first + k)[head]);
#pragma unroll
  for (int k = 0; k < SEGMENT; k++)
    if (first + k < s.rows) {
      bool filtered = s.first_row + first + k < s.rule.filter_rows;
      segment.delta[k] = channel_delta (rule, segment.delta[k], filtered);
      segment.sum += segment.delta[k];
      segment.kept += segment.delta[k] > 0.0f;
    }
  return segment;
}

/* SUM is that of the tokens before. */
__device__ static void
write_segment (const Ssd &s, const Segment &segment, int head, int64_t first, double sum)
{
  double rate = (double)s.a[head * s.a_stride] * LOG2_E;
  float2 decay[SEGMENT];

#pragma unroll
  for (int k = 0; k < SEGMENT; k++) {
    sum += segment.delta[k];
    decay[k].x = (float)(rate * sum);
    decay[k].y = (float)(rate * sum - decay[k].x);
    if (s.delta_out.data && first + k < s.rows)
      s.delta_out.row (first + k)[head] = segment.delta[k];
  }
  float4 *pairs = (float4 *)(s.decay + (ssd_decay (s, head, first) - s.decay));
  *(float4 *)(s.delta + (ssd_delta (s, head, first) - s.delta))
      = make_float4 (segment.delta[0], segment.delta[1], segment.delta[2], segment.delta[3]);
  pairs[0] = make_float4 (decay[0].x, decay[0].y, decay[1].x, decay[1].y);
  pairs[1] = make_float4 (decay[2].x, decay[2].y, decay[3].x, decay[3].y);
}

template <class R>
__global__ static void
ssd_find_delta (Ssd s, View<const R> raw)
{
  __shared__ double sums[DELTA_WARPS][DELTA_HEADS];
  __shared__ int kept[DELTA_WARPS][DELTA_HEADS];
  int column = threadIdx.x % DELTA_HEADS, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int head = (int)blockIdx.x * DELTA_HEADS + column;
  int64_t section = blockIdx.y;
  int64_t first = section * SPAN_ROWS + (int)threadIdx.x / DELTA_HEADS * SEGMENT;
  Segment segment = read_segment (s, raw, head, first);
  double before = segment.sum;
  int rows = segment.kept;

  for (int by = DELTA_HEADS; by < 32; by *= 2) {
    double sum = __shfl_up_sync (0xffffffffu, before, by);
    int count = __shfl_up_sync (0xffffffffu, rows, by);
    before += lane >= by ? sum : 0.0;
    rows += lane >= by ? count : 0;
  }
  if (lane >= 32 - DELTA_HEADS) {
    sums[warp][column] = before;
    kept[warp][column] = rows;
  }
  __syncthreads ();
  if (head >= s.heads)
    return;
#pragma unroll
  for (int k = 0; k < DELTA_WARPS - 1; k++) {
    before += k < warp ? sums[k][column] : 0.0;
    rows += k < warp ? kept[k][column] : 0;
  }
  write_segment (s, segment, head, first, before - segment.sum);
  if (threadIdx.x >= DELTA_THREADS - DELTA_HEADS) {
    s.totals[(2 * section) * s.heads + head] = before;
    s.totals[(2 * section + 1) * s.heads + head] = rows;
  }
}

void
ssd_run_delta (ScopeCuda *self, const Ssd &s, const ScopeTensor &raw)
{
  dim3 grid (scope_blocks (s.heads, DELTA_HEADS), (unsigned)s.sections);

  scope_with_type (raw, [&] (auto *type) {
    typedef std::remove_pointer_t<decltype (type)> R;
    View<const R> view = scope_view<const R> (raw);
    view.data += s.first_row * view.stride;
    SCOPE_LAUNCH (ssd_find_delta<R>, grid, DELTA_THREADS, 0, self, s, view);
  });
}

/* The op's sums, section by section in order: the same bits every time. */
__device__ static void
add_sums (const Ssd &s, int head)
{
  double total = 0.0, kept = 0.0;

  for (int64_t section = 0; section < s.sections; section++) {
    total += s.totals[(2 * section) * s.heads + head];
    kept += s.totals[(2 * section + 1) * s.heads + head];
  }
  s.sums[head] += total;
  s.sums[s.sums_stride + head] += kept;
}

/* Start states of COUNT spans from FIRST; CELL is a thread's four lanes in each. */
__device__ static void
carry_spans (const Ssd &s, int head, int64_t cell, int64_t first, int count, float4 *state)
{
  int64_t step = (int64_t)s.heads * s.tiles * s.depth * (COLUMNS / 4);
  float4 *ends = (float4 *)s.ends + first * step + cell, local[AHEAD];
  float factor[AHEAD];

#pragma unroll
  for (int k = 0; k < AHEAD; k++)
    if (k < count) {
      local[k] = ends[k * step];
      factor[k] = fast_exp2 (s.passed[(first + k) * s.heads + head]);
    }
#pragma unroll
  for (int k = 0; k < AHEAD; k++)
    if (k < count) {
      ends[k * step] = *state;
      state->x = factor[k] * state->x + local[k].x;
      state->y = factor[k] * state->y + local[k].y;
      state->z = factor[k] * state->z + local[k].z;
      state->w = factor[k] * state->w + local[k].w;
    }
}

__global__ static void
ssd_carry (Ssd s)
{
  int64_t cell = (int64_t)blockIdx.x * CARRY_THREADS + threadIdx.x;
  int column = (int)(cell % (COLUMNS / 4)) * 4, n = (int)(cell / (COLUMNS / 4) % s.depth);
  int tile = (int)(cell / (COLUMNS / 4) / s.depth % s.tiles);
  int head = (int)(cell / (COLUMNS / 4) / s.depth / s.tiles), lane = tile * COLUMNS + column;
  float lanes[4] = { 0.0f, 0.0f, 0.0f, 0.0f };

  if (head >= s.heads)
    return;
  if (s.sums && lane == 0 && n == 0)
    add_sums (s, head);
  for (int k = 0; k < 4; k++)
    if (n < s.states && lane + k < s.lanes)
      lanes[k] = s.state.row ((int64_t)head * s.lanes + lane + k)[n];
  float4 state = make_float4 (lanes[0], lanes[1], lanes[2], lanes[3]);
  for (int first = 0; first < s.spans; first += AHEAD)
    carry_spans (s, head, cell, first, min ((int)AHEAD, s.spans - first), &state);
  const float after[4] = { state.x, state.y, state.z, state.w };
  for (int k = 0; k < 4; k++)
    if (n < s.states && lane + k < s.lanes)
      s.state.row ((int64_t)head * s.lanes + lane + k)[n] = after[k];
}

void
ssd_run_carry (ScopeCuda *self, const Ssd &s)
{
  int64_t cells = (int64_t)s.heads * s.tiles * s.depth * (COLUMNS / 4);

  SCOPE_LAUNCH (ssd_carry, scope_blocks (cells, CARRY_THREADS), CARRY_THREADS, 0, self, s);
}
