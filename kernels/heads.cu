/* HEADS: causal softmax attention, flash style (arXiv 2205.14135): no row of scores is stored.
 *   out[t] = Σ_s softmax_s (scale q[t] · k[s]) v[s],  total[t] = ln Σ_s exp (scale q[t] · k[s])
 * Layout: a thread block for 64 queries of one head, which goes through the keys 64 at a time. A
 * thread keeps, of its 4 query rows, the largest score so far, the sum of exponentials relative to
 * it, and the rows' sums of v at 4 lanes of each SLICE of 64 lanes, all in float registers; the
 * exponentials go to the other threads through shared memory. Blocks with the most keys come first.
 * Launch: grid (query blocks, heads), 256 threads, 34 KiB of shared memory.
 * Tolerance: 1e-5 of the largest |v| in float; with BF16 inputs, one rounding of the output. */
#include <math.h>

#include "scores.cuh"

enum { SLICE = SCORES };

struct HeadsScratch {
  union {
    ScoreScratch scores;
    float v[SCORES][SLICE + 1];
  };
  float p[SCORES][SCORES + 1];
};

/* Of a thread's four query rows. */
template <int SLICES> struct Running {
  float most[SCORE_SIDE], total[SCORE_SIDE];
  float sums[SLICES][SCORE_SIDE][SCORE_SIDE]; /* slice, row, lane */
};

/* Over the 16 threads that share a row. */
__device__ static inline float
row_most (float x)
{
  for (int step = SCORE_STEP / 2; step > 0; step /= 2)
    x = fmaxf (x, __shfl_xor_sync (0xffffffffu, x, step));
  return x;
}

__device__ static inline float
row_sum (float x)
{
  for (int step = SCORE_STEP / 2; step > 0; step /= 2)
    x += __shfl_xor_sync (0xffffffffu, x, step);
  return x;
}

/* Scores of row I become exponentials relative to the new largest; VISIBLE columns of the tile. */
template <int SLICES>
__device__ static inline void
soften_row (Running<SLICES> *run, int i, float s[SCORE_SIDE], float scale, int64_t visible,
            HeadsScratch *scratch)
{
  float most = run->most[i], sum = 0.0f;

  for (int j = 0; j < SCORE_SIDE; j++) {
    s[j] = score_column (j) < visible ? s[j] * scale : -INFINITY;
    most = fmaxf (most, s[j]);
  }
  most = row_most (most);
  for (int j = 0; j < SCORE_SIDE; j++) {
    /* A row that sees nothing yet has no largest score; its exponentials are 0, and so is FADE. */
    float p = s[j] == -INFINITY ? 0.0f : expf (s[j] - most);
    scratch->p[score_row (i)][score_column (j)] = p;
    sum += p;
  }
  float fade = run->most[i] == -INFINITY ? 0.0f : expf (run->most[i] - most);
  run->total[i] = run->total[i] * fade + row_sum (sum);
  run->most[i] = most;
#pragma unroll
  for (int n = 0; n < SLICES; n++)
    for (int j = 0; j < SCORE_SIDE; j++)
      run->sums[n][i][j] *= fade;
}

/* sums += p v for slice N, the tile's keys from COLUMN on. */
template <class T, int SLICES>
__device__ static inline void
add_slice (Running<SLICES> *run, int n, const ScoreHead<T> &head, const View<const T> &v,
           int64_t column, HeadsScratch *scratch)
{
  __syncthreads ();
  for (int e = threadIdx.x; e < SCORES * SLICE; e += SCORE_THREADS) {
    int k = e / SLICE, l = e % SLICE;
    bool inside = column + k < head.keys && n * SLICE + l < head.width;
    scratch->v[k][l]
        = inside ? scope_load (v.row (column + k)[head.first_k + n * SLICE + l]) : 0.0f;
  }
  __syncthreads ();
  for (int k = 0; k < SCORES; k++) {
    float p[SCORE_SIDE], x[SCORE_SIDE];
    for (int i = 0; i < SCORE_SIDE; i++) {
      p[i] = scratch->p[score_row (i)][k];
      x[i] = scratch->v[k][score_column (i)];
    }
#pragma unroll
    for (int i = 0; i < SCORE_SIDE; i++)
#pragma unroll
      for (int j = 0; j < SCORE_SIDE; j++)
        run->sums[n][i][j] += p[i] * x[j];
  }
}

