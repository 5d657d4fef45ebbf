/* The backend: one table of coarse operations behind a versioned C ABI.
 *
 * This header is all that kernels/ sees: plain C11 and C++, no GLib. The CPU backend (compute/cpu/)
 * implements every operation readably and is the specification; another backend must match it, op
 * by op, within the tolerances of tests/parity/.
 *
 * A backend is opened for one precision, and the types of tensors follow from it. "Real" is F64
 * under SCOPE_PRECISION_REFERENCE, else F32. "Wide" is the instance's wide_type: BF16 under
 * SCOPE_PRECISION_BF16 where the backend has it, else real. Wide are the weights of products and
 * the activations that products read and write; sums that run along the text (the residual stream,
 * Δ, states) and all that maps are made of stay real. One instance serves one thread at a time.
 *
 * Shapes are (rows, columns), row-major, with a stride in elements. Names: T tokens, D d_model,
 * E d_inner, H channels (E lanes in Mamba, heads in Mamba-2), P = E / H lanes of a channel, N
 * d_state, G groups, K d_conv. Channel h uses the B and C of group h / (H / G); lane e belongs to
 * channel e / P.
 *
 * Sources: Mamba (arXiv 2312.00752) eq. 2 and algorithm 2; Mamba-2 (2405.21060); implicit attention
 * (2403.01590) and LongMamba (2504.16053) eqs. 8-14.
 */
#ifndef SCOPE_COMPUTE_BACKEND_H
#define SCOPE_COMPUTE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCOPE_BACKEND_ABI   2
#define SCOPE_BACKEND_QUERY "scope_backend_query" /* the sole export of a module */

/* Status of run(), alloc() and the rest. A message goes to the caller's error buffer. */
enum {
  SCOPE_STATUS_OK = 0,
  SCOPE_STATUS_CANCELLED,   /* the op's cancel callback said so; outputs are undefined */
  SCOPE_STATUS_MEMORY,      /* needs more memory than there is; the backend is still good */
  SCOPE_STATUS_UNSUPPORTED, /* supports() would have said so */
  SCOPE_STATUS_FAILED       /* the device failed; every later call fails too */
};

typedef enum {
  SCOPE_PRECISION_FP32,
  SCOPE_PRECISION_TF32, /* products only; backends without it use FP32 */
  SCOPE_PRECISION_BF16, /* wide tensors in BF16, FP32 accumulation; backends without it use FP32 */
  SCOPE_PRECISION_REFERENCE
} ScopePrecision;

typedef enum {
  SCOPE_TYPE_F32,
  SCOPE_TYPE_F64,
  SCOPE_TYPE_I32,
  SCOPE_TYPE_BF16, /* the upper half of an F32, rounded to nearest even */
  SCOPE_TYPE_U8
} ScopeType;

/* A view of backend memory; DATA is an address on the backend's device. */
typedef struct {
  void *data;
  int64_t rows, columns, stride;
  ScopeType type;
} ScopeTensor;

/* Polled inside long operations, at most 20 ms apart; POLL may be NULL. */
typedef struct {
  int (*poll) (void *data); /* nonzero: stop */
  void *data;
} ScopeCancel;

typedef enum {
  SCOPE_OP_EMBED,
  SCOPE_OP_NORM,
  SCOPE_OP_PRODUCT,
  SCOPE_OP_CONV,
  SCOPE_OP_DELTA,
  SCOPE_OP_SCAN,
  SCOPE_OP_DECAY,
  SCOPE_OP_ATTENTION,
  SCOPE_OP_OVERVIEW,
  SCOPE_OP_FIELDS,
  SCOPE_OP_THUMBNAILS,
  SCOPE_OP_COPY,
  SCOPE_OP_ROTARY,
  SCOPE_OP_HEADS,
  SCOPE_OP_SOFTMAX,
  SCOPE_OP_GLU,
  SCOPE_N_OPS
} ScopeOp;

