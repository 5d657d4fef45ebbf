/* ScopeTrace: what a forward pass keeps.
 *
 * The residual stream that enters each layer and the final one, ΣΔ and the kept tokens of every
 * channel, and the recurrent states at the end. A layer's Δ, B, C, u, z, y are recomputed from its
 * residual on demand, to the bit as they were in the run, and cached under a budget. A trace holds
 * a reference to its schedule and is used on the schedule's thread; reference counting is atomic.
 */
#pragma once

#include "compute/schedule.h"

G_BEGIN_DECLS

ScopeTrace *scope_trace_ref (ScopeTrace *self);
void scope_trace_unref (ScopeTrace *self); /* on the schedule's thread */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTrace, scope_trace_unref)

gsize scope_trace_length (const ScopeTrace *self);
ScopeSchedule *scope_trace_schedule (const ScopeTrace *self);
ScopePlan *scope_trace_plan (const ScopeTrace *self); /* NULL if it ran unfiltered */
gsize scope_trace_bytes (const ScopeTrace *self);     /* what it holds now */
/* Most bytes that cached layers may take (default 1 GiB); the newest layer always stays. */
void scope_trace_set_budget (ScopeTrace *self, gsize bytes);

/* The tokens that enter LAYER, or that have logits (LAYER = n_layer): gsize, ascending; borrowed.
 * NULL: all; under a plan that drops tokens (scope_plan_drops_tokens()) the later layers see fewer.
 */
const GArray *scope_trace_positions (const ScopeTrace *self, gsize layer);

/* ΣΔ and kept tokens of a layer's channels in this run: (2, channels) float64. */
ScopeMatrix *scope_trace_sums (ScopeTrace *self, gsize layer) G_GNUC_WARN_UNUSED_RESULT;

/* Logits of tokens [begin, end): (end - begin, vocab). The range error if one of them was dropped.
 */
ScopeMatrix *scope_trace_logits (ScopeTrace *self, gsize begin, gsize end, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for all tokens, some at a time, in the backend's memory and left there: what a forward
 * pass costs without a download. */
gboolean scope_trace_run_logits (ScopeTrace *self, ScopeProgress *progress, GError **error);

/* The same text under PLAN (NULL: no filter), of which only layer FIRST and those behind it are
 * run: PLAN must leave the layers before FIRST as they are in SELF. Needs SCOPE_RUN_KEEP_RESIDUAL;
 * keeps what SCOPE_RUN_LOGITS_ONLY does. */
ScopeTrace *scope_trace_rerun (ScopeTrace *self, ScopePlan *plan, gsize first,
                               ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Everything one layer's maps are made of. Reference counted; the matrices may outlive the trace
 * and be read on any thread. */
typedef struct _ScopeLayerTrace ScopeLayerTrace;

/* Needs SCOPE_RUN_KEEP_RESIDUAL. PLAN overrides the run's plan for this layer alone (NULL: the
 * run's own): "this layer" filtering on an unfiltered stream. Pass scope_trace_plan() or NULL for
 * the layer as it was run; SCOPE_PLAN_NONE for unfiltered. */
#define SCOPE_PLAN_NONE ((ScopePlan *)1)
ScopeLayerTrace *scope_trace_layer (ScopeTrace *self, gsize layer, ScopePlan *plan,
                                    ScopeProgress *progress,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Layers that were computed under PLAN, as an override, are not cached any longer. */
void scope_trace_forget (ScopeTrace *self, ScopePlan *plan);
ScopeLayerTrace *scope_layer_trace_ref (ScopeLayerTrace *self);
void scope_layer_trace_unref (ScopeLayerTrace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLayerTrace, scope_layer_trace_unref)

typedef enum {
  SCOPE_LAYER_DELTA,  /* (T, H) effective, after the filter */
  SCOPE_LAYER_A,      /* (H, N) or (H, 1) */
  SCOPE_LAYER_B,      /* (T, G N) */
  SCOPE_LAYER_C,      /* (T, G N) */
  SCOPE_LAYER_U,      /* (T, E) the scan's input: after convolution and SiLU */
  SCOPE_LAYER_Z,      /* (T, E) the gate's input, before its SiLU */
  SCOPE_LAYER_Y,      /* (T, E) the scan's output with the D skip, before the gate */
  SCOPE_LAYER_D,      /* (1, H) */
  SCOPE_LAYER_X,      /* (T, E) what enters the convolution (its u part) */
  SCOPE_LAYER_PREFIX, /* (T, H) float64: inclusive prefix sums of Δ */
  /* Of a hybrid layer's shared attention, W lanes a head; others have none. */
  SCOPE_LAYER_QUERY,    /* (T, heads W), rotated */
  SCOPE_LAYER_KEY,      /* (T, kv_heads W), rotated */
  SCOPE_LAYER_VALUE,    /* (T, kv_heads W) */
  SCOPE_LAYER_ATTENDED, /* (T, heads W) the softmax maps times the values */
  SCOPE_LAYER_TOTAL,    /* (T, heads) ln of each softmax's denominator */
  SCOPE_N_LAYER_PARTS
} ScopeLayerPart;

gsize scope_layer_trace_layer (const ScopeLayerTrace *self);
gsize scope_layer_trace_length (const ScopeLayerTrace *self);
ScopeSchedule *scope_layer_trace_schedule (const ScopeLayerTrace *self);
ScopeModel *scope_layer_trace_model (const ScopeLayerTrace *self);
/* The tokens that the layer's scan sees: gsize, ascending; borrowed. NULL: all. The parts below
 * have a row for every token of the text all the same. Of one that did not enter the layer all
 * numbers are 0; of one that it dropped itself only Δ is. */
const GArray *scope_layer_trace_kept (const ScopeLayerTrace *self);
/* The tokens that enter the layer, in the same way: the convolution's neighbours. */
const GArray *scope_layer_trace_entered (const ScopeLayerTrace *self);
/* The plan that this layer was computed under: the override, else the run's; NULL if unfiltered. */
ScopePlan *scope_layer_trace_plan (const ScopeLayerTrace *self);
/* Borrowed host matrix (downloaded and kept where the backend's memory is not the host's); NULL
 * with the range error for parts that the layer has not. */
const ScopeMatrix *scope_layer_trace_matrix (ScopeLayerTrace *self, ScopeLayerPart part,
                                             GError **error);
/* Everything but the place and OUT of a tile of a hybrid layer's softmax maps; the range error of a
 * layer that has none. */
gboolean scope_layer_trace_softmax (const ScopeLayerTrace *self, ScopeOpSoftmax *out,
                                    GError **error);
/* The same as backend tensors, for SCOPE_OP_ATTENTION, _OVERVIEW and _FIELDS. */
ScopeMapSource scope_layer_trace_source (const ScopeLayerTrace *self);

/* ScopeDecoder: greedy or forced continuation of a trace, one token at a time, on the recurrent
 * state; never filtered. */
typedef struct _ScopeDecoder ScopeDecoder;
/* Copies the trace's final states. */
ScopeDecoder *scope_decoder_new (ScopeTrace *trace, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_decoder_free (ScopeDecoder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeDecoder, scope_decoder_free)
/* Feeds one id. */
gboolean scope_decoder_step (ScopeDecoder *self, gint32 id, GError **error);
/* Logits after the last token fed: (1, vocab). */
ScopeMatrix *scope_decoder_logits (ScopeDecoder *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
