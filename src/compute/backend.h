/* The backend: one table of coarse operations behind a versioned C ABI.
 *
 * This header is all that kernels/ sees: plain C11 and C++, no GLib. The CPU backend (compute/cpu/)
 * implements every operation readably and is the specification; another backend must match it, op
 * by op, within the tolerances of tests/parity/.
 *
 * A backend is opened for one precision; the type of every activation tensor follows from it: F64
 * under SCOPE_PRECISION_REFERENCE, else F32. Weights are handed over in that type too. One instance
 * serves one thread at a time.
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

#define SCOPE_BACKEND_ABI 1
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
  SCOPE_PRECISION_BF16, /* products only, FP32 accumulation; backends without it use FP32 */
  SCOPE_PRECISION_REFERENCE
} ScopePrecision;

typedef enum { SCOPE_TYPE_F32, SCOPE_TYPE_F64, SCOPE_TYPE_I32 } ScopeType;

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
  SCOPE_N_OPS
} ScopeOp;

/* out[t] = table[ids[t]] */
typedef struct {
  ScopeTensor table; /* (V, D) */
  ScopeTensor ids;   /* (T, 1) I32, each in [0, V) */
  ScopeTensor out;   /* (T, D) */
} ScopeOpEmbed;

/* RMSNorm: out = x / sqrt(mean(x^2) + eps) * weight, the mean over COLUMNS / GROUPS at a time.
 * With a gate: x * SiLU(gate) is normalised, or the norm is gated if NORM_BEFORE_GATE (Mamba-2).
 * With no weight (data NULL): out = x * SiLU(gate) alone (Mamba's gate). out may be x. */
typedef struct {
  ScopeTensor x;      /* (T, C) */
  ScopeTensor gate;   /* (T, C), or data NULL */
  ScopeTensor weight; /* (1, C), or data NULL */
  ScopeTensor out;    /* (T, C) */
  double eps;
  int64_t groups;
  bool norm_before_gate;
} ScopeOpNorm;

/* out = x Wᵀ + bias, or out += x Wᵀ + bias if ACCUMULATE (the residual sum). */
typedef struct {
  ScopeTensor x;      /* (T, I) */
  ScopeTensor weight; /* (O, I) */
  ScopeTensor bias;   /* (1, O), or data NULL */
  ScopeTensor out;    /* (T, O) */
  bool accumulate;
} ScopeOpProduct;

/* Causal depthwise convolution, then SiLU: out[t] = SiLU(bias + Σ_k w[k] x[t - (K-1) + k]), where
 * rows before 0 come from STATE, which is left holding the last K-1 rows of x. out must not be x. */
typedef struct {
  ScopeTensor x;      /* (T, C) */
  ScopeTensor weight; /* (C, K) */
  ScopeTensor bias;   /* (1, C), or data NULL */
  ScopeTensor state;  /* (K-1, C), oldest first; in and out */
  ScopeTensor out;    /* (T, C) */
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

/* out = rule (raw). out may be raw. */
typedef struct {
  ScopeTensor raw; /* (T, H) */
  ScopeDeltaRule rule;
  ScopeTensor out; /* (T, H) */
} ScopeOpDelta;

/* The selective scan, with the rule and the D skip fused:
 *   h[t] = exp(Δ[t] A) h[t-1] + Δ[t] B[t] u[t],   y[t] = C[t] · h[t] + D u[t].
 * Chunks of a sequence are scanned one after the other through STATE. The CPU's result is the same to
 * the bit as that of one scan of the whole; a parallel scan's, within the tolerance of one. */
typedef struct {
  ScopeTensor raw;   /* (T, H) */
  ScopeDeltaRule rule;
  ScopeTensor a;     /* (H, N) Mamba; (H, 1) Mamba-2: one rate for all states. A < 0 or = 0 */
  ScopeTensor b, c;  /* (T, G N) */
  ScopeTensor d;     /* (1, H) */
  ScopeTensor u;     /* (T, E) */
  ScopeTensor state; /* (E, N), in and out */
  ScopeTensor y;     /* (T, E) */
  ScopeTensor delta; /* (T, H) effective Δ out, or data NULL */
  ScopeTensor sums;  /* (2, H) F64, added to: ΣΔ, and the number of rows with Δ > 0; or data NULL */
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

/* What the maps of one layer are made of. */
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
  ScopeTensor out; /* (rows, columns) */
  ScopeCancel cancel;
} ScopeOpAttention;

typedef enum { SCOPE_REDUCE_MEAN, SCOPE_REDUCE_ABSMEAN, SCOPE_REDUCE_ABSMAX } ScopeReduce;

/* One channel's map reduced to blocks, never storing L²: rows are cut at the ROWS+1 edges
 * row_begin + ⌊R k / ROWS⌋ (R = row_end - row_begin, ROWS = out.rows), columns likewise, and a block
 * is reduced over all its cells, the zeros above the diagonal included. The mean is exact always.
 * ABSMEAN and ABSMAX are exact if SAMPLE is 0; else at most SAMPLE rows and SAMPLE columns of each
 * block are evaluated (evenly spaced, first and last included). */
typedef struct {
  ScopeMapSource source;
  int64_t channel;
  int64_t row_begin, row_end, column_begin, column_end;
  ScopeReduce reduce;
  int64_t sample;
  bool without_delta;
  ScopeTensor out; /* (ROWS, COLUMNS); ROWS <= R, COLUMNS <= the columns */
  ScopeCancel cancel;
} ScopeOpOverview;

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

typedef struct {
  char name[128];        /* "NVIDIA H200", "AMD EPYC (avx512, 2 threads)" */
  uint64_t memory_total; /* bytes */
  uint64_t memory_free;
  int32_t index;
} ScopeDeviceInfo;

typedef struct ScopeBackend ScopeBackend;

typedef struct {
  uint32_t abi, struct_size; /* SCOPE_BACKEND_ABI, sizeof of this struct */
  const char *name;          /* "cpu", "cuda" */

  /* How many devices there are; on failure negative, with the reason. */
  int (*device_count) (char *error, size_t error_size);
  int (*device_info) (int device, ScopeDeviceInfo *out, char *error, size_t error_size);

  ScopeBackend *(*open) (int device, ScopePrecision precision, char *error, size_t error_size);
  void (*close) (ScopeBackend *self);

  /* Device memory, aligned to 256 bytes, not zeroed. NULL when there is none: SCOPE_STATUS_MEMORY. */
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
} ScopeBackendOps;

/* Each backend's instance begins with this. */
struct ScopeBackend {
  const ScopeBackendOps *ops;
  ScopePrecision precision;
  int device;
  bool host_memory; /* alloc() returns addresses that the host can read */
};

const ScopeBackendOps *scope_backend_query (void);

#ifdef __cplusplus
}
#endif
#endif