/* out[t] = table[ids[t]] */
typedef struct {
  ScopeTensor table; /* (V, D) wide */
  ScopeTensor ids;   /* (T, 1) I32, each in [0, V) */
  ScopeTensor out;   /* (T, D) real */
} ScopeOpEmbed;

/* RMSNorm: out = x / sqrt(mean(x^2) + eps) * weight, the mean over COLUMNS / GROUPS at a time.
 * With a gate: x * SiLU(gate) is normalised, or the norm is gated if NORM_BEFORE_GATE (Mamba-2).
 * With a gate and no weight: out = x * SiLU(gate) alone. With neither: the norm with weights of 1
 * (Falcon-Mamba's Δ, B, C). CENTRED: LayerNorm, out = (x - mean) / sqrt(variance + eps) * weight +
 * bias. out may be x. */
typedef struct {
  ScopeTensor x;      /* (T, C) real or wide */
  ScopeTensor gate;   /* (T, C) real or wide, or data NULL */
  ScopeTensor weight; /* (1, C) real, or data NULL */
  ScopeTensor bias;   /* (1, C) real, or data NULL; CENTRED only */
  ScopeTensor out;    /* (T, C) real or wide */
  double eps;
  int64_t groups;
  bool norm_before_gate, centred;
} ScopeOpNorm;

/* out = x Wᵀ + bias, or out += x Wᵀ + bias if ACCUMULATE (the residual sum). */
typedef struct {
  ScopeTensor x;      /* (T, I) wide */
  ScopeTensor weight; /* (O, I) wide */
  ScopeTensor bias;   /* (1, O) real, or data NULL */
  ScopeTensor out;    /* (T, O) real or wide; real if ACCUMULATE */
  bool accumulate;
} ScopeOpProduct;

/* Causal depthwise convolution, then SiLU: out[t] = SiLU(bias + Σ_k w[k] x[t - (K-1) + k]), where
 * rows before 0 come from STATE, which is left holding the last K-1 rows of x. out must not be x.
 */
typedef struct {
  ScopeTensor x;      /* (T, C) wide */
  ScopeTensor weight; /* (C, K) real */
  ScopeTensor bias;   /* (1, C) real, or data NULL */
  ScopeTensor state;  /* (K-1, C) real, oldest first; in and out */
  ScopeTensor out;    /* (T, C) wide */
} ScopeOpConv;

/* Δ as the scan uses it: clamp(softplus(raw + bias), lo, hi), then 0 where it is not above the
 * channel's THRESHOLD (LongMamba eqs. 13-14: a dropped token has Ā = 1, B̄ = 0). Rows from
 * FILTER_ROWS on are not filtered. Threshold -inf: the channel is never filtered. A NaN stays. */
typedef struct {
  ScopeTensor bias;      /* (1, H), or data NULL */
  ScopeTensor threshold; /* (1, H) F64, or data NULL: no filter */
  double lo, hi;         /* time-step limits; 0 and infinity for none */
  int64_t filter_rows;
} ScopeDeltaRule;

/* out = rule (raw). out may be raw where both are of one type. */
typedef struct {
  ScopeTensor raw; /* (T, H) real or wide */
  ScopeDeltaRule rule;
  ScopeTensor out; /* (T, H) real */
} ScopeOpDelta;

/* The selective scan, with the rule, the D skip and Mamba's gate fused:
 *   h[t] = exp(Δ[t] A) h[t-1] + Δ[t] B[t] u[t],   y[t] = (C[t] · h[t] + D u[t]) SiLU(gate[t]),
 * without the last factor if there is no gate.
 * Chunks of a sequence are scanned one after the other through STATE. The CPU's result is the same
 * to the bit as that of one scan of the whole; a parallel scan's, within the tolerance of one. */
