/* SCAN, Mamba-2's form, last part: y of each chunk from its start state and its own tokens.
 *
 *   y_i = decay_i C_i S + Σ_{j<=i} (C_i · B_j) Δ_j (decay from j to i) u_j + D u_i, times SiLU
 * (gate_i). A block has PARTS heads of one chunk, a warp of it 32 tokens times 64 lanes. S, then u,
 * pass through shared memory; C and the scores C Bᵀ come as left operands (ssd-prepare.cu). Before
 * its own 32 tokens a warp takes the decay from j to i as that from j to the band's first token,
 * which goes into the left operand, times that from there to i, which goes onto the sum: one
 * exponential for a column instead of one for each cell. Both are <= 1. Within the band each cell
 * has its own. Launch: (heads / PARTS, chunks, tiles of lanes). */
#include "ssd-mma.cuh"

template <class Op> struct SharedChunk {
  Word right[CHUNK / Op::PER_WORD * Op::PITCH];
  __align__ (16) float2 decay[CHUNK];
  __align__ (16) float delta[CHUNK];
};

struct Place {
  int chunk, head, tile, row; /* the band's first row in its chunk */
  int group;                  /* number of (chunk, group) */
  int count, halves;          /* lanes */
};

__device__ static Place
find_place (const Ssd &s, int part, int warp)
{
  Place p = { (int)blockIdx.y, (int)blockIdx.x * PARTS + part, (int)blockIdx.z, warp * BAND };

  p.group = p.chunk * s.groups + p.head / (s.heads / s.groups);
  p.count = min ((int)COLUMNS, s.lanes - p.tile * COLUMNS);
  p.halves = p.count > 32 ? 2 : 1;
  return p;
}

/* Start states FIRST to FIRST + 127 as the right operand: those of the span, decayed to this chunk,
 * and what the span's earlier chunks added; BATCH rows of words on their way at a time. */
template <class Op, int BATCH>
__device__ static void
stage_states (const Ssd &s, const Place &p, Word *right, int first, int thread)
{
  typedef typename Op::Wide Wide;
  enum { JUMP = PART_THREADS / (COLUMNS / 8), LOADS = BATCH * Op::PER_WORD };
  int at = thread % (COLUMNS / 8) * 8, words = min ((int)CHUNK, s.depth - first) / Op::PER_WORD;
  int64_t offset = (int64_t)first * COLUMNS + at;
  const float *span = s.ends + ssd_state_block (s, p.chunk / SPAN, p.head, p.tile) + offset;
  const Wide *partial = NULL;
  float factor = 1.0f;

  if (p.chunk % SPAN > 0) {
    partial = (const Wide *)s.partial
              + ssd_state_block (s, ssd_partial_slot (p.chunk), p.head, p.tile) + offset;
    factor = fast_exp2 (
        ssd_since (*ssd_decay (s, p.head, (int64_t)p.chunk * CHUNK - 1), make_float2 (0.0f, 0.0f)));
  }
#pragma unroll 1
  for (int begin = thread / (COLUMNS / 8); begin < words; begin += BATCH * JUMP) {
    Eight<float> start[LOADS];
    Eight<Wide> added[LOADS] = {};
    int row[LOADS];
#pragma unroll
    for (int k = 0; k < LOADS; k++) {
      int word = min (begin + k / Op::PER_WORD * JUMP, words - 1);
      row[k] = (word * Op::PER_WORD + k % Op::PER_WORD) * COLUMNS;
      start[k] = eight_load (span + row[k]);
    }
    if (partial)
#pragma unroll
      for (int k = 0; k < LOADS; k++)
        added[k] = eight_load (partial + row[k]);
#pragma unroll
    for (int k = 0; k < BATCH; k++) {
      Word out[8], *to = right + (begin + k * JUMP) * Op::PITCH + at;
#pragma unroll
      for (int i = 0; i < 8; i++) {
        float x[Op::PER_WORD];
#pragma unroll
        for (int n = 0; n < Op::PER_WORD; n++)
          x[n] = eight_get (added[k * Op::PER_WORD + n], i)
                 + factor * eight_get (start[k * Op::PER_WORD + n], i);
        out[i] = Op::pack (x);
      }
      if (begin + k * JUMP < words)
        words_store (to, out);
    }
  }
}

