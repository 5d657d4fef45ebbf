/* The shared transformer blocks of hybrid models on a backend: weights and activations. The
 * formulas are those of ScopeSharedConfig (model/config.h); names here are the same. Part of
 * compute-private.h. */
#pragma once

#include "compute/registry.h"
#include "model/model.h"

G_BEGIN_DECLS

/* ---- block-weights.c */

typedef struct {
  ScopeTensor down, up; /* data NULL: there is no adapter */
} ScopeAdapterTensors;

typedef struct {
  ScopeTensor norm, q, k, v, o, mlp_norm, gate_up, gate_up_bias, down, down_bias;
} ScopeBlockTensors;

/* What one hybrid layer has of its own. */
typedef struct {
  const ScopeBlockTensors *block;
  ScopeTensor linear;
  ScopeAdapterTensors q, k, v, mlp;
} ScopeInvocationTensors;

typedef struct {
  ScopeBlockTensors *blocks;           /* (shared.blocks) */
  ScopeInvocationTensors *invocations; /* (shared.invocations) */
} ScopeSharedTensors;

gboolean scope_shared_upload (ScopeSharedTensors *self, const ScopeModel *model,
                              ScopeBackend *backend, GError **error);
void scope_shared_clear (ScopeSharedTensors *self, const ScopeModel *model, ScopeBackend *backend);

/* ---- block.c */

/* Of a chunk; or of the whole text, for the captured ones that a ScopeLayerTrace keeps. */
typedef struct {
  ScopeTensor q;        /* (T, heads W) wide, rotated; captured */
  ScopeTensor attended; /* (T, heads W) wide: o; captured */
  ScopeTensor total;    /* (T, heads) real: ln of each softmax's denominator; captured alone */
  ScopeTensor joined;   /* (T, 2 D) real: [h, x0] */
  ScopeTensor a;        /* (T, 2 D) wide: its norm */
  ScopeTensor low;      /* (T, adapter rank) wide */
  ScopeTensor sum;      /* (T, the widest adapted product) real; where wide is not real */
  ScopeTensor mixed;    /* (T, D) wide: o Woᵀ and its norm, then what the MLP puts out */
  ScopeTensor gate_up;  /* (T, 2 intermediate) wide */
  ScopeTensor input;    /* (T, D) real: h + t */
} ScopeBlockActivations;

/* Nothing is allocated for a model without shared blocks. Clear also after a failure. */
gboolean scope_block_activations_alloc (ScopeBlockActivations *self, const ScopeConfig *config,
                                        ScopeBackend *backend, gsize rows, gboolean captured_only,
                                        GError **error);
void scope_block_activations_clear (ScopeBlockActivations *self, ScopeBackend *backend);
gsize scope_block_activations_bytes (const ScopeBlockActivations *self);
/* Multiply-adds of one token in one block, the attention to other tokens left out. */
double scope_block_token_work (const ScopeConfig *config);

G_END_DECLS
