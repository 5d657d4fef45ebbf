/* SCAN, Mamba-2's form, second part: the states that a span of chunks leaves behind.
 *
 * From a state of zero, chunk by chunk: S <- decay S + Bᵀ (w u), w_j = Δ_j times the decay from j
 * to the chunk's end. What S is before each chunk but the first is kept for the output, and the
 * last one for the carry. A block has PARTS heads, a warp of it 32 states times 64 lanes, whose
 * sums stay in registers along the span; w u passes through shared memory. Launch: (heads / PARTS,
 * spans, tiles of lanes x tiles of 128 states). */
#include "ssd-mma.cuh"

template <class Op> struct SharedTokens {
  Word right[CHUNK / Op::PER_WORD * Op::PITCH];
  float weight[CHUNK];
};

/* Where a warp's band of states lies. */
struct Place {
  int head, tile, first, blocks; /* first state; sixteens of states, 0 for an idle warp */
};

__device__ static Place
find_place (const Ssd &s, int part, int warp)
{
  Place p = { (int)blockIdx.x * PARTS + part, (int)blockIdx.z % s.tiles };

  p.first = (int)blockIdx.z / s.tiles * CHUNK + warp * BAND;
  p.blocks = p.head < s.heads ? max (0, min (2, (s.depth - p.first) / 16)) : 0;
  return p;
}

template <class T>
__device__ static void
store_states (const Ssd &s, const Place &p, const Band &band, T *states, int64_t slot)
{
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  T *to = states + ssd_state_block (s, slot, p.head, p.tile) + (int64_t)p.first * COLUMNS;
  float eight[8];

#pragma unroll
  for (int k = 0; k < 2; k++)
#pragma unroll
    for (int up = 0; up < 2; up++)
#pragma unroll
      for (int half = 0; half < 2; half++)
        if (k < p.blocks) {
          band_eight (band, k, up, half, eight);
          eight_store (to + (16 * k + 8 * up + g) * COLUMNS + 32 * half + 8 * t, eight);
        }
}

/* Bᵀ (w u) of one chunk. */
template <class Op>
__device__ static void
add_chunk (const Ssd &s, const Place &p, Band *band, int chunk, const Word *right, int halves)
{
  enum { STEPS = CHUNK / (8 * Op::PER_WORD) };
  int64_t slot = (int64_t)chunk * s.groups + p.head / (s.heads / s.groups);
  const uint4 *left = s.left_b + slot * (CHUNK * s.depth / (4 * Op::PER_WORD))
                      + p.first / 16 * STEPS * 32 + threadIdx.x % 32;
  int second = p.blocks > 1 ? STEPS * 32 : 0;
  uint4 next[2] = { left[0], left[second] };

#pragma unroll 1
  for (int step = 0; step < STEPS; step++) {
    uint4 now[2] = { next[0], next[1] };
    left += step + 1 < STEPS ? 32 : 0;
    next[0] = left[0];
    next[1] = left[second];
    band_step<Op> (band, now, right + 8 * step * Op::PITCH, halves);
  }
}

template <class Op>
__global__ static void
__launch_bounds__ (PARTS *PART_THREADS, Op::BLOCKS)
    ssd_states (Ssd s, SsdWide<typename Op::Wide> wide)
{
  SCOPE_DYNAMIC_SHARED (uint4, memory);
  int part = threadIdx.x / PART_THREADS, thread = threadIdx.x % PART_THREADS, span = blockIdx.y;
  Place p = find_place (s, part, thread / 32);
  SharedTokens<Op> &own = ((SharedTokens<Op> *)memory)[part];
  int count = min ((int)COLUMNS, s.lanes - p.tile * COLUMNS), halves = count > 32 ? 2 : 1;
  int column = p.head * s.lanes + p.tile * COLUMNS;
  Band band;

  band_clear (&band);
  for (int chunk = span * SPAN; chunk < min (s.chunks, (span + 1) * SPAN); chunk++) {
    int first = chunk * CHUNK;
    __syncthreads ();
    if (p.head < s.heads) {
      const float2 *decay = ssd_decay (s, p.head, first);
      own.weight[thread] = ssd_delta (s, p.head, first)[thread]
                           * fast_exp2 (ssd_since (decay[CHUNK - 1], decay[thread]));
    }
    __syncthreads ();
    if (p.head < s.heads)
      stage_tokens<Op> (own.right, wide.u, first, s.rows, column, count, wide.even, own.weight,
                        thread);
    if (p.head < s.heads && chunk % SPAN + 1 < SPAN)
      fetch_tokens (wide.u, first + CHUNK + thread, s.rows, column, count);
    __syncthreads ();
    if (p.blocks == 0)
      continue;
    if (chunk % SPAN > 0) {
      const float2 *decay = ssd_decay (s, p.head, first);
      float factor = fast_exp2 (ssd_since (decay[CHUNK - 1], decay[-1]));
      store_states (s, p, band, (typename Op::Wide *)s.partial, ssd_partial_slot (chunk));
#pragma unroll
      for (int k = 0; k < 4; k++)
        band_scale (&band, k / 2, k % 2, factor);
    }
    add_chunk<Op> (s, p, &band, chunk, own.right, halves);
  }
  if (p.blocks > 0)
    store_states (s, p, band, s.ends, span);
  if (p.head < s.heads && blockIdx.z == 0 && thread == 0)
    s.passed[span * s.heads + p.head] = ssd_since (
        *ssd_decay (s, p.head, (int64_t)(span + 1) * SPAN_ROWS - 1), make_float2 (0.0f, 0.0f));
}

template <class Op>
void
ssd_run_states (ScopeCuda *self, const Ssd &s, const SsdWide<typename Op::Wide> &wide)
{
  dim3 grid (scope_blocks (s.heads, PARTS), (unsigned)s.spans,
             (unsigned)s.tiles * scope_blocks (s.depth, CHUNK));
  size_t bytes = PARTS * sizeof (SharedTokens<Op>);

  cudaFuncSetAttribute (ssd_states<Op>, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
  SCOPE_LAUNCH (ssd_states<Op>, grid, PARTS * PART_THREADS, bytes, self, s, wide);
}

template void ssd_run_states<OpFp32> (ScopeCuda *, const Ssd &, const SsdWide<float> &);
template void ssd_run_states<OpTf32> (ScopeCuda *, const Ssd &, const SsdWide<float> &);
template void ssd_run_states<OpBf16> (ScopeCuda *, const Ssd &, const SsdWide<Bf16> &);
