/* Implicit attention: cells, rows, tiles, whole maps and overviews of one channel of one layer.
 *
 * Nothing L x L is kept: every call evaluates what it returns from the layer's Δ, B and C
 * (compute/trace.h). float32, or float64 when the trace ran in reference precision. On the
 * schedule's thread. Errors: SCOPE_ANALYSIS_ERROR_RANGE names the bad index and the valid range.
 *
 * Kinds (arXiv 2403.01590 and 2405.16504; the reference notes of docs/math.md):
 *   S6    α[i,j], the kernel alone, on the scan's input u.
 *   SKIP  α + D I: times u it is the scan's output y.
 *   FULL  diag(SiLU(z)) α diag(sigmoid(v)) M, where v is the convolution's output before SiLU and M
 *         its banded matrix: it acts on what enters the convolution; D and the bias are left out.
 * For a head it is the mean over the head's lanes, or one lane. SOFTMAX  the attention of a hybrid
 * layer's shared block (Zamba2): each row sums to 1; times the block's values it is what the head
 * puts out. Its channels are the block's query heads.
 */
#pragma once

#include "compute/trace.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_MATRIX_S6,
  SCOPE_MATRIX_SKIP,
  SCOPE_MATRIX_FULL,
  SCOPE_MATRIX_SOFTMAX,
  SCOPE_N_MATRICES
} ScopeMatrixKind;

typedef struct {
  gsize channel;
  ScopeMatrixKind kind;
  gssize lane;            /* FULL in Mamba-2: a lane of the head, or -1 for their mean */
  gboolean without_delta; /* leave the factor Δ[j] out; S6 only */
  double epsilon;         /* of the field that a map's result shows; 0: SCOPE_FIELD_EPSILON */
} ScopeMapSpec;

/* Half-open ranges of tokens. */
typedef struct {
  gsize row_begin, row_end, column_begin, column_end;
} ScopeRange;

/* "s6" "skip" "full" "softmax" */
gboolean scope_matrix_kind_parse (const char *name, ScopeMatrixKind *out);
const char *scope_matrix_kind_name (ScopeMatrixKind kind);
/* How many maps of a kind LAYER has: the model's channels, or its attention heads; 0 if none. */
gsize scope_matrix_channels (const ScopeConfig *config, gsize layer, ScopeMatrixKind kind);
/* What one of them is called: "channel", "head", "attention head". */
const char *scope_matrix_noun (const ScopeConfig *config, ScopeMatrixKind kind);
gboolean scope_reduce_parse (const char *name, ScopeReduce *out); /* "mean" "absmean" "absmax" */
const char *scope_reduce_name (ScopeReduce reduce);

/* The cells of RANGE: (row_end - row_begin, column_end - column_begin). */
ScopeMatrix *scope_attention_tile (ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                                   ScopeRange range, ScopeProgress *progress,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* RANGE reduced to ROWS x COLUMNS blocks with edges at begin + ⌊n k / ROWS⌋, over all cells of a
 * block, the zeros above the diagonal included. The mean of S6 is exact at any length. The others
 * are exact while the cells to evaluate cost at most BUDGET multiply-adds (0: the default, about
 * three seconds here), else sampled; *EXACT says which. */
ScopeMatrix *scope_attention_overview (ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                                       ScopeRange range, gsize rows, gsize columns,
                                       ScopeReduce reduce, guint64 budget, gboolean *exact,
                                       ScopeProgress *progress,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The S6 overviews of channels [BEGIN, END), at least one, over the whole text, SIDE x SIDE blocks
 * each: ((END - BEGIN) SIDE, SIDE), one below the other. BUDGET is of one channel. SIDE is at most
 * the tokens. */
ScopeMatrix *scope_attention_thumbnails (ScopeLayerTrace *layer, gsize begin, gsize end, gsize side,
                                         ScopeReduce reduce, guint64 budget, gboolean *exact,
                                         ScopeProgress *progress,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One cell taken apart: its N terms C[i,n] · exp(A[n](P_i - P_j)) · Δ_j · B[j,n]; above the
 * diagonal decay and terms are 0. Any thread, once scope_attention_fetch_cells() was called on the
 * schedule's. */
typedef struct {
  double value;   /* α[i,j] */
  double delta_j; /* Δ_j */
  double span;    /* P_i - P_j */
  gsize states;
  double *rate, *c, *decay, *b, *term; /* (states) each; rate is A[n], decay exp (A[n] span) */
} ScopeCell;
gboolean scope_attention_fetch_cells (ScopeLayerTrace *layer, GError **error);
gboolean scope_attention_cell (ScopeLayerTrace *layer, gsize channel, gsize row, gsize column,
                               ScopeCell *out, GError **error);
void scope_cell_clear (ScopeCell *cell);

/* The same of SOFTMAX: value = exp (score - total), score = scale dot, dot = q[i] · k[j]; above the
 * diagonal the value is 0. Any thread, once QUERY, KEY and TOTAL were fetched. */
typedef struct {
  double value, score, total;
  double dot, scale; /* scale is 1 / √d, or as the model says */
} ScopeSoftmaxCell;
gboolean scope_softmax_cell (ScopeLayerTrace *layer, gsize head, gsize row, gsize column,
                             ScopeSoftmaxCell *out, GError **error);

/* The proof: the largest |(α + D I) u - y| over all rows and lanes of a channel, and max |y|. The
 * left side comes from dense tiles, not from the scan. */
typedef struct {
  double error, scale; /* error / scale is what the badge shows; scale 0: y is all zero */
} ScopeProof;
gboolean scope_attention_proof (ScopeLayerTrace *layer, gsize channel, ScopeProof *out,
                                ScopeProgress *progress, GError **error);
/* The same of SOFTMAX: the map times the block's values, against what the head put out. */
gboolean scope_softmax_proof (ScopeLayerTrace *layer, gsize head, ScopeProof *out,
                              ScopeProgress *progress, GError **error);
/* Whichever of the two SPEC's kind has. */
gboolean scope_map_proof (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeProof *out,
                          ScopeProgress *progress, GError **error);

G_END_DECLS
