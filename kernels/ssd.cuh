/* What the kernels of Mamba-2's scan share: how the text is cut, and the workspace. ssd.cu has the
 * formulas. */
#pragma once

#include "math.cuh"
#include "scan.cuh"

#include <initializer_list>

enum {
  CHUNK = 128, /* tokens of one set of products */
  SPAN = 4,    /* chunks that one block's states walk through */
  SPAN_ROWS = SPAN * CHUNK,
  SLAB = 32 * SPAN_ROWS,           /* tokens whose workspace is held at once */
  WALK_TOKENS = 64,                /* of a chunk in ssd-walk.cuh */
  WALKS = 396,                     /* of heads at once: three on each of 132 processors */
  COLUMNS = 64,                    /* lanes of one head in a block */
  BAND = 32,                       /* rows of a product in a warp, with all COLUMNS */
  PART_THREADS = 128,              /* four bands: one head's share of a block */
  PARTS = 2,                       /* heads of a block: they read the same left operands */
  MOST_THREADS = 3 * PART_THREADS, /* of a block with tensor cores */
  STEP_ROWS = 16,                  /* at most: walked token by token instead */
  STEP_STATES = 256
};

struct Ssd {
  int rows;          /* of this slab */
  int64_t first_row; /* its first in the op, where the filter counts from */
  int heads, lanes, states, groups;
  int tiles; /* of COLUMNS lanes in a head */
  int depth; /* states, in whole sixteens */
  int chunks;
  int sections;       /* of SPAN_ROWS: what the sums of Δ start anew with */
  int spans, walk;    /* what a block's states walk through; chunks of WALK_TOKENS in it */
  const float *a, *d; /* of head h: a[h a_stride], d[h] */
  int64_t a_stride;
  DeltaRule rule;
  View<float> state, delta_out; /* delta_out.data NULL: not wanted */
  double *sums;                 /* or NULL */
  int64_t sums_stride;
  /* Workspace. Rows beyond the last have Δ = 0 and so the last one's decay. */
  float *delta;   /* (heads, sections SPAN_ROWS) */
  float2 *decay;  /* likewise: log2 of the decay since the section's start, a sum of two floats */
  double *totals; /* (sections, 2, heads): ΣΔ, and rows with Δ > 0 */
  uint4 *left_c;  /* (chunks, groups) C as left operand: (CHUNK / 16, steps, 32) */
  uint4 *left_b;  /* (chunks, groups) Bᵀ as left operand: (depth / 16, steps, 32) */
  float4 *scores; /* (chunks, groups) C Bᵀ: (CHUNK / 16, CHUNK / 8, 32) */
  float *passed;  /* (spans, heads): log2 of the decay along a span */
  float *ends;    /* (spans, heads, tiles, depth, COLUMNS): local end, then start states */
  void *partial;  /* (spans (SPAN - 1), heads, ...) wide: states at chunks within a span */
};

/* Wide operands. */
template <class T> struct SsdWide {
  View<const T> b, c, u, gate; /* gate.data NULL: none */
  View<T> y;
  bool even; /* u, gate and y may be read eight lanes at a time */
};

/* Rows from FIRST on of an op's wide operands. */
template <class T>
static inline SsdWide<T>
ssd_wide (const ScopeOpScan *op, int64_t first)
{
  SsdWide<T> wide
      = { scope_view<const T> (op->b),    scope_view<const T> (op->c), scope_view<const T> (op->u),
          scope_view<const T> (op->gate), scope_view<T> (op->y),       true };

  for (const ScopeTensor *tensor : { &op->u, &op->gate, &op->y })
    wide.even
        = wide.even
          && (tensor->data == NULL
              || ((uintptr_t)tensor->data % 16 == 0 && tensor->stride * sizeof (T) % 16 == 0));
  wide.even = wide.even && op->u.columns / op->raw.columns * sizeof (T) % 16 == 0;
  wide.b.data += first * wide.b.stride;
  wide.c.data += first * wide.c.stride;
  wide.u.data += first * wide.u.stride;
  wide.y.data += first * wide.y.stride;
  if (wide.gate.data)
    wide.gate.data += first * wide.gate.stride;
  return wide;
}

/* What a decay has come to since another point: log2, <= 0. The two floats keep a difference of
 * large sums as exact as one of doubles would be. */
__device__ static inline float
ssd_since (float2 now, float2 then)
{
  return (now.x - then.x) + (now.y - then.y);
}

__device__ static inline const float2 *
ssd_decay (const Ssd &s, int head, int64_t row)
{
  return s.decay + (int64_t)head * s.sections * SPAN_ROWS + row;
}

__device__ static inline const float *
ssd_delta (const Ssd &s, int head, int64_t row)
{
  return s.delta + (int64_t)head * s.sections * SPAN_ROWS + row;
}

/* The (depth, COLUMNS) block of states number SLOT (of ends or partial) of a head's tile. */
__device__ static inline int64_t
ssd_state_block (const Ssd &s, int64_t slot, int head, int tile)
{
  return ((slot * s.heads + head) * s.tiles + tile) * s.depth * COLUMNS;
}

/* Of partial: a span's first chunk has none. */
__device__ static inline int64_t
ssd_partial_slot (int chunk)
{
  return chunk / SPAN * (SPAN - 1) + chunk % SPAN - 1;
}

void ssd_run_delta (ScopeCuda *self, const Ssd &s, const ScopeTensor &raw);
void ssd_run_carry (ScopeCuda *self, const Ssd &s);
template <class Op>
void ssd_run_prepare (ScopeCuda *self, const Ssd &s, const SsdWide<typename Op::Wide> &wide);
template <class Op>
void ssd_run_states (ScopeCuda *self, const Ssd &s, const SsdWide<typename Op::Wide> &wide);
template <class Op>
void ssd_run_output (ScopeCuda *self, const Ssd &s, const SsdWide<typename Op::Wide> &wide);
void ssd_run_walk_states (ScopeCuda *self, const Ssd &s, const SsdWide<Bf16> &wide);
void ssd_run_walk_output (ScopeCuda *self, const Ssd &s, const SsdWide<Bf16> &wide);
int scope_cuda_ssd_step (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size);