typedef struct {
  ScopeTensor raw; /* (T, H) real or wide */
  ScopeDeltaRule rule;
  ScopeTensor a;     /* (H, N) Mamba; (H, 1) Mamba-2: one rate for all states. A < 0 or = 0. Real */
  ScopeTensor b, c;  /* (T, G N) wide */
  ScopeTensor d;     /* (1, H) real */
  ScopeTensor u;     /* (T, E) wide */
  ScopeTensor gate;  /* (T, E) wide, or data NULL */
  ScopeTensor state; /* (E, N) real, in and out */
  ScopeTensor y;     /* (T, E) wide */
  ScopeTensor delta; /* (T, H) real: effective Δ out, or data NULL */
  ScopeTensor sums; /* (2, H) F64, added to: ΣΔ, and the number of rows with Δ > 0; or data NULL */
  int64_t groups;
} ScopeOpScan;

/* Along the tokens, in double whatever the precision, from effective Δ:
 *   prefix[t] = Σ_{k<=t} Δ[k],
 *   decay[t]  = Σ_{k<=t} ln(mean_n exp(Δ[k] A[n])): the mean over states, then the product over
 *   tokens, as LongMamba's Mamba-1 code reduces; with one rate it is A * prefix[t]. */
typedef struct {
  ScopeTensor delta;  /* (T, H) */
  ScopeTensor a;      /* (H, N) or (H, 1) */
  ScopeTensor prefix; /* (T, H) F64 out, or data NULL */
  ScopeTensor decay;  /* (T, H) F64 out, or data NULL */
  ScopeCancel cancel;
} ScopeOpDecay;

/* How a map's values become an 8-bit level, 0 to 255, where OUT is U8: round (255 place), the place
 * clamped to [0, 1] (export/norm.h has the same norms for figures).
 *   LINEAR  (v - low) / (high - low)
 *   LOG     ln (|v| / low) / ln (high / low)
 *   SYMLOG  (1 + sign (v) s (|v|) / s (high)) / 2, with s (m) = m / low up to low, else
 *           1 + log10 (m / low)
 * Where OUT is real there is no shade and the struct is not read. */
typedef enum { SCOPE_SHADE_LINEAR, SCOPE_SHADE_LOG, SCOPE_SHADE_SYMLOG } ScopeShadeKind;

typedef struct {
  ScopeShadeKind kind;
  double low, high; /* low < high; LOG and SYMLOG: 0 < low */
} ScopeShade;

/* What the maps of one layer are made of. All real. */
typedef struct {
  ScopeTensor delta;  /* (T, H) effective */
  ScopeTensor prefix; /* (T, H) F64, inclusive prefix sums of delta */
  ScopeTensor a;      /* (H, N) or (H, 1) */
  ScopeTensor b, c;   /* (T, G N) */
  int64_t groups, states;
} ScopeMapSource;

/* A dense tile of one channel's implicit attention (S6 kernel):
 *   α[i,j] = Σ_n C[i,n] exp(A[n] (P[i] - P[j])) Δ[j] B[j,n] for j <= i, else exactly 0.
 * Without_delta leaves the factor Δ[j] out (and keeps it 0 where Δ[j] = 0). */
typedef struct {
  ScopeMapSource source;
  int64_t channel;
  int64_t row_begin, column_begin; /* out(r, k) = α[row_begin + r, column_begin + k] */
  bool without_delta;
  ScopeShade shade;
  ScopeTensor out; /* (rows, columns) real or U8 */
  ScopeCancel cancel;
} ScopeOpAttention;

typedef enum { SCOPE_REDUCE_MEAN, SCOPE_REDUCE_ABSMEAN, SCOPE_REDUCE_ABSMAX } ScopeReduce;

/* One channel's map reduced to blocks, never storing L²: rows are cut at the ROWS+1 edges
 * row_begin + ⌊R k / ROWS⌋ (R = row_end - row_begin, ROWS = out.rows), columns likewise, and a
 * block is reduced over all its cells, the zeros above the diagonal included. The mean is exact
 * always. ABSMEAN and ABSMAX are exact if SAMPLE is 0; else at most SAMPLE rows and SAMPLE columns
 * of each block are evaluated (evenly spaced, first and last included). */
