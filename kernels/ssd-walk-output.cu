/* SCAN, Mamba-2's form in BF16, up to 128 states: y by a walk along the chunks of a span.
 *
 * A block walks PARTS heads of one group through a span of chunks of 64 tokens, with each head's
 * states in its registers, so that the states of chunks never pass through memory. Of a chunk it
 * has B, C and, for the heads, u in shared memory, copied there while the chunk before is worked
 * on. From the span's start (ssd-walk-states.cu, ssd-carry.cu): y, then for the next chunk the step
 * S <- decay S + (w B)ᵀ u, w_j = Δ_j times the decay from j to the chunk's end. w, like D, is the
 * sum of two BF16 numbers, so w B is rounded once and D u not at all. The scores C Bᵀ are shared
 * out among the warps of all heads; then a warp has 32 states times 64 lanes of S and 16 tokens
 * times 64 lanes of y. Before its own 16 tokens it takes the decay from j to i as that from j to
 * its first token, which goes into the left operand, times that from there to i, which goes onto
 * the sum; among its own each cell has its own. Launch: (groups x heads of a group / PARTS x tiles
 * of lanes, spans). */
#include "ssd-walk.cuh"

enum { BANDS = ROWS / 16, SCORES = BANDS * (BANDS + 1) / 2 };

template <int PARTS> struct WithC : Chunk<PARTS> {
  uint4 c[ROWS * STATE_UNITS];
};

/* Of one head. */
struct Own {
  uint4 start[CHUNK * LANE_UNITS]; /* S before the chunk */
  uint4 y[ROWS * LANE_UNITS];      /* gate, then y */
};

/* 16 x 16 scores in the order of a result. */
struct Score {
  float4 cell[2][32];
};

/* One group of copies. */
template <int PARTS>
__device__ static void
fetch_all (const Ssd &s, const SsdWide<Bf16> &wide, const Walk &w, WithC<PARTS> *to, int chunk)
{
  fetch_states<PARTS> (s, wide.c, w, to->c, chunk);
  fetch_chunk<PARTS> (s, wide, w, to, chunk);
  copy_commit ();
}

/* The gate of a warp's rows. */
__device__ static void
fetch_gate (const Ssd &s, const SsdWide<Bf16> &wide, const Walk &w, uint4 *tile, int chunk, int row)
{
  int first = chunk * ROWS + row;

  if (wide.gate.data && chunk < w.end && w.head < s.heads)
    tile_fetch<LANE_UNITS, 32, 16> (tile, row, wide.gate.row (first) + w.column, wide.gate.stride,
                                    s.rows - first, w.count / 8, LANE_UNITS, w.lane);
  copy_commit ();
}

/* The states as the right operand of C. */
__device__ static void
put_states (const Ssd &s, const Walk &w, const float (*state)[LANES / 8][4], Own *own)
{
  int g = w.lane / 4, t = w.lane % 4;
  unsigned at = tile_at<LANE_UNITS> (g, 0) + 4 * t;

#pragma unroll
  for (int k = 0; k < 2; k++)
    if (32 * w.warp + 16 * k < s.depth)
#pragma unroll
      for (int n = 0; n < LANES / 8; n++)
#pragma unroll
        for (int up = 0; up < 2; up++)
          *(Word *)((char *)(own->start + (32 * w.warp + 16 * k + 8 * up) * LANE_UNITS)
                    + (at ^ (unsigned)(16 * n)))
              = word_of (state[k][n][2 * up], state[k][n][2 * up + 1]);
}

/* C S of the 16 tokens from ROW. */
template <int PARTS>
__device__ static void
multiply_states (const Ssd &s, const WithC<PARTS> &chunk, const Own &own, int row,
                 float (*sum)[LANES / 8][4])
{
  unsigned at = by_rows<STATE_UNITS> ();

#pragma unroll
  for (int n = 0; n < LANES / 8; n++)
#pragma unroll
    for (int i = 0; i < 4; i++)
      sum[0][n][i] = 0.0f;
#pragma unroll 2
  for (int k = 0; k < s.depth / 16; k++) {
    uint4 c = tile_load<false> (chunk.c + row * STATE_UNITS, at ^ (unsigned)(32 * k));
    add_lanes<1, 1> (sum, &c, own.start, 16 * k);
  }
}

