/* ScopeModel: a checkpoint folder, opened: config.json, the weights (model/checkpoint.h says which
 * file wins) and, if present, tokenizer.json.
 *
 * Every weight's presence and shape is checked at opening, and every value for NaN and infinity;
 * a message names the file and the tensor. Weights stay in the mapping where they can be used from
 * there. Reference counted, immutable; any thread.
 */
#pragma once

#include "base/progress.h"
#include "model/config.h"
#include "model/tokenizer.h"
#include "model/weight.h"

G_BEGIN_DECLS

/* A low-rank addition to a product: x Wᵀ + (x Downᵀ) Upᵀ. */
typedef struct {
  const ScopeWeight *down; /* (adapter_rank, inputs) */
  const ScopeWeight *up;   /* (outputs, adapter_rank) */
} ScopeAdapterWeights;

/* A transformer block that several layers share (Zamba2; formulas: ScopeSharedConfig). */
typedef struct {
  const ScopeWeight *norm;         /* (width): input_layernorm, of [h, x0] */
  const ScopeWeight *q, *k, *v;    /* (heads, or kv_heads, times head_dim, width) */
  const ScopeWeight *o;            /* (d_model, heads * head_dim) */
  const ScopeWeight *mlp_norm;     /* (d_model): pre_ff_layernorm */
  const ScopeWeight *gate_up;      /* (2 intermediate, d_model): g's rows, then w's */
  const ScopeWeight *gate_up_bias; /* (2 intermediate) if shared.bias */
  const ScopeWeight *down;         /* (d_model, intermediate) */
  const ScopeWeight *down_bias;    /* (d_model) if shared.bias */
} ScopeBlockWeights;

/* The tensors of one layer (names: backbone.layers.I.mixer.*). NULL where the family or the config
 * has none. Shapes are (rows, columns) as stored; x Wᵀ is computed. */
typedef struct {
  const ScopeWeight *norm;          /* (d_model) */
  const ScopeWeight *norm_bias;     /* (d_model) if layer_norm */
  const ScopeWeight *in_proj;       /* (projection, d_model) */
  const ScopeWeight *in_proj_bias;  /* (projection) if use_bias */
  const ScopeWeight *conv;          /* (conv_lanes, 1, d_conv) */
  const ScopeWeight *conv_bias;     /* (conv_lanes) if use_conv_bias */
  const ScopeWeight *x_proj;        /* (dt_rank + 2 d_state, d_inner); S6 */
  const ScopeWeight *dt_proj;       /* (d_inner, dt_rank); S6 */
  const ScopeWeight *dt_bias;       /* (channels): dt_proj.bias, or SSD's dt_bias */
  const ScopeWeight *a_log;         /* (d_inner, d_state), or (heads); A = -exp(A_log) */
  const ScopeWeight *d;             /* (channels) */
  const ScopeWeight *gate_norm;     /* (d_inner): mixer.norm; SSD if gate_norm */
  const ScopeWeight *out_proj;      /* (d_model, d_inner) */
  const ScopeWeight *out_proj_bias; /* (d_model) if use_bias */

  /* Hybrid layers: this invocation's own weights beside those of the block. */
  const ScopeBlockWeights *block; /* NULL in plain layers; owned by the model */
  const ScopeWeight *linear;      /* (d_model, d_model): after the block */
  ScopeAdapterWeights q_adapter;  /* width to heads * head_dim, if shared.attention_adapters */
  ScopeAdapterWeights k_adapter;  /* width to kv_heads * head_dim, likewise */
  ScopeAdapterWeights v_adapter;
  ScopeAdapterWeights mlp_adapter; /* d_model to 2 intermediate */
} ScopeLayerWeights;

typedef struct _ScopeModel ScopeModel;

/* MODEL is a checkpoint folder, a weights file in one, or the id of a model in the Hugging Face
 * cache (model/hub-cache.h). PROGRESS may be NULL. */
ScopeModel *scope_model_open (const char *model, ScopeProgress *progress,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeModel *scope_model_ref (ScopeModel *self);
void scope_model_unref (ScopeModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeModel, scope_model_unref)

const ScopeConfig *scope_model_config (const ScopeModel *self);
const char *scope_model_path (const ScopeModel *self); /* opens it again: folder or weights file */
const char *scope_model_folder (const ScopeModel *self);
const char *scope_model_name (const ScopeModel *self); /* the folder's last part, or the id's */
/* SHA-256 hex of config and weights; computed at first use, then kept. Any thread. */
const char *scope_model_hash (ScopeModel *self);
/* Computes the hash, which takes seconds for each gigabyte. FALSE only if cancelled. */
gboolean scope_model_prepare_hash (ScopeModel *self, ScopeProgress *progress, GError **error);
guint64 scope_model_parameters (const ScopeModel *self); /* a tied head counts once */
guint64 scope_model_bytes (const ScopeModel *self);      /* of all weights as stored */
/* Each tensor in use, once: INDEX < the count. */
gsize scope_model_weight_count (const ScopeModel *self);
const ScopeWeight *scope_model_weight (const ScopeModel *self, gsize index);

const ScopeWeight *scope_model_embedding (const ScopeModel *self);  /* (vocab, d_model) */
const ScopeWeight *scope_model_head (const ScopeModel *self);       /* the embedding if tied */
const ScopeWeight *scope_model_final_norm (const ScopeModel *self); /* (d_model) */
/* (d_model) if the config says layer_norm, else NULL. */
const ScopeWeight *scope_model_final_norm_bias (const ScopeModel *self);
const ScopeLayerWeights *scope_model_layer (const ScopeModel *self, gsize layer);
/* Shared block INDEX < config.shared.blocks: what scope_model_layer (...)->block points at where
 * the layer's invocation % blocks is INDEX. */
const ScopeBlockWeights *scope_model_block (const ScopeModel *self, gsize index);

/* NULL if the folder has no tokenizer.json, or one that cannot be used (the error says why): then
 * only @ids.json texts can be. */
const ScopeTokenizer *scope_model_tokenizer (const ScopeModel *self);
const GError *scope_model_tokenizer_error (const ScopeModel *self);

/* The text at PATH ("-": standard input; "@FILE": a JSON list of token ids) as tokens. An empty
 * text, invalid UTF-8 and ids outside the vocabulary are SCOPE_MODEL_ERROR_TEXT. */
ScopeTokens *scope_model_read_text (const ScopeModel *self, const char *path,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