typedef struct {
  ScopeMapSource source;
  int64_t channel;
  int64_t row_begin, row_end, column_begin, column_end;
  ScopeReduce reduce;
  int64_t sample;
  bool without_delta;
  ScopeShade shade;
  ScopeTensor out; /* (ROWS, COLUMNS) real or U8; ROWS <= R, COLUMNS <= the columns */
  ScopeCancel cancel;
} ScopeOpOverview;

/* The overviews of channels [channel_begin, channel_end) in one call: each (ROWS, COLUMNS) as by
 * SCOPE_OP_OVERVIEW over the whole map, one below the other. */
typedef struct {
  ScopeMapSource source;
  int64_t channel_begin, channel_end;
  ScopeReduce reduce;
  int64_t sample;
  bool without_delta;
  ScopeShade shade;
  ScopeTensor out; /* ((channel_end - channel_begin) ROWS, COLUMNS) real or U8; both at most T */
  ScopeCancel cancel;
} ScopeOpThumbnails;

/* Receptive fields of every channel at the given rows: out(r, h) = the first column j with
 * |α[rows[r], j]| > epsilon, or -1 if there is none. */
typedef struct {
  ScopeMapSource source;
  ScopeTensor rows; /* (R, 1) I32 */
  double epsilon;
  int64_t channel_begin, channel_end;
  ScopeTensor out; /* (R, channel_end - channel_begin) I32 */
  ScopeCancel cancel;
} ScopeOpFields;

/* out = x, converted where the types differ; strides may differ. The two do not overlap. */
typedef struct {
  ScopeTensor x;   /* (T, C) real or wide */
  ScopeTensor out; /* (T, C) real or wide */
} ScopeOpCopy;

/* ---- What hybrid models have beside their SSM layers (Zamba2): softmax attention and gated MLPs.
 * Q heads of the queries, K of the keys and values, W lanes each; query head q goes with key head
 * q / (Q / K). */

/* Rotary position embedding in place, over the whole width of a head: lanes l and l + W / 2 turn by
 * the angle (begin + t) theta^(-2 l / W) (arXiv 2104.09864 as Hugging Face arranges the lanes). */
typedef struct {
  ScopeTensor x; /* (T, heads W) real or wide */
  int64_t heads, begin;
  double theta;
} ScopeOpRotary;

/* Causal softmax attention: out[t] = Σ_s softmax_s (scale q[t] · k[s]) v[s] over s <= begin + t,
 * for the queries that are tokens begin, begin + 1, ... of the text whose keys are all of K. */
typedef struct {
  ScopeTensor q;    /* (T, Q W) wide */
  ScopeTensor k, v; /* (S, K W) wide; S >= begin + T */
  int64_t heads, key_heads, begin;
  double scale;
  ScopeTensor out;   /* (T, Q W) wide */
  ScopeTensor total; /* (T, Q) real out: ln Σ_s exp (scale q[t] · k[s]), or data NULL */
  ScopeCancel cancel;
} ScopeOpHeads;

/* A tile of one head's softmax map: out(r, c) = exp (scale q[i] · k[j] - total[i]) for j <= i, else
 * 0, with i = row_begin + r and j = column_begin + c tokens of the text. */
typedef struct {
  ScopeTensor q;     /* (T, Q W) wide, of the whole text */
  ScopeTensor k;     /* (T, K W) wide */
  ScopeTensor total; /* (T, Q) real */
  int64_t heads, key_heads, head;
  int64_t row_begin, column_begin;
  double scale;
  ScopeTensor out; /* (rows, columns) real */
  ScopeCancel cancel;
} ScopeOpSoftmax;

typedef enum { SCOPE_GLU_SILU, SCOPE_GLU_GELU, SCOPE_GLU_GELU_TANH } ScopeGluKind;