/* Where the scores of the 16 tokens from 16 BAND against those N sixteens before are. */
__device__ static constexpr int
place_of (int band, int n)
{
  return band + n * (2 * BANDS - 1 - n) / 2;
}

/* Scores of each sixteen of tokens against itself and those before, shared out among all warps. */
template <int PARTS>
__device__ static void
find_scores (const Ssd &s, const WithC<PARTS> &chunk, Score *scores)
{
  unsigned c_at = by_rows<STATE_UNITS> (), b_at = by_columns<STATE_UNITS> ();

  for (int at = (int)threadIdx.x / 32; at < SCORES; at += WARPS * PARTS) {
    int n = 0;
#pragma unroll
    for (int k = 1; k < BANDS; k++)
      n += at >= place_of (k, k);
    int band = at - place_of (0, n);
    float score[2][4] = {};
#pragma unroll 2
    for (int k = 0; k < s.depth / 16; k++) {
      uint4 c = tile_load<false> (chunk.c + 16 * band * STATE_UNITS, c_at ^ (unsigned)(32 * k));
      uint4 b
          = tile_load<false> (chunk.b + 16 * (band - n) * STATE_UNITS, b_at ^ (unsigned)(32 * k));
      OpBf16::multiply (score[0], c, b.x, b.y);
      OpBf16::multiply (score[1], c, b.z, b.w);
    }
#pragma unroll
    for (int half = 0; half < 2; half++)
      scores[at].cell[half][threadIdx.x % 32]
          = make_float4 (score[half][0], score[half][1], score[half][2], score[half][3]);
  }
}

__device__ static void
scale_rows (float (*sum)[4], float upper, float lower)
{
#pragma unroll
  for (int n = 0; n < LANES / 8; n++) {
    sum[n][0] *= upper;
    sum[n][1] *= upper;
    sum[n][2] *= lower;
    sum[n][3] *= lower;
  }
}

/* The left operand for the 16 tokens N sixteens before ROW, as seen from it. */
template <int PARTS>
__device__ static uint4
weigh_before (const Walk &w, const Chunk<PARTS> &chunk, int row, int n, const Score &score)
{
  const float2 *decay = decays_of (w, chunk), reference = decay[row];
  Word words[4];

#pragma unroll
  for (int half = 0; half < 2; half++) {
    float4 cell = score.cell[half][w.lane];
    int j = row - 16 * n + 8 * half + 2 * (w.lane % 4);
    float4 pair = *(const float4 *)(decay + j);
    float2 delta = *(const float2 *)(chunk.delta[w.part] + j);
    float f0 = delta.x * fast_exp2 (ssd_since (reference, make_float2 (pair.x, pair.y)));
    float f1 = delta.y * fast_exp2 (ssd_since (reference, make_float2 (pair.z, pair.w)));
    words[2 * half] = word_of (cell.x * f0, cell.y * f1);
    words[2 * half + 1] = word_of (cell.z * f0, cell.w * f1);
  }
  return make_uint4 (words[0], words[1], words[2], words[3]);
}

