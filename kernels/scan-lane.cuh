/* A thread's way along its channel in Mamba's scan (scan.cu): one segment of the text, GROUP of the
 * channel's states in registers, B and C of TILE tokens at a time in shared memory, where all
 * threads read the same word.
 *
 * What takes the time are exponentials and instructions (docs/kernels.md, 4). So nothing is in the
 * loop that could be done before it: places are byte steps from the segment's first token, tokens
 * that are read together have no bounds to be checked, and what a pass does not do is not compiled
 * into it. */
#pragma once

#include "math.cuh"
#include "vector.cuh"

enum { SCAN_THREADS = 128, TILE = 32, GROUP = 16 };

/* ENDS: a segment from a zero state to its end state and ΣΔ. OUTPUT: from its start state to y,
 * with the Δ that ENDS has left. WHOLE: y of a text that is one segment. */
enum Pass { ENDS, OUTPUT, WHOLE };

struct Scan {
  View<const float> raw, a; /* raw: Δ itself in the pass OUTPUT */
  View<float> delta, state; /* delta.data NULL: not wanted */
  const float *d;
  DeltaRule rule;
  float *ends;    /* (segments, N, H) local end states, then start states */
  double *totals; /* (segments, 2, H): ΣΔ and rows with Δ > 0 */
  float *steps;   /* (T, H) Δ as ENDS found it */
  float *partial; /* (T, H) sums over the groups before; NULL if there is one group */
  double *sums;   /* of the op: (2, H), or NULL */
  int64_t sums_stride, rows, channels, states, segment, segments;
  int64_t first;                                                        /* state of the group */
  unsigned raw_step, u_step, gate_step, y_step, delta_step, steps_step; /* bytes from row to row */
};

/* In the wide type. */
template <class T> struct Wide {
  View<const T> b, c, u, gate; /* gate.data NULL: none */
  View<T> y;
  bool even; /* B and C in fours, aligned, as many states */
};

typedef float Tile[TILE][GROUP];

/* Four columns of one row of a tile, a thread's share of it, 0 beyond END and N. */
template <class T>
__device__ static void
fetch_share (View<const T> from, int64_t begin, int64_t end, const Scan &s, bool even, float *four)
{
  int64_t row = begin + threadIdx.x / 4, n = s.first + threadIdx.x % 4 * 4;
  const T *at = from.row (row) + n;

  if (even && row < end && n < s.states)
    return load_vector<4> (at, four);
#pragma unroll
  for (int k = 0; k < 4; k++)
    four[k] = row < end && n + k < s.states ? scope_load (at[k]) : 0.0f;
}

__device__ static inline void
put_share (Tile tile, const float *four)
{
  static_assert (TILE * GROUP == 4 * SCAN_THREADS, "a share is four columns of a row");
  store_vector<4> (&tile[threadIdx.x / 4][threadIdx.x % 4 * 4], four);
}

/* The value AT rows of STEP bytes further on, in one instruction where an index takes three. */
template <class T>
__device__ static inline T *
row_of (T *base, unsigned at, unsigned step)
{
  typedef std::conditional_t<std::is_const<T>::value, const char, char> Byte;
  return (T *)((Byte *)base + (uint64_t)at * step);
}

/* What a thread reads of AHEAD tokens, as many as its registers hold: half as wide, twice as many.
 */
template <class T> struct Ahead {
  static constexpr int AHEAD = 8 / sizeof (T);
  float raw[AHEAD], u[AHEAD], gate[AHEAD];
};

template <class T, Pass PASS, bool GROUPS> struct Lane {
  const Scan &s;
  const Wide<T> &w;
  const float *raw;
  const T *u, *gate;
  T *y;
  float *delta_out, *partial, *steps;
  ChannelRule rule;
  float skip, rate[GROUP], state[GROUP];
  Two total; /* ΣΔ: a double would be converted to, each token, in the exponentials' pipe */
  int count, filtered, kept; /* tokens of the segment; those that the rule may drop; with Δ > 0 */

  __device__ Lane (const Scan &scan, const Wide<T> &wide, int64_t h, int64_t begin, int length);
  __device__ float *end_state (int64_t h, int n) const;
  __device__ void fetch (int at, Ahead<T> &out) const;
  __device__ void token (int at, const Ahead<T> &in, int i, const float *b, const float *c);
  __device__ float advance (float delta, float in, const float *b, const float *c);
  __device__ void note (int at, float delta);
  __device__ void write (int at, float sum, float next_u, float next_gate) const;
  __device__ void finish (int64_t h) const;
};