/* out = act (gate) * up. GELU is x Φ(x), by erf; GELU_TANH its tanh form. out may be gate or up. */
typedef struct {
  ScopeTensor gate, up; /* (T, C) wide */
  ScopeGluKind kind;
  ScopeTensor out; /* (T, C) wide */
} ScopeOpGlu;

typedef struct {
  char name[128];        /* "NVIDIA H200", "AMD EPYC (avx512, 2 threads)" */
  uint64_t memory_total; /* bytes */
  uint64_t memory_free;
  int32_t index;
} ScopeDeviceInfo;

typedef struct ScopeBackend ScopeBackend;
typedef struct ScopeGraph ScopeGraph;

typedef struct {
  uint32_t abi, struct_size; /* SCOPE_BACKEND_ABI, sizeof of this struct */
  const char *name;          /* "cpu", "cuda" */

  /* How many devices there are; on failure negative, with the reason. */
  int (*device_count) (char *error, size_t error_size);
  int (*device_info) (int device, ScopeDeviceInfo *out, char *error, size_t error_size);

  ScopeBackend *(*open) (int device, ScopePrecision precision, char *error, size_t error_size);
  void (*close) (ScopeBackend *self);

  /* Device memory, aligned to 256 bytes, not zeroed. NULL when there is none: SCOPE_STATUS_MEMORY.
   */
  void *(*alloc) (ScopeBackend *self, size_t bytes, char *error, size_t error_size);
  void (*free) (ScopeBackend *self, void *data);
  int (*upload) (ScopeBackend *self, void *device, const void *host, size_t bytes, char *error,
                 size_t error_size);
  int (*download) (ScopeBackend *self, void *host, const void *device, size_t bytes, char *error,
                   size_t error_size);
  int (*clear) (ScopeBackend *self, void *device, size_t bytes, char *error, size_t error_size);
  int (*copy) (ScopeBackend *self, void *to, const void *from, size_t bytes, char *error,
               size_t error_size);

  /* The one place where a restriction is written; run() asks it again. */
  bool (*supports) (ScopeBackend *self, ScopeOp op, const void *params, char *error,
                    size_t error_size);
  /* Queues the op (it may still be running when this returns); PARAMS is the op's struct. */
  int (*run) (ScopeBackend *self, ScopeOp op, const void *params, char *error, size_t error_size);
  /* Waits until all that was queued is done. */
  int (*sync) (ScopeBackend *self, char *error, size_t error_size);

  /* Bytes of scratch that run() of OP takes, beside its tensors: only shapes of PARAMS are read. */
  size_t (*scratch) (ScopeBackend *self, ScopeOp op, const void *params);
  /* Takes BYTES of scratch now, so that no op that needs less allocates. */
  int (*reserve) (ScopeBackend *self, size_t bytes, char *error, size_t error_size);

  /* A recording: between record() and finish(), run(), clear() and copy() are noted, not done, and
   * nothing may allocate; play() then queues all of them at once, on the same addresses. It says
   * UNSUPPORTED, and queues nothing, where the scratch has moved since (an op or reserve() asked
   * for more): record anew. NULL (all four) in a backend that gains nothing by it. A failed
   * finish() leaves no graph. */
  int (*record) (ScopeBackend *self, char *error, size_t error_size);
  int (*finish) (ScopeBackend *self, ScopeGraph **out, char *error, size_t error_size);
  int (*play) (ScopeBackend *self, ScopeGraph *graph, char *error, size_t error_size);
  void (*discard) (ScopeBackend *self, ScopeGraph *graph);
} ScopeBackendOps;

/* Each backend's instance begins with this. */
struct ScopeBackend {
  const ScopeBackendOps *ops;
  ScopePrecision precision;
  ScopeType wide_type;
  int device;
  bool host_memory; /* alloc() returns addresses that the host can read */
};

const ScopeBackendOps *scope_backend_query (void);

#ifdef __cplusplus
}
#endif
#endif