/* That for the 16 tokens from ROW, 0 above the diagonal. */
template <int PARTS>
__device__ static uint4
weigh_own (const Walk &w, const Chunk<PARTS> &chunk, int row, const Score &score)
{
  const float2 *decay = decays_of (w, chunk) + row;
  int g = w.lane / 4, t = w.lane % 4;
  float2 upper = decay[g], lower = decay[g + 8];
  Word words[4];

#pragma unroll
  for (int half = 0; half < 2; half++) {
    int j = 8 * half + 2 * t;
    float2 delta = *(const float2 *)(chunk.delta[w.part] + row + j);
    float4 raw = score.cell[half][w.lane];
    float cell[4] = { raw.x, raw.y, raw.z, raw.w };
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float since = ssd_since (i < 2 ? upper : lower, decay[j + i % 2]);
      bool here = j + i % 2 <= (i < 2 ? g : g + 8);
      cell[i] *= (i % 2 ? delta.y : delta.x) * fast_exp2 (here ? since : -INFINITY);
    }
    words[2 * half] = word_of (cell[0], cell[1]);
    words[2 * half + 1] = word_of (cell[2], cell[3]);
  }
  return make_uint4 (words[0], words[1], words[2], words[3]);
}

/* D on the diagonal of a left operand, a sum of two reals. */
__device__ static void
put_skip (const Ssd &s, const Walk &w, Word *skip)
{
  float d = w.head < s.heads ? s.d[w.head] : 0.0f, most = scope_load (__float2bfloat16_rn (d));
  bool first = w.lane / 4 == 2 * (w.lane % 4), second = w.lane / 4 == 2 * (w.lane % 4) + 1;

  skip[0] = word_of (first ? most : 0.0f, second ? most : 0.0f);
  skip[1] = word_of (first ? d - most : 0.0f, second ? d - most : 0.0f);
}

/* y of a warp's rows without the gate. SUM holds C S. */
template <int PARTS>
__device__ static void
finish_sums (const Walk &w, const Chunk<PARTS> &chunk, const Word *skip, int row,
             const Score *scores, float (*sum)[LANES / 8][4])
{
  const float2 *decay = decays_of (w, chunk) + row;
  int band = row / 16, g = w.lane / 4;
  float factor = fast_exp2 (ssd_since (decay[0], decay[-1 - row]));

  scale_rows (sum[0], factor, factor);
#pragma unroll
  for (int n = 1; n < BANDS; n++)
    if (n <= band) {
      uint4 left = weigh_before (w, chunk, row, n, scores[place_of (band, n)]);
      add_lanes<1, 1> (sum, &left, chunk.u[w.part], row - 16 * n);
    }
  const uint4 own[3] = { weigh_own (w, chunk, row, scores[place_of (band, 0)]),
                         make_uint4 (skip[0], 0, 0, skip[0]), make_uint4 (skip[1], 0, 0, skip[1]) };
  scale_rows (sum[0], fast_exp2 (ssd_since (decay[g], decay[0])),
              fast_exp2 (ssd_since (decay[g + 8], decay[0])));
  add_lanes<1, 3> (sum, own, chunk.u[w.part], row);
}

/* Gates a warp's rows in TILE, which has the gate, and writes them whole. */
__device__ static void
write_rows (const Ssd &s, const SsdWide<Bf16> &wide, const Walk &w, uint4 *tile, int chunk, int row,
            const float (*sum)[4])
{
  int g = w.lane / 4, t = w.lane % 4, unit = w.lane % LANE_UNITS;
  char *rows = (char *)(tile + row * LANE_UNITS);
  unsigned at = tile_at<LANE_UNITS> (g, 0) + 4 * t;

#pragma unroll
  for (int n = 0; n < LANES / 8; n++)
#pragma unroll
    for (int up = 0; up < 2; up++) {
      Word *word = (Word *)(rows + 128 * 8 * up + (at ^ (unsigned)(16 * n)));
      float x = sum[n][2 * up], y = sum[n][2 * up + 1];
      if (wide.gate.data) {
        Word gate = *word;
        x *= silu (word_low (gate));
        y *= silu (word_high (gate));
      }
      *word = word_of (x, y);
    }
  __syncwarp ();
  int first = chunk * ROWS + row + w.lane / LANE_UNITS;
  Bf16 *to = wide.y.row (first) + w.column + 8 * unit;
#pragma unroll
  for (int k = 0; k < 16; k += 4, to += 4 * wide.y.stride)
    if (first + k < s.rows && 8 * unit < w.count)
      *(uint4 *)to = *(const uint4 *)(rows + tile_at<LANE_UNITS> (k + w.lane / LANE_UNITS, unit));
  __syncwarp ();
}