template <class T, Pass PASS, bool GROUPS>
__device__
Lane<T, PASS, GROUPS>::Lane (const Scan &scan, const Wide<T> &wide, int64_t h, int64_t begin,
                             int length)
    : s (scan), w (wide), raw (s.raw.row (begin) + h), u (w.u.row (begin) + h),
      gate (w.gate.data ? w.gate.row (begin) + h : NULL), y (w.y.row (begin) + h),
      delta_out (s.delta.data && s.first == 0 ? s.delta.row (begin) + h : NULL),
      partial (s.partial ? s.partial + begin * s.channels + h : NULL),
      steps (s.steps && s.first == 0 ? s.steps + begin * s.channels + h : NULL),
      rule (channel_rule (s.rule, h)), skip (s.d[h]), total{ 0.0f, 0.0f }, count (length), kept (0)
{
  int64_t rows = s.rule.filter_rows - begin;
  filtered = rows < 0 ? 0 : rows < count ? (int)rows : count;
  for (int n = 0; n < GROUP; n++) {
    bool inside = s.first + n < s.states;
    /* log2(e) A, so that a step costs one exp2 */
    rate[n] = inside ? s.a.row (h)[s.first + n] * (float)LOG2_E : 0.0f;
    state[n] = inside && PASS != ENDS ? *end_state (h, n) : 0.0f;
  }
}

/* Of the segment in the workspace; of a text that is one segment, the op's own. */
template <class T, Pass PASS, bool GROUPS>
__device__ float *
Lane<T, PASS, GROUPS>::end_state (int64_t h, int n) const
{
  if (PASS == WHOLE)
    return &s.state.row (h)[s.first + n];
  return &s.ends[(blockIdx.y * s.states + s.first + n) * s.channels + h];
}

/* The tokens from AT on, asked for while those before them are worked on; beyond the
 * segment's last the last, which nobody uses. */
template <class T, Pass PASS, bool GROUPS>
__device__ void
Lane<T, PASS, GROUPS>::fetch (int at, Ahead<T> &out) const
{
#pragma unroll
  for (int i = 0; i < Ahead<T>::AHEAD; i++) {
    unsigned row = (unsigned)min (at + i, count - 1);
    out.raw[i] = *row_of (raw, row, s.raw_step);
    out.u[i] = scope_load (*row_of (u, row, s.u_step));
    if (PASS != ENDS)
      out.gate[i] = gate != NULL ? scope_load (*row_of (gate, row, s.gate_step)) : 0.0f;
  }
}

/* Token AT, the I-th of IN. */
template <class T, Pass PASS, bool GROUPS>
__device__ void
Lane<T, PASS, GROUPS>::token (int at, const Ahead<T> &in, int i, const float *b, const float *c)
{
  float delta = PASS == OUTPUT ? in.raw[i] : channel_delta (rule, in.raw[i], at < filtered);
  float sum = advance (delta, delta * in.u[i], b, c);

  note (at, delta);
  if (PASS != ENDS)
    write (at, sum, in.u[i], in.gate[i]);
}

/* The states one token on. Returns Σ C h. */
template <class T, Pass PASS, bool GROUPS>
__device__ float
Lane<T, PASS, GROUPS>::advance (float delta, float in, const float *b, const float *c)
{
  float sum = 0.0f;

#pragma unroll
  for (int first = 0; first < GROUP; first += 4) {
    float some[4];
    load_vector<4> (&b[first], some);
#pragma unroll
    for (int n = 0; n < 4; n++)
      state[first + n] = fast_exp2 (delta * rate[first + n]) * state[first + n] + in * some[n];
    if (PASS != ENDS) {
      load_vector<4> (&c[first], some);
#pragma unroll
      for (int n = 0; n < 4; n++)
        sum += state[first + n] * some[n];
    }
  }
  return sum;
}

/* Δ where it is wanted. */
template <class T, Pass PASS, bool GROUPS>
__device__ void
Lane<T, PASS, GROUPS>::note (int at, float delta)
{
  if (PASS != OUTPUT) {
    total = two_add (total, delta);
    kept += delta > 0.0f;
  }
  if (PASS == ENDS && steps != NULL)
    *row_of (steps, (unsigned)at, s.steps_step) = delta;
  if (PASS != ENDS && delta_out != NULL)
    *row_of (delta_out, (unsigned)at, s.delta_step) = delta;
}

/* y of a token: a group adds to those before, the last one finishes. */
template <class T, Pass PASS, bool GROUPS>
__device__ void
Lane<T, PASS, GROUPS>::write (int at, float sum, float next_u, float next_gate) const
{
  if (GROUPS) {
    float *before = row_of (partial, (unsigned)at, s.steps_step);
    if (s.first > 0)
      sum += *before;
    if (s.first + GROUP < s.states) {
      *before = sum;
      return;
    }
  }
  sum += skip * next_u;
  if (gate != NULL)
    sum *= silu (next_gate);
  scope_store (row_of (y, (unsigned)at, s.y_step), sum);
}

/* The end states, and what is summed up on the way to them: of a segment, or at once. */
template <class T, Pass PASS, bool GROUPS>
__device__ void
Lane<T, PASS, GROUPS>::finish (int64_t h) const
{
  double sum = (double)total.high + total.low;

  if (PASS != OUTPUT)
    for (int n = 0; n < GROUP && s.first + n < s.states; n++)
      *end_state (h, n) = state[n];
  if (PASS == ENDS && s.first == 0) {
    s.totals[2 * blockIdx.y * s.channels + h] = sum;
    s.totals[(2 * blockIdx.y + 1) * s.channels + h] = kept;
  }
  if (PASS == WHOLE && s.first == 0 && s.sums != NULL) {
    s.sums[h] += sum;
    s.sums[s.sums_stride + h] += kept;
  }
}
