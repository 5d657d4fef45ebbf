/* ScopeConfig: the hyperparameters of a checkpoint, from its config.json.
 *
 * Field names are Hugging Face's where they have one. Every field that changes the computation is
 * honoured or refused by name with SCOPE_MODEL_ERROR_UNSUPPORTED; fields that do not are ignored.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_FAMILY_MAMBA,  /* model_type "mamba": S6, A per channel and state */
  SCOPE_FAMILY_MAMBA2, /* model_type "mamba2": SSD, one scalar A per head */
} ScopeFamily;

typedef struct {
  ScopeFamily family;
  gsize vocab_size;  /* rows of the embedding */
  gsize d_model;     /* hidden_size */
  gsize n_layer;     /* num_hidden_layers */
  gsize d_inner;     /* intermediate_size, else expand * hidden_size */
  gsize d_state;     /* state_size: N */
  gsize d_conv;      /* conv_kernel */
  gsize dt_rank;     /* time_step_rank ("auto": ceil(hidden_size / 16)); Mamba only */
  gsize channels;    /* what has one Δ: d_inner lanes in Mamba, num_heads in Mamba-2 */
  gsize lanes;       /* inner lanes that share a channel: 1 in Mamba, head_dim in Mamba-2 */
  gsize groups;      /* n_groups: how many B and C there are; 1 in Mamba */
  gsize norm_groups; /* Mamba-2's gated RMSNorm is over d_inner / norm_groups lanes */
  double norm_eps;   /* layer_norm_epsilon */
  double delta_min, delta_max; /* time_step_limit: Δ is clamped to it; 0 and infinity otherwise */
  gboolean use_bias, use_conv_bias, tie_embeddings, norm_before_gate;
  gint64 bos_token, eos_token; /* -1 if none */
  gsize train_length;          /* 0 if the config does not say */
} ScopeConfig;

/* Parses LENGTH bytes of a config.json. NAME (a path) is for messages. Any thread. */
gboolean scope_config_parse (ScopeConfig *out, const char *data, gsize length, const char *name,
                             GError **error);

/* "mamba", "mamba2". */
const char *scope_family_name (ScopeFamily family);

/* Columns of in_proj's output: 2 d_inner, or d_inner + conv_dim + heads in Mamba-2. */
gsize scope_config_projection (const ScopeConfig *self);
/* Lanes the causal convolution runs over: d_inner, or d_inner + 2 groups * d_state. */
gsize scope_config_conv_lanes (const ScopeConfig *self);
/* The training length a user gets when none is given: train_length, else 2000. */
gsize scope_config_train_length (const ScopeConfig *self);

G_END_DECLS
