/* ScopeConfig: the hyperparameters of a checkpoint, from its config.json.
 *
 * Read are Hugging Face's dialects (model_type "mamba", "falcon_mamba", "mamba2", "zamba2", or only
 * the matching architectures) and that of the original state-spaces releases (d_model, n_layer,
 * ssm_cfg). Field names are Hugging Face's where they have one. Every field that changes the
 * computation is honoured or refused by name with SCOPE_MODEL_ERROR_UNSUPPORTED; fields that do not
 * are ignored.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_FAMILY_MAMBA,        /* S6, A per channel and state */
  SCOPE_FAMILY_MAMBA2,       /* SSD, one scalar A per head */
  SCOPE_FAMILY_FALCON_MAMBA, /* Mamba with a norm on Δ's low-rank part, on B and on C */
  SCOPE_FAMILY_ZAMBA2,       /* Mamba-2, some layers preceded by a shared transformer block */
} ScopeFamily;

/* Whose field and tensor names the folder uses. */
typedef enum {
  SCOPE_DIALECT_HUGGING_FACE,
  SCOPE_DIALECT_STATE_SPACES, /* mamba_ssm: backbone.embedding.weight, ssm_cfg */
} ScopeDialect;

typedef enum {
  SCOPE_LAYER_SSM,
  SCOPE_LAYER_HYBRID, /* a shared transformer block, then the SSM */
} ScopeLayerKind;

typedef enum {
  SCOPE_ACTIVATION_SILU,
  SCOPE_ACTIVATION_GELU, /* the exact one, x Φ(x) */
} ScopeActivation;

#define SCOPE_MAX_HYBRID_LAYERS 1024 /* layers of a model that has shared blocks */

/* Zamba2's shared transformer blocks. Hybrid layer number i (counted among hybrid layers: the
 * invocation) runs block i % BLOCKS. With h the residual stream before the layer, x0 the embedded
 * tokens and RMS(·) the norms (eps = norm_eps):
 *
 *   a = RMS_width([h, x0])                    h first, then x0: WIDTH = 2 d_model
 *   q, k, v = a Wqᵀ, a Wkᵀ, a Wvᵀ             each + (a Downᵀ) Upᵀ of this invocation's adapter if
 *                                             ATTENTION_ADAPTERS
 *   q, k rotated if ROPE: over all of head_dim, the first half of a head paired with its second,
 *                      frequency of pair i: rope_theta^(-2 i / head_dim), positions from 0
 *   o = softmax(scale q kᵀ, causal) v         query head n uses key head n / (heads / kv_heads)
 *   m = RMS(o Woᵀ)                            no residual sum around attention nor around the MLP
 *   g, w = halves of m Wguᵀ + (m Downᵀ) Upᵀ   the MLP's adapter, one for each invocation: always
 *   t = ((act(g) * w) Wdᵀ) Wlinearᵀ           Wlinear belongs to the layer, not to the block
 *   h' = h + SSM(RMS_layer(h + t))            t enters the SSM's input, not the residual stream
 */
typedef struct {
  gsize blocks;               /* num_mem_blocks; 0: the model has none and all else here is 0 */
  gsize invocations;          /* hybrid layers */
  gsize width;                /* attention_hidden_size: 2 d_model */
  gsize heads, kv_heads;      /* num_attention_heads, num_key_value_heads */
  gsize head_dim;             /* attention_head_dim: width / heads */
  double scale;               /* of the scores: 1 / sqrt(head_dim / 2) */
  gboolean rope;              /* use_mem_rope */
  double rope_theta;          /* rope_theta, or rope_parameters.rope_theta */
  gsize intermediate;         /* intermediate_size: columns of g and of w */
  ScopeActivation activation; /* hidden_act of the MLP */
  gboolean bias;              /* add_bias_linear: on Wgu and Wd */
  gsize adapter_rank;
  gboolean attention_adapters; /* use_shared_attention_adapter */
} ScopeSharedConfig;

typedef struct {
  ScopeFamily family;
  ScopeDialect dialect;
  gsize vocab_size;            /* rows of the embedding, padding included */
  gsize d_model;               /* hidden_size */
  gsize n_layer;               /* num_hidden_layers */
  gsize d_inner;               /* intermediate_size, else expand * hidden_size */
  gsize d_state;               /* state_size: N */
  gsize d_conv;                /* conv_kernel */
  gsize dt_rank;               /* time_step_rank ("auto": ceil(hidden_size / 16)); S6 only */
  gsize channels;              /* what has one Δ: d_inner lanes in S6, num_heads in SSD */
  gsize lanes;                 /* inner lanes that share a channel: 1 in S6, head_dim in SSD */
  gsize groups;                /* n_groups: how many B and C there are; 1 in S6 */
  gsize norm_groups;           /* SSD's gated RMSNorm is over d_inner / norm_groups lanes */
  double norm_eps;             /* layer_norm_epsilon: of the layers' norms and the last one */
  double gate_norm_eps;        /* of SSD's gated RMSNorm */
  double mixer_norm_eps;       /* mixer_rms_eps, where MIXER_NORMS */
  double delta_min, delta_max; /* time_step_limit: Δ is clamped to it; 0 and infinity otherwise */
  gboolean use_bias, use_conv_bias, tie_embeddings, norm_before_gate;
  gboolean gate_norm;   /* SSD has a gated RMSNorm; else the gate alone, as in S6 */
  gboolean layer_norm;  /* LayerNorm with a bias in place of RMSNorm (rms_norm false) */
  gboolean mixer_norms; /* Falcon-Mamba: x_proj's three parts go through RMSNorm without weight */
  ScopeSharedConfig shared;
  guint8 hybrid[SCOPE_MAX_HYBRID_LAYERS / 8]; /* a bit a layer; ask scope_config_layer_kind() */
  gint64 bos_token, eos_token;                /* -1 if none */
  gsize train_length;                         /* 0 if the config does not say */
} ScopeConfig;

/* Parses LENGTH bytes of a config.json. NAME (a path) is for messages. Any thread. */
gboolean scope_config_parse (ScopeConfig *out, const char *data, gsize length, const char *name,
                             GError **error);

/* "mamba", "mamba2", "falcon_mamba", "zamba2". */
const char *scope_family_name (ScopeFamily family);

/* TRUE for Mamba-2's scan (one Δ and one scalar A a head), FALSE for Mamba's. */
gboolean scope_config_is_ssd (const ScopeConfig *self);
/* Columns of in_proj's output: 2 d_inner, or d_inner + conv_dim + heads in SSD. */
gsize scope_config_projection (const ScopeConfig *self);
/* Lanes the causal convolution runs over: d_inner, or d_inner + 2 groups * d_state. */
gsize scope_config_conv_lanes (const ScopeConfig *self);
ScopeLayerKind scope_config_layer_kind (const ScopeConfig *self, gsize layer);
/* The number of hybrid layers before LAYER: of a hybrid layer, its invocation. */
gsize scope_config_invocation (const ScopeConfig *self, gsize layer);
/* The training length a user gets when none is given: train_length, else 2000. */
gsize scope_config_train_length (const ScopeConfig *self);

G_END_DECLS
