/* SCAN, Mamba-2's form, first part: what depends on tokens and groups alone.
 *
 * C and Bᵀ are laid out as left operands, one uint4 for each lane of a warp, so that the kernels of
 * the heads, which all read them, load them without going through shared memory; and the scores
 * C Bᵀ of each chunk, on and below the diagonal, in the order of a product's result.
 * Launch: (chunks, groups, bands of 32 tokens), one warp for 32 columns of the scores. */
#include "ssd-mma.cuh"

enum { BANDS = CHUNK / BAND, WARPS = BANDS };

/* Rows FIRST, FIRST + 1, ... of B or C of one group, 0 where there is none. */
template <class T> struct Rows {
  View<const T> view;
  int64_t first, rows;
  int column, states;

  __device__ float
  get (int row, int state) const
  {
    return first + row < rows && state < states
               ? scope_load (view.row (first + row)[column + state])
               : 0.0f;
  }
};

/* Word W along the states of one token. */
template <class Op, class T>
__device__ static Word
word_of_states (const Rows<T> &from, int row, int w)
{
  float x[2];

  for (int p = 0; p < Op::PER_WORD; p++)
    x[p] = from.get (row, w * Op::PER_WORD + p);
  return Op::pack (x);
}

/* Word W along the tokens of one state. */
template <class Op, class T>
__device__ static Word
word_of_tokens (const Rows<T> &from, int w, int state)
{
  float x[2];

  for (int p = 0; p < Op::PER_WORD; p++)
    x[p] = from.get (w * Op::PER_WORD + p, state);
  return Op::pack (x);
}

/* Sixteen tokens from ROW as the left operand of step STEP. */
template <class Op, class T>
__device__ static uint4
left_of_tokens (const Rows<T> &from, int row, int step)
{
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  int w0 = 8 * step + Op::word (t, 0), w1 = 8 * step + Op::word (t, 1);

  return make_uint4 (
      word_of_states<Op> (from, row + g, w0), word_of_states<Op> (from, row + g + 8, w0),
      word_of_states<Op> (from, row + g, w1), word_of_states<Op> (from, row + g + 8, w1));
}

/* Sixteen states from STATE likewise. */
template <class Op, class T>
__device__ static uint4
left_of_states (const Rows<T> &from, int state, int step)
{
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  int w0 = 8 * step + Op::word (t, 0), w1 = 8 * step + Op::word (t, 1);

  return make_uint4 (
      word_of_tokens<Op> (from, w0, state + g), word_of_tokens<Op> (from, w0, state + g + 8),
      word_of_tokens<Op> (from, w1, state + g), word_of_tokens<Op> (from, w1, state + g + 8));
}

/* Scores of band BAND_ROW against the tokens of band BAND_COLUMN; a plain order of columns. */
template <class Op, class T>
__device__ static void
score (const Ssd &s, const Rows<T> &b, const Rows<T> &c, int band_row, int band_column, float4 *to)
{
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  float sum[2][4][4] = {};

  for (int step = 0; step < s.depth / (8 * Op::PER_WORD); step++) {
    int w0 = 8 * step + Op::word (t, 0), w1 = 8 * step + Op::word (t, 1);
    uint4 left[2];
#pragma unroll
    for (int k = 0; k < 2; k++)
      left[k] = left_of_tokens<Op> (c, BAND * band_row + 16 * k, step);
#pragma unroll
    for (int n = 0; n < 4; n++) {
      int row = BAND * band_column + 8 * n + g;
      Word b0 = word_of_states<Op> (b, row, w0), b1 = word_of_states<Op> (b, row, w1);
#pragma unroll
      for (int k = 0; k < 2; k++)
        Op::multiply (sum[k][n], left[k], b0, b1);
    }
  }
#pragma unroll
  for (int k = 0; k < 2; k++)
#pragma unroll
    for (int n = 0; n < 4; n++)
      to[((2 * band_row + k) * (CHUNK / 8) + 4 * band_column + n) * 32 + lane]
          = make_float4 (sum[k][n][0], sum[k][n][1], sum[k][n][2], sum[k][n][3]);
}

template <class Op>
__global__ static void
ssd_prepare (Ssd s, View<const typename Op::Wide> b_view, View<const typename Op::Wide> c_view)
{
  typedef Rows<typename Op::Wide> Group;
  int chunk = blockIdx.x, group = blockIdx.y, band = blockIdx.z;
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  Group b = { b_view, (int64_t)chunk * CHUNK, s.rows, group * s.states, s.states };
  Group c = { c_view, b.first, s.rows, b.column, s.states };
  int64_t slot = (int64_t)chunk * s.groups + group, words = CHUNK * s.depth / (4 * Op::PER_WORD);
  uint4 *left_c = s.left_c + slot * words, *left_b = s.left_b + slot * words;
  int steps = s.depth / (8 * Op::PER_WORD), token_steps = CHUNK / (8 * Op::PER_WORD);
  int own_steps = token_steps / BANDS;

  for (int k = 0; k < 2; k++)
    for (int step = warp; step < steps; step += WARPS)
      left_c[((2 * band + k) * steps + step) * 32 + lane]
          = left_of_tokens<Op> (c, BAND * band + 16 * k, step);
  for (int at = warp; at < s.depth / 16 * own_steps; at += WARPS) {
    int block = at / own_steps, step = band * own_steps + at % own_steps;
    left_b[(block * token_steps + step) * 32 + lane] = left_of_states<Op> (b, 16 * block, step);
  }
  if (warp <= band)
    score<Op> (s, b, c, band, warp, s.scores + slot * (CHUNK / 16) * (CHUNK / 8) * 32);
}

template <class Op>
void
ssd_run_prepare (ScopeCuda *self, const Ssd &s, const SsdWide<typename Op::Wide> &wide)
{
  dim3 grid ((unsigned)s.chunks, (unsigned)s.groups, BANDS);

  SCOPE_LAUNCH (ssd_prepare<Op>, grid, WARPS * 32, 0, self, s, wide.b, wide.c);
}

template void ssd_run_prepare<OpFp32> (ScopeCuda *, const Ssd &, const SsdWide<float> &);
template void ssd_run_prepare<OpTf32> (ScopeCuda *, const Ssd &, const SsdWide<float> &);
template void ssd_run_prepare<OpBf16> (ScopeCuda *, const Ssd &, const SsdWide<Bf16> &);
