/* What both walks of Mamba-2's scan in BF16 share: where a block is, a chunk's tiles and the step
 * of the states. ssd-walk-output.cu says how they are cut. */
#pragma once

#include "ssd-tile.cuh"

enum { WARPS = 4, LANES = COLUMNS, ROWS = WALK_TOKENS };

template <int PARTS> struct Chunk {
  uint4 b[ROWS * STATE_UNITS];
  uint4 u[PARTS][ROWS * LANE_UNITS];
  float2 decay[PARTS][2 + ROWS]; /* the second: what the chunk's count from */
  float delta[PARTS][ROWS];
  Bf16 weight[PARTS][2][ROWS]; /* a sum of two */
};

/* Where a warp is at work. */
struct Walk {
  int head, column, count; /* head s.heads: none; its first lane in a row, how many */
  int group;               /* first state in a row of B and C */
  int first, end;          /* chunks */
  const float2 *decay;     /* of the head */
  const float *delta;
  int part, thread, warp, lane;
};

template <int PARTS>
__device__ static Walk
find_walk (const Ssd &s)
{
  int per_group = s.heads / s.groups, shares = (per_group + PARTS - 1) / PARTS;
  int tile = (int)blockIdx.x % s.tiles, share = (int)blockIdx.x / s.tiles;
  Walk w = {};

  w.part = PARTS > 1 ? threadIdx.x / PART_THREADS : 0;
  w.thread = PARTS > 1 ? threadIdx.x % PART_THREADS : threadIdx.x;
  w.warp = w.thread / 32;
  w.lane = threadIdx.x % 32;
  int in_group = share % shares * PARTS + w.part;
  w.head = in_group < per_group ? share / shares * per_group + in_group : s.heads;
  w.group = share / shares * s.states;
  w.column = w.head * s.lanes + tile * LANES;
  w.count = min ((int)LANES, s.lanes - tile * LANES);
  w.decay = ssd_decay (s, w.head, 0);
  w.delta = ssd_delta (s, w.head, 0);
  w.first = (int)blockIdx.y * s.walk;
  w.end = min (w.first + s.walk, (s.rows + ROWS - 1) / ROWS);
  return w;
}

/* Rows of B or C. */
template <int PARTS>
__device__ static void
fetch_states (const Ssd &s, const View<const Bf16> &from, const Walk &w, uint4 *to, int chunk)
{
  int first = chunk * ROWS;

  if (chunk < w.end)
    tile_fetch<STATE_UNITS, PARTS * PART_THREADS, ROWS> (to, 0, from.row (first) + w.group,
                                                         from.stride, s.rows - first, s.states / 8,
                                                         s.depth / 8, threadIdx.x);
}

template <int PARTS>
__device__ static void
fetch_chunk (const Ssd &s, const SsdWide<Bf16> &wide, const Walk &w, Chunk<PARTS> *to, int chunk)
{
  int first = chunk * ROWS;

  fetch_states<PARTS> (s, wide.b, w, to->b, chunk);
  if (chunk < w.end && w.head < s.heads) {
    tile_fetch<LANE_UNITS, PART_THREADS, ROWS> (to->u[w.part], 0, wide.u.row (first) + w.column,
                                                wide.u.stride, s.rows - first, w.count / 8,
                                                LANE_UNITS, w.thread);
    if (w.thread < 1 + ROWS / 2)
      copy_unit (to->decay[w.part] + 2 * w.thread, w.decay + first - 2 + 2 * w.thread,
                 w.thread > 0 || first % SPAN_ROWS > 0);
    else if (w.thread >= ROWS && w.thread < ROWS + ROWS / 4)
      copy_unit (to->delta[w.part] + 4 * (w.thread - ROWS), w.delta + first + 4 * (w.thread - ROWS),
                 true);
  }
}

/* Decays of a chunk's tokens, and before them what they count from. */
template <int PARTS>
__device__ static const float2 *
decays_of (const Walk &w, const Chunk<PARTS> &chunk)
{
  return chunk.decay[w.part] + 2;
}

/* S <- decay S + (w B)ᵀ u. */
template <int PARTS>
__device__ static void
step_states (const Ssd &s, const Walk &w, const Chunk<PARTS> &chunk, float (*state)[LANES / 8][4])
{
  int t = w.lane % 4;
  unsigned first = by_columns<STATE_UNITS> () ^ (unsigned)(64 * w.warp);
  unsigned second = 32 * w.warp + 16 < s.depth ? first ^ 32u : first;
  const float2 *decay = decays_of (w, chunk);
  float factor = fast_exp2 (ssd_since (decay[ROWS - 1], decay[-1]));

#pragma unroll
  for (int k = 0; k < 2; k++)
#pragma unroll
    for (int n = 0; n < LANES / 8; n++)
#pragma unroll
      for (int i = 0; i < 4; i++)
        state[k][n][i] *= factor;
#pragma unroll
  for (int row = 0; row < ROWS; row += 16) {
    const Word *weight = (const Word *)chunk.weight[w.part][0] + row / 2 + t;
    Word most[2] = { weight[0], weight[4] }, rest[2] = { weight[ROWS / 2], weight[ROWS / 2 + 4] };
    uint4 left[2];
#pragma unroll
    for (int k = 0; k < 2; k++) {
      uint4 b = tile_load<true> (chunk.b + row * STATE_UNITS, k == 0 ? first : second);
      left[k] = make_uint4 (word_fma (b.x, most[0], word_fma (b.x, rest[0], 0)),
                            word_fma (b.y, most[0], word_fma (b.y, rest[0], 0)),
                            word_fma (b.z, most[1], word_fma (b.z, rest[1], 0)),
                            word_fma (b.w, most[1], word_fma (b.w, rest[1], 0)));
    }
    add_lanes<2, 2> (state, left, chunk.u[w.part], row);
  }
}

/* A thread's states in the (depth, COLUMNS) block at AT: words of two lanes. */
template <class F>
__device__ static void
each_state (const Ssd &s, const Walk &w, F f)
{
  int g = w.lane / 4, t = w.lane % 4;

#pragma unroll
  for (int k = 0; k < 2; k++)
#pragma unroll
    for (int n = 0; n < LANES / 8; n++)
#pragma unroll
      for (int up = 0; up < 2; up++)
        if (32 * w.warp + 16 * k < s.depth)
          f (k, n, up, 32 * w.warp + 16 * k + 8 * up + g, 8 * n + 2 * t);
}

template <int PARTS>
__device__ static void
find_weights (const Walk &w, Chunk<PARTS> *chunk)
{
  const float2 *decay = decays_of (w, *chunk);

  if (w.thread < ROWS) {
    float weight
        = chunk->delta[w.part][w.thread] * fast_exp2 (ssd_since (decay[ROWS - 1], decay[w.thread]));
    Bf16 *to = chunk->weight[w.part][0] + w.thread;
    scope_store (to, weight);
    scope_store (to + ROWS, weight - scope_load (*to));
  }
}

template <int PARTS>
static dim3
grid_of (const Ssd &s)
{
  return dim3 ((unsigned)s.groups * scope_blocks (s.heads / s.groups, PARTS) * (unsigned)s.tiles,
               (unsigned)s.spans);
}