template <int PARTS, int STAGES>
__global__ static void
__launch_bounds__ (PARTS *PART_THREADS) ssd_walk_output (Ssd s, SsdWide<Bf16> wide)
{
  SCOPE_DYNAMIC_SHARED (uint4, memory);
  Walk w = find_walk<PARTS> (s);
  WithC<PARTS> *chunks = (WithC<PARTS> *)memory;
  Own &own = ((Own *)(chunks + STAGES))[w.part];
  Score *scores = (Score *)((Own *)(chunks + STAGES) + PARTS);
  bool here = w.head < s.heads;
  /* The last rows are the most work: not always for the same of a processor's schedulers. */
  int row = 16
            * (PARTS == 1    ? (w.warp + blockIdx.x + blockIdx.y) % WARPS
               : w.part == 1 ? WARPS - 1 - w.warp
                             : (w.warp + w.part) % WARPS);
  Word skip[2];
  float state[2][LANES / 8][4] = {};

  put_skip (s, w, skip);
  fetch_all<PARTS> (s, wide, w, &chunks[w.first % STAGES], w.first);
  fetch_gate (s, wide, w, own.y, w.first, row);
  if (here) {
    const float *start
        = s.ends + ssd_state_block (s, blockIdx.y, w.head, (int)blockIdx.x % s.tiles);
    each_state (s, w, [&] (int k, int n, int up, int r, int column) {
      float2 two = *(const float2 *)(start + r * COLUMNS + column);
      state[k][n][2 * up] = two.x, state[k][n][2 * up + 1] = two.y;
    });
    put_states (s, w, state, &own);
  }
  for (int chunk = w.first; chunk < w.end; chunk++) {
    WithC<PARTS> &now = chunks[chunk % STAGES];
    float sum[1][LANES / 8][4];
    copy_wait<1> ();
    __syncthreads ();
    if (STAGES > 1)
      fetch_all<PARTS> (s, wide, w, &chunks[(chunk + 1) % STAGES], chunk + 1);
    find_scores (s, now, scores);
    if (here) {
      find_weights (w, &now);
      multiply_states (s, now, own, row, sum);
    }
    __syncthreads ();
    if (here) {
      finish_sums (w, now, skip, row, scores, sum);
      if (chunk + 1 < w.end && 32 * w.warp < s.depth) {
        step_states (s, w, now, state);
        put_states (s, w, state, &own);
      }
    }
    if (STAGES == 1) {
      __syncthreads ();
      fetch_all<PARTS> (s, wide, w, &chunks[0], chunk + 1);
    }
    copy_wait<1> ();
    __syncwarp ();
    if (here)
      write_rows (s, wide, w, own.y, chunk, row, sum[0]);
    fetch_gate (s, wide, w, own.y, chunk + 1, row);
  }
}

/* Whether there was room for it in shared memory. */
template <int PARTS, int STAGES>
static bool
run_output (ScopeCuda *self, const Ssd &s, const SsdWide<Bf16> &wide)
{
  size_t bytes = STAGES * sizeof (WithC<PARTS>) + PARTS * sizeof (Own) + SCORES * sizeof (Score);
  auto kernel = ssd_walk_output<PARTS, STAGES>;

  if (cudaFuncSetAttribute (kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes)
      != cudaSuccess) {
    cudaGetLastError ();
    return false;
  }
  SCOPE_LAUNCH (kernel, grid_of<PARTS> (s), PARTS * PART_THREADS, bytes, self, s, wide);
  return true;
}

/* Three heads want 200 KiB, one 75. */
void
ssd_run_walk_output (ScopeCuda *self, const Ssd &s, const SsdWide<Bf16> &wide)
{
  if (s.heads / s.groups < 3 || !run_output<3, 2> (self, s, wide))
    run_output<1, 1> (self, s, wide);
}
