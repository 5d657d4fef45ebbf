/* Which tensor of a checkpoint plays which part in the model: private to the room. Every name of a
 * family and dialect is written in weight-map.c and nowhere else.
 *
 * A tensor that is missing, misshapen, or that a model of this config does not have is
 * SCOPE_MODEL_ERROR_MISMATCH, with its name and shapes: what is not understood could change what
 * is computed. Any thread, one at a time for one checkpoint. */
#pragma once

#include "model/checkpoint.h"
#include "model/model.h"

G_BEGIN_DECLS

typedef struct {
  const ScopeWeight *embedding, *head, *final_norm, *final_norm_bias;
  ScopeLayerWeights *layers; /* config.n_layer */
  ScopeBlockWeights *blocks; /* config.shared.blocks */
  GPtrArray *weights;        /* (element-type ScopeWeight), borrowed: each tensor in use, once */
} ScopeWeightMap;

/* Borrows from CHECKPOINT. CONFIG's tie_embeddings becomes FALSE if the file has a head of its own
 * all the same, as transformers reads it. */
gboolean scope_weight_map_take (ScopeWeightMap *out, ScopeConfig *config,
                                ScopeCheckpoint *checkpoint, GError **error);
void scope_weight_map_clear (ScopeWeightMap *self); /* also after a failure */

G_END_DECLS
