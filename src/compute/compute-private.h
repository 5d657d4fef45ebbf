/* What the files of compute/ share. Nothing outside this folder includes it. */
#pragma once

#include "base/progress.h"
#include "compute/block-private.h"
#include "compute/registry.h"
#include "compute/trace.h"

G_BEGIN_DECLS

/* ---- tensor.c: the ABI's memory calls, with GError */

/* STATUS with the backend's MESSAGE as an error; TRUE for SCOPE_STATUS_OK. */
gboolean scope_backend_check (int status, const char *message, GError **error);
gboolean scope_backend_reserve (ScopeBackend *self, gsize bytes, GError **error);
/* For contiguous tensors. */
gboolean scope_tensor_clear (ScopeBackend *self, ScopeTensor tensor, GError **error);
gboolean scope_tensor_copy (ScopeBackend *self, ScopeTensor to, ScopeTensor from, GError **error);
gsize scope_tensor_bytes (ScopeTensor tensor);
/* A host copy of any view; F64 tensors give float64, F32 and BF16 float32. */
ScopeMatrix *scope_tensor_read (ScopeBackend *self, ScopeTensor tensor,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- weights.c: a model's weights on a backend: wide for products, real for the rest */

typedef struct {
  ScopeTensor norm, norm_bias, in_proj, in_proj_bias, conv, conv_bias, x_proj, dt_proj, dt_bias, a,
      d, gate_norm, out_proj, out_proj_bias; /* data NULL where the model has none */
} ScopeLayerTensors;

typedef struct {
  ScopeTensor embedding, head; /* a tied head is the embedding's tensor */
  ScopeTensor final_norm, final_norm_bias;
  ScopeLayerTensors *layers;
  ScopeSharedTensors shared;
} ScopeWeights;

gboolean scope_weights_upload (ScopeWeights *self, const ScopeModel *model, ScopeBackend *backend,
                               ScopeProgress *progress, GError **error);
/* Also after a failed upload. */
void scope_weights_clear (ScopeWeights *self, const ScopeModel *model, ScopeBackend *backend);
/* (1, columns) real, and (rows, columns) wide; a WEIGHT that is NULL leaves OUT without data. Where
 * the numbers are of the right type in memory that the backend reads, OUT is a view of the model's
 * own: read only, and freed by scope_weight_free(). */
gboolean scope_weight_upload_row (ScopeBackend *backend, const ScopeWeight *weight,
                                  ScopeTensor *out, GError **error);
gboolean scope_weight_upload_wide (ScopeBackend *backend, const ScopeWeight *weight,
                                   ScopeTensor *out, GError **error);

void scope_weight_free (ScopeBackend *backend, const ScopeModel *model, ScopeTensor *tensor);

/* ---- layer.c: one layer over one chunk of tokens */

/* The activations of a chunk; or of the whole text, for those that a ScopeLayerTrace keeps. */
typedef struct {
  ScopeTensor h;     /* (T, D) wide: the normalised residual */
  ScopeTensor xz;    /* (T, projection) wide: what in_proj gives */
  ScopeTensor xc;    /* (T, conv lanes) wide: after convolution and SiLU */
  ScopeTensor dbc;   /* (T, R + 2 N) wide: what x_proj gives, normed in Falcon-Mamba; S6 */
  ScopeTensor raw;   /* (T, H) real: dt_proj's product; S6 */
  ScopeTensor delta; /* (T, H) real: effective Δ, or data NULL */
  ScopeTensor y;     /* (T, E) wide */
} ScopeActivations;

/* Those that are captured, or all; REAL rows each. Clear also after a failure. */
gboolean scope_activations_alloc (ScopeActivations *self, const ScopeConfig *config,
                                  ScopeBackend *backend, gsize rows, gboolean captured_only,
                                  GError **error);
void scope_activations_clear (ScopeActivations *self, ScopeBackend *backend);
gsize scope_activations_bytes (const ScopeActivations *self);

/* Views into the activations. */
ScopeTensor scope_activations_x (const ScopeActivations *self, const ScopeConfig *config);
ScopeTensor scope_activations_z (const ScopeActivations *self, const ScopeConfig *config);
ScopeTensor scope_activations_u (const ScopeActivations *self, const ScopeConfig *config);
ScopeTensor scope_activations_b (const ScopeActivations *self, const ScopeConfig *config);
ScopeTensor scope_activations_c (const ScopeActivations *self, const ScopeConfig *config);
/* Δ before bias and softplus: (T, H). */
ScopeTensor scope_activations_raw (const ScopeActivations *self, const ScopeConfig *config);

/* The recurrent states of a layer. */
typedef struct {
  ScopeTensor conv;  /* (K - 1, conv lanes) */
  ScopeTensor state; /* (E, N) */
  ScopeTensor k, v;  /* (room for tokens, kv_heads W) wide; hybrid layers */
} ScopeStates;

gboolean scope_states_alloc (ScopeStates *self, const ScopeConfig *config, ScopeBackend *backend,
                             GError **error); /* zeroed */
/* Nothing for a layer that is not hybrid. Not zeroed. */
gboolean scope_states_alloc_keys (ScopeStates *self, const ScopeConfig *config, gsize layer,
                                  ScopeBackend *backend, gsize rows, GError **error);
/* What FROM holds, into SELF of the same shapes. */
gboolean scope_states_copy (ScopeStates *self, const ScopeStates *from, ScopeBackend *backend,
                            GError **error);
void scope_states_clear (ScopeStates *self, ScopeBackend *backend);

typedef struct {
  ScopeSchedule *schedule;
  gsize layer;
  ScopeStates *states;
  double *threshold;         /* (channels) host, or NULL: no filter */
  gsize filter_rows;         /* tokens of the text that the threshold acts on */
  const ScopePlanEdit *edit; /* of a Δ of this layer, or NULL; its token is a row of the layer */
  ScopeTensor a;             /* (H, N) or (H, 1): rates instead of the model's; or no data */
  ScopeTensor raw;  /* (the layer's tokens, H) real: Δ before bias and softplus instead of what the
                       layer makes of it, which then has no limits; or no data */
  gsize begin, end; /* the chunk's rows */
  /* For the shared block of a hybrid layer: */
  ScopeTensor embedded;                  /* (T, D) real: the chunk's tokens as they were embedded */
  const ScopeBlockActivations *captured; /* of the whole text, or NULL */
  ScopeProgress *progress;
} ScopeChunk;

/* What the layer's SSM reads: RESIDUAL itself, or in a hybrid layer the sum of it and of what the
 * shared block makes of it. (block.c) */
gboolean scope_chunk_attend (const ScopeChunk *self, ScopeTensor residual, ScopeTensor *input,
                             GError **error);

/* The shared block if there is one, norm, in_proj, convolution and the projections of Δ, B, C, for
 * the rows of ACTIVATIONS. */
gboolean scope_chunk_project (const ScopeChunk *self, ScopeTensor residual,
                              const ScopeActivations *activations, GError **error);
/* The number of which a softplus is DELTA >= 0; of 0, one whose softplus is 0 with any bias.
 * (edit.c)
 */
double scope_inverse_softplus (double delta);
/* Puts the chunk's edit, if it is of one of its tokens, into Δ before bias and softplus. (edit.c)
 */
gboolean scope_chunk_edit (const ScopeChunk *self, const ScopeActivations *activations,
                           GError **error);
/* Effective Δ alone, into ACTIVATIONS->delta; after scope_chunk_project(). */
gboolean scope_chunk_delta (const ScopeChunk *self, const ScopeActivations *activations,
                            GError **error);
/* The scan, into ACTIVATIONS->y; SUMS may have no data. GATED: with Mamba's gate, for
 * scope_chunk_finish(). */
gboolean scope_chunk_scan (const ScopeChunk *self, const ScopeActivations *activations,
                           ScopeTensor sums, gboolean gated, GError **error);
/* Takes the scratch that a chunk's operations need, so that none allocates in the middle of a pass.
 */
gboolean scope_chunk_reserve (const ScopeChunk *self, const ScopeActivations *activations,
                              GError **error);
/* Mamba-2's gated norm, and out_proj: y is overwritten, the result added to RESIDUAL. */
gboolean scope_chunk_finish (const ScopeChunk *self, const ScopeActivations *activations,
                             ScopeTensor residual, GError **error);

/* ---- schedule.c */

struct _ScopeSchedule {
  gint references;
  ScopeModel *model;
  const ScopeConfig *config;
  ScopeBackend *backend;
  ScopeWeights weights;
  gsize chunk;                 /* tokens */
  ScopeActivations workspace;  /* of chunk tokens; no data until the first run */
  ScopeBlockActivations block; /* the same, of the shared blocks */
  ScopeTensor threshold;       /* (n_layer, H) F64 */
  ScopeMatrix **rates;         /* (n_layer) A on the host, or NULL until it is asked for */
  GQueue passes;               /* of those that recording.c knows, the latest first */
  guint64 plays;
  ScopeTensor ones; /* (1, D) on a device, to sum a residual's rows with */
  double queued;    /* multiply-adds given to a device since it was last waited for */
};

gboolean scope_schedule_prepare (ScopeSchedule *self, GError **error); /* the workspace */
/* Half of CHUNK in whole steps, or 0 if there is no smaller one. */
gsize scope_schedule_smaller_chunk (const ScopeSchedule *self, gsize chunk);
/* Multiply-adds of one token in one layer. */
double scope_schedule_token_work (const ScopeSchedule *self);
/* Rows of such work that take about as long as a chunk may. */
gsize scope_schedule_rows_for (const ScopeSchedule *self, double row_work);
/* After each chunk of ROWS tokens: waits for a device that has 30 ms of work queued. */
gboolean scope_schedule_pace (ScopeSchedule *self, double work, GError **error);
/* The chunk's rows of each activation: CAPTURED's where it has them (at the text's rows), else the
 * workspace's. CAPTURED may be NULL. */
ScopeActivations scope_schedule_rows (ScopeSchedule *self, const ScopeActivations *captured,
                                      gsize begin, gsize end);
/* Every layer from FIRST on, on the residual that stands before it. */
gboolean scope_schedule_layers (ScopeSchedule *self, ScopeTrace *trace, gsize first,
                                ScopeProgress *progress, GError **error);
/* Embedding, then every layer. */
gboolean scope_schedule_forward (ScopeSchedule *self, ScopeTrace *trace, const gint32 *ids,
                                 ScopeProgress *progress, GError **error);
gboolean scope_schedule_embed (ScopeSchedule *self, const gint32 *ids, gsize count,
                               ScopeTensor residual, GError **error);
/* THRESHOLD (channels, of the host) to where LAYER's chunks read it; NULL: nothing. */
gboolean scope_schedule_set_threshold (ScopeSchedule *self, gsize layer, const double *threshold,
                                       GError **error);
/* Queues every layer from FIRST on, without looking at what comes out. */
gboolean scope_schedule_queue (ScopeSchedule *self, ScopeTrace *trace, gsize first,
                               ScopeProgress *progress, GError **error);
/* The multiply-adds after which a device is waited for. */
double scope_schedule_most_queued (const ScopeSchedule *self);
/* Final norm and head, for the rows of RESIDUAL, a part of them at a time; into OUT, or left on the
 * backend if it is NULL (a benchmark's). */
gboolean scope_schedule_run_logits (ScopeSchedule *self, ScopeTensor residual, ScopeMatrix *out,
                                    ScopeProgress *progress, GError **error);
ScopeMatrix *scope_schedule_logits (ScopeSchedule *self, ScopeTensor residual,
                                    ScopeProgress *progress, GError **error);

/* ---- step.c: what a plan makes of a layer */

typedef struct {
  double *threshold;  /* (channels) host, or NULL */
  ScopeTensor a, raw; /* as in ScopeChunk */
  GArray *kept;       /* gsize: the rows that the scan and later layers see; NULL: all */
} ScopeLayerStep;

void scope_layer_step_clear (ScopeLayerStep *self, ScopeBackend *backend);
/* What PLAN makes of a layer whose input is RESIDUAL, the rows of which are the tokens POSITIONS of
 * the text (NULL: all); empty if it does not touch the layer. EMBEDDED: the same rows of
 * scope_trace_embedded(). Clear STEP also after a failure. */
/* The thresholds of every layer from FIRST on, into TRACE and to the backend, where the plan makes
 * them without having seen the text. */
gboolean scope_schedule_resolve_ahead (ScopeSchedule *self, ScopeTrace *trace, gsize first,
                                       GError **error);
/* Whether the above has resolved LAYER. */
gboolean scope_plan_is_ahead (ScopePlan *self, gsize layer);
/* A of LAYER on the host. */
const ScopeMatrix *scope_schedule_rates (ScopeSchedule *self, gsize layer, GError **error);
gboolean scope_schedule_resolve (ScopeSchedule *self, ScopePlan *plan, gsize layer,
                                 const GArray *positions, ScopeTensor residual,
                                 ScopeTensor embedded, ScopeProgress *progress,
                                 ScopeLayerStep *step, GError **error);

/* ---- rows.c: texts that get shorter. ROWS and POSITIONS are of gsize and ascend. */

/* TO's row k is FROM's row ROWS[k]; the other way round; the same in place (ROWS NULL: nothing). */
gboolean scope_tensor_gather (ScopeBackend *backend, ScopeTensor to, ScopeTensor from,
                              const GArray *rows, GError **error);
gboolean scope_tensor_scatter (ScopeBackend *backend, ScopeTensor to, ScopeTensor from,
                               const GArray *rows, GError **error);
gboolean scope_tensor_shorten (ScopeBackend *backend, ScopeTensor tensor, const GArray *rows,
                               GError **error);
/* POSITIONS (NULL: all tokens) of the rows KEPT (NULL: all rows). */
GArray *scope_positions_keep (GArray *positions, const GArray *kept) G_GNUC_WARN_UNUSED_RESULT;
/* How many of POSITIONS (NULL: LENGTH tokens) lie before TOKEN. */
gsize scope_positions_before (const GArray *positions, gsize token, gsize length);
/* EDIT with its token's row in place of the token, through OUT; NULL if it is not there. */
const ScopePlanEdit *scope_positions_edit (const GArray *positions, const ScopePlanEdit *edit,
                                           ScopePlanEdit *out);
/* How many tokens enter LAYER; n_layer: how many have logits. */
gsize scope_trace_rows (const ScopeTrace *self, gsize layer);
/* scope_trace_embedded() at the tokens that enter LAYER, if it needs them; TAKEN is to be freed. */
gboolean scope_trace_take_embedded (const ScopeTrace *self, gsize layer, ScopeTensor *taken,
                                    ScopeTensor *out, GError **error);
/* The row of token BEGIN in the final residual; an error unless all tokens up to END have one. */
gboolean scope_trace_find_rows (const ScopeTrace *self, gsize begin, gsize end, gsize *first,
                                GError **error);

/* ---- budget.c */

/* Where BACKEND is a meter with a limit: whether the weights fit. */
gboolean scope_weights_fit (const ScopeModel *model, ScopeBackend *backend, GError **error);
/* Where the backend is a meter with a limit: chooses chunks with which a run of LENGTH tokens and
 * its largest layer fit, and lowers *BUDGET to what is left for layers; or refuses the run. PLAN
 * may be NULL. */
gboolean scope_schedule_fit (ScopeSchedule *self, gsize length, ScopePlan *plan,
                             ScopeRunFlags flags, gsize *budget, GError **error);

/* ---- room.c: what a run leaves behind on the backend */

typedef struct {
  ScopeTensor all;        /* what the others are parts of */
  ScopeTensor carried;    /* of it, states and sums: zero before a pass */
  ScopeTensor *residuals; /* n_layer + 1 if they are kept, else 1: always the last is final */
  gsize n_residuals;
  ScopeTensor embedded; /* the first residual where hybrid layers need it and it is not kept */
  ScopeStates *states;  /* per layer, at the end of the text */
  ScopeTensor sums;     /* (2 n_layer, H) F64 */
} ScopeTraceRoom;

/* Clear also after a failure. */
gboolean scope_trace_room_alloc (ScopeTraceRoom *self, const ScopeConfig *config,
                                 ScopeBackend *backend, gsize length, gsize n_residuals,
                                 GError **error);
void scope_trace_room_clear (ScopeTraceRoom *self, ScopeBackend *backend);

/* ---- recording.c: what was queued once, queued again at once */

/* What WORK queues, noted and not done; NULL where that cannot be: what went wrong, if anything,
 * will say so when it is done. */
ScopeGraph *scope_backend_record (ScopeBackend *self, gboolean (*work) (gpointer data),
                                  gpointer data);
/* Queues what *GRAPH holds. Where it can no longer be, discards it: *GRAPH is NULL, and nothing was
 * queued. */
gboolean scope_backend_play (ScopeBackend *self, ScopeGraph **graph, GError **error);
void scope_backend_discard (ScopeBackend *self, ScopeGraph **graph);

/* Short passes are bound by their launches. One that is asked for again, with other tokens and
 * other thresholds but otherwise the same, is recorded in a room of its own and played from then
 * on. Plays the pass of TRACE, the thresholds of which are on the backend: *PLAYED says whether. */
gboolean scope_schedule_play (ScopeSchedule *self, ScopeTrace *trace, const gint32 *ids,
                              gboolean *played, GError **error);
/* Gives up the recordings and their memory. */
void scope_schedule_forget (ScopeSchedule *self);

/* ---- trace.c */

struct _ScopeTrace {
  gint references;
  ScopeSchedule *schedule;
  ScopePlan *plan;
  gsize length;
  ScopeRunFlags flags;
  ScopeTraceRoom room;
  double **thresholds; /* per layer, or NULL where it was not filtered */
  GArray **positions;  /* (n_layer + 1) gsize: the tokens that enter a layer, that have logits;
                          NULL: all */
  GQueue layers;       /* of ScopeLayerTrace, newest first */
  gsize budget;
};

ScopeTrace *scope_trace_alloc (ScopeSchedule *schedule, gsize length, ScopePlan *plan,
                               ScopeRunFlags flags, GError **error);
/* After the last layer, of the tokens that are left. */
ScopeTensor scope_trace_final (const ScopeTrace *self);
/* The embedded tokens, for hybrid layers; no data if the model has none. */
ScopeTensor scope_trace_embedded (const ScopeTrace *self);
/* What enters LAYER, if it is kept: a row for each token that is left. */
ScopeTensor scope_trace_residual (const ScopeTrace *self, gsize layer);
/* LAYER exists, and what enters it was kept. (trace-layer.c) */
gboolean scope_trace_check_layer (const ScopeTrace *self, gsize layer, GError **error);

/* ---- trace-layer.c */

gsize scope_layer_trace_bytes (const ScopeLayerTrace *self);

G_END_DECLS