/* C S of the band over states FIRST to FIRST + 127. */
template <class Op>
__device__ static void
add_states (const Ssd &s, const Place &p, Band *band, const Word *right, int first)
{
  int steps = s.depth / (8 * Op::PER_WORD), begin = first / (8 * Op::PER_WORD);
  int count = min (CHUNK / (8 * (int)Op::PER_WORD), steps - begin);
  const uint4 *left = s.left_c + (int64_t)p.group * (CHUNK * s.depth / (4 * Op::PER_WORD))
                      + (p.row / 16 * steps + begin) * 32 + threadIdx.x % 32;
  uint4 next[2] = { left[0], left[steps * 32] };

#pragma unroll 1
  for (int step = 0; step < count; step++) {
    uint4 now[2] = { next[0], next[1] };
    if (step + 1 < count) {
      next[0] = left[(step + 1) * 32];
      next[1] = left[(step + 1 + steps) * 32];
    }
    band_step<Op> (band, now, right + 8 * step * Op::PITCH, p.halves);
  }
}

/* Scores of step STEP of the band's two blocks of 16 rows. */
template <class Op>
__device__ static void
load_scores (const float4 *scores, int step, float4 (*to)[Op::PER_WORD])
{
#pragma unroll
  for (int k = 0; k < 2; k++)
#pragma unroll
    for (int n = 0; n < Op::PER_WORD; n++)
      to[k][n] = scores[(k * (CHUNK / 8) + step * Op::PER_WORD + n) * 32];
}

/* The tokens before the band, as seen from its first. */
template <class Op>
__device__ static void
add_before (const Place &p, Band *band, const SharedChunk<Op> &own, const float4 *scores)
{
  int t = threadIdx.x % 4, steps = p.row / (8 * Op::PER_WORD);
  float2 reference = own.decay[p.row];
  float4 next[2][Op::PER_WORD];

  if (steps > 0)
    load_scores<Op> (scores, 0, next);
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
    uint4 left[2];
    float4 now[2][Op::PER_WORD];
#pragma unroll
    for (int n = 0; n < Op::PER_WORD; n++) {
      int j = (step * Op::PER_WORD + n) * 8 + 2 * t;
      float f0 = own.delta[j] * fast_exp2 (ssd_since (reference, own.decay[j]));
      float f1 = own.delta[j + 1] * fast_exp2 (ssd_since (reference, own.decay[j + 1]));
#pragma unroll
      for (int k = 0; k < 2; k++)
        now[k][n] = make_float4 (next[k][n].x * f0, next[k][n].y * f1, next[k][n].z * f0,
                                 next[k][n].w * f1);
    }
    if (step + 1 < steps)
      load_scores<Op> (scores, step + 1, next);
#pragma unroll
    for (int k = 0; k < 2; k++)
      left[k] = Op::left (now[k]);
    band_step<Op> (band, left, own.right + 8 * step * Op::PITCH, p.halves);
  }
}

/* A cell's factor: 0 above the diagonal. */
template <class Op>
__device__ static float
cell_factor (const SharedChunk<Op> &own, int i, int j)
{
  return j <= i ? own.delta[j] * fast_exp2 (ssd_since (own.decay[i], own.decay[j])) : 0.0f;
}

/* The band's own tokens. */
template <class Op>
__device__ static void
add_within (const Place &p, Band *band, const SharedChunk<Op> &own, const float4 *scores)
{
  enum { STEPS = BAND / (8 * Op::PER_WORD) };
  int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4, begin = p.row / (8 * Op::PER_WORD);

#pragma unroll 1
  for (int step = begin; step < begin + STEPS; step++) {
    float4 cells[2][Op::PER_WORD];
    uint4 left[2];
    load_scores<Op> (scores, step, cells);
#pragma unroll
    for (int k = 0; k < 2; k++) {
#pragma unroll
      for (int n = 0; n < Op::PER_WORD; n++) {
        int i = p.row + 16 * k + g, j = (step * Op::PER_WORD + n) * 8 + 2 * t;
        float4 &m = cells[k][n];
        m.x *= cell_factor (own, i, j), m.y *= cell_factor (own, i, j + 1);
        m.z *= cell_factor (own, i + 8, j), m.w *= cell_factor (own, i + 8, j + 1);
      }
      left[k] = Op::left (cells[k]);
    }
    band_step<Op> (band, left, own.right + 8 * step * Op::PITCH, p.halves);
  }
}