template <class T, int SLICES>
__device__ static inline void
store_rows (const Running<SLICES> &run, const ScoreHead<T> &head, int64_t row, View<T> out,
            View<float> total)
{
  for (int i = 0; i < SCORE_SIDE; i++) {
    int64_t r = row + score_row (i);
    if (r >= head.queries)
      continue;
    for (int n = 0; n < SLICES; n++)
      for (int j = 0; j < SCORE_SIDE; j++) {
        int64_t l = n * SLICE + score_column (j);
        if (l < head.width)
          scope_store (&out.row (r)[head.first_q + l], run.sums[n][i][j] / run.total[i]);
      }
    if (total.data != NULL && score_column (0) == 0)
      total.row (r)[blockIdx.y] = run.most[i] + logf (run.total[i]);
  }
}

template <class T, int SLICES>
__global__ static void
heads_blocks (ScoreHead<T> head, View<const T> v, int64_t key_share, int64_t begin, float scale,
              View<T> out, View<float> total)
{
  __shared__ HeadsScratch scratch;
  int64_t row = (int64_t)(gridDim.x - 1 - blockIdx.x) * SCORES;
  int64_t keys = min (begin + row + SCORES, head.keys);
  Running<SLICES> run;
  float s[SCORE_SIDE][SCORE_SIDE];

  head.first_q = blockIdx.y * head.width;
  head.first_k = blockIdx.y / key_share * head.width;
  for (int i = 0; i < SCORE_SIDE; i++) {
    run.most[i] = -INFINITY;
    run.total[i] = 0.0f;
    for (int n = 0; n < SLICES; n++)
      for (int j = 0; j < SCORE_SIDE; j++)
        run.sums[n][i][j] = 0.0f;
  }
  for (int64_t column = 0; column < keys; column += SCORES) {
    score_tile (head, row, column, &scratch.scores, s);
#pragma unroll
    for (int i = 0; i < SCORE_SIDE; i++)
      soften_row (&run, i, s[i], scale, min (begin + row + score_row (i) + 1, keys) - column,
                  &scratch);
#pragma unroll
    for (int n = 0; n < SLICES; n++)
      add_slice (&run, n, head, v, column, &scratch);
  }
  store_rows (run, head, row, out, total);
}

template <class T, int SLICES>
static void
launch (ScopeCuda *self, const ScopeOpHeads *op)
{
  /* Keys after the last query are not read: they may not have been written yet. */
  int64_t keys = op->begin + op->q.rows;
  ScoreHead<T> head
      = { scope_view<const T> (op->q), scope_view<const T> (op->k), op->q.rows, keys, 0, 0,
          op->q.columns / op->heads };
  dim3 grid (scope_blocks (op->q.rows, SCORES), (unsigned)op->heads);

  SCOPE_LAUNCH ((heads_blocks<T, SLICES>), grid, SCORE_THREADS, 0, self, head,
                scope_view<const T> (op->v), op->heads / op->key_heads, op->begin, (float)op->scale,
                scope_view<T> (op->out), scope_view<float> (op->total));
}

int
scope_cuda_heads (ScopeCuda *self, const ScopeOpHeads *op, char *error, size_t error_size)
{
  int64_t width = op->q.columns / op->heads;

  if (op->q.rows > 0)
    scope_with_type (op->q, [&] (auto *type) {
      typedef std::remove_pointer_t<decltype (type)> T;
      if (width <= SLICE)
        launch<T, 1> (self, op);
      else if (width <= 2 * SLICE)
        launch<T, 2> (self, op);
      else if (width <= 3 * SLICE)
        launch<T, 3> (self, op);
      else
        launch<T, 4> (self, op);
    });
  return scope_cuda_launched (self, "heads", error, error_size);
}