/* The skip and the gate. */
template <class T>
__device__ static void
write_eight (const Ssd &s, const SsdWide<T> &wide, const Place &p, int row, int column, float *sum)
{
  int at = p.head * s.lanes + p.tile * COLUMNS + column;
  int count = p.count - column;
  float skip = s.d[p.head];

  if (row >= s.rows || count <= 0)
    return;
  Eight<T> u = eight_load (wide.u.row (row) + at, count, wide.even);
#pragma unroll
  for (int i = 0; i < 8; i++)
    sum[i] += skip * eight_get (u, i);
  if (wide.gate.data) {
    Eight<T> gate = eight_load (wide.gate.row (row) + at, count, wide.even);
#pragma unroll
    for (int i = 0; i < 8; i++)
      sum[i] *= silu (eight_get (gate, i));
  }
  if (wide.even && count >= 8)
    eight_store (wide.y.row (row) + at, sum);
  else
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count)
        scope_store (wide.y.row (row) + at + i, sum[i]);
}

template <class T>
__device__ static void
write_band (const Ssd &s, const SsdWide<T> &wide, const Place &p, const Band &band)
{
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  int first = p.chunk * CHUNK + p.row + g;
  float sum[8];

#pragma unroll
  for (int k = 0; k < 4; k++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      band_eight (band, k / 2, k % 2, half, sum);
      write_eight (s, wide, p, first + 8 * k, 32 * half + 8 * t, sum);
    }
}

template <class Op>
__global__ static void
__launch_bounds__ (PARTS *PART_THREADS, Op::BLOCKS)
    ssd_output (Ssd s, SsdWide<typename Op::Wide> wide)
{
  SCOPE_DYNAMIC_SHARED (uint4, memory);
  int part = threadIdx.x / PART_THREADS, thread = threadIdx.x % PART_THREADS;
  Place p = find_place (s, part, thread / 32);
  SharedChunk<Op> &own = ((SharedChunk<Op> *)memory)[part];
  int first = p.chunk * CHUNK;
  int column = p.head * s.lanes + p.tile * COLUMNS;
  bool here = p.head < s.heads, active = here && first + p.row < s.rows;
  Band band;

  if (here) {
    fetch_tokens (wide.u, first + thread, s.rows, column, p.count);
    own.decay[thread] = ssd_decay (s, p.head, first)[thread];
    own.delta[thread] = ssd_delta (s, p.head, first)[thread];
  }
  if (here)
    stage_states<Op, 4 / Op::PER_WORD> (s, p, own.right, 0, thread);
  __syncthreads ();
  band_clear (&band);
  if (active)
    add_states<Op> (s, p, &band, own.right, 0);
  for (int state = CHUNK; state < s.depth; state += CHUNK) {
    __syncthreads ();
    if (here)
      stage_states<Op, 1> (s, p, own.right, state, thread);
    __syncthreads ();
    if (active)
      add_states<Op> (s, p, &band, own.right, state);
  }
  __syncthreads ();
  if (here)
    stage_tokens<Op> (own.right, wide.u, first, s.rows, column, p.count, wide.even, NULL, thread);
  __syncthreads ();
  if (!active)
    return;
  const float4 *scores = s.scores
                         + ((int64_t)p.group * (CHUNK / 16) + p.row / 16) * (CHUNK / 8) * 32
                         + threadIdx.x % 32;
  float2 start = p.chunk % SPAN > 0 ? ssd_decay (s, p.head, first)[-1] : make_float2 (0.0f, 0.0f);
  float factor = fast_exp2 (ssd_since (own.decay[p.row], start));
#pragma unroll
  for (int k = 0; k < 4; k++)
    band_scale (&band, k / 2, k % 2, factor);
  add_before<Op> (p, &band, own, scores);
#pragma unroll
  for (int k = 0; k < 4; k++) {
    float2 decay = own.decay[p.row + 8 * k + thread % 32 / 4];
    band_scale (&band, k / 2, k % 2, fast_exp2 (ssd_since (decay, own.decay[p.row])));
  }
  add_within<Op> (p, &band, own, scores);
  write_band (s, wide, p, band);
}

template <class Op>
void
ssd_run_output (ScopeCuda *self, const Ssd &s, const SsdWide<typename Op::Wide> &wide)
{
  dim3 grid (scope_blocks (s.heads, PARTS), (unsigned)s.chunks, (unsigned)s.tiles);
  size_t bytes = PARTS * sizeof (SharedChunk<Op>);

  cudaFuncSetAttribute (ssd_output<Op>, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
  SCOPE_LAUNCH (ssd_output<Op>, grid, PARTS * PART_THREADS, bytes, self, s, wide);
}

template void ssd_run_output<OpFp32> (ScopeCuda *, const Ssd &, const SsdWide<float> &);
template void ssd_run_output<OpTf32> (ScopeCuda *, const Ssd &, const SsdWide<float> &);
template void ssd_run_output<OpBf16> (ScopeCuda *, const Ssd &, const SsdWide<Bf16> &);
