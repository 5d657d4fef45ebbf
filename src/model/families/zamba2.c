/* Hugging Face's zamba2: Mamba-2 layers, some preceded by a shared transformer block. */
#include "model/families/families.h"

#include <math.h>
#include <string.h>

#define GATE_NORM_EPS 1e-5 /* not the config's rms_norm_eps */

/* What a config without layers_block_type means, the 54-layer model: M Mamba-2, H hybrid. */
static const char default_layers[] = "M"
                                     "MMMMMHMMMMMHMMMMMHMMMMMHMMMMMHMMMMMHMMMMMH"
                                     "MMMMHMMMHMM";

static void
set_hybrid (ScopeConfig *out, gsize layer)
{
  out->hybrid[layer / 8] |= (guint8)(1 << layer % 8);
  out->shared.invocations++;
}

static void
read_kind (ScopeReader *reader, const char *member, JsonNode *node, gsize layer, ScopeConfig *out)
{
  const char *kind = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  if (g_strcmp0 (kind, "hybrid") == 0)
    set_hybrid (out, layer);
  else if (g_strcmp0 (kind, "mamba") != 0 && g_strcmp0 (kind, "linear_attention") != 0)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, member,
                       "layer %" G_GSIZE_FORMAT
                       ": \"%s\" is not supported; supported are \"mamba\" and \"hybrid\"",
                       layer, kind != NULL ? kind : "no string");
}

static void
read_layers (ScopeReader *reader, ScopeConfig *out)
{
  const char *member = scope_reader_node (reader, "layers_block_type") != NULL ? "layers_block_type"
                                                                               : "layer_types";
  JsonNode *node = scope_reader_node (reader, member);
  JsonArray *list
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gsize length = list != NULL ? json_array_get_length (list) : strlen (default_layers);
  if (out->n_layer > SCOPE_MAX_HYBRID_LAYERS)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "num_hidden_layers",
                       "expected at most %d, found %" G_GSIZE_FORMAT, SCOPE_MAX_HYBRID_LAYERS,
                       out->n_layer);
  if (node != NULL && list == NULL)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, member, "expected a list");
  if (length != out->n_layer)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, member,
                       "expected num_hidden_layers, %" G_GSIZE_FORMAT
                       " entries, found %" G_GSIZE_FORMAT "%s",
                       out->n_layer, length, list == NULL ? " of the default" : "");
  for (gsize i = 0; reader->ok && i < length; i++)
    if (list != NULL)
      read_kind (reader, member, json_array_get_element (list, (guint)i), i, out);
    else if (default_layers[i] == 'H')
      set_hybrid (out, i);
}

/* Rotation as in files of every age: rope_theta at the root, or within rope_parameters (earlier
 * rope_scaling), which may ask for a kind of stretching. */
static void
read_rope (ScopeReader *reader, ScopeConfig *out)
{
  static const struct {
    const char *member, *path;
  } places[] = { { "rope_parameters", "$.rope_parameters" }, { "rope_scaling", "$.rope_scaling" } };
  out->shared.rope_theta = scope_reader_real (reader, "rope_theta", 10000.0);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    ScopeReader rope;
    if (!scope_reader_open (reader, places[i].member, places[i].path, &rope))
      continue;
    const char *key = scope_reader_node (&rope, "rope_type") != NULL ? "rope_type" : "type";
    const char *type = scope_reader_string (&rope, key, "default");
    if (strcmp (type, "default") != 0)
      scope_reader_fail (&rope, SCOPE_MODEL_ERROR_UNSUPPORTED, key,
                         "\"%s\" is not supported; supported is \"default\"", type);
    out->shared.rope_theta = scope_reader_real (&rope, "rope_theta", out->shared.rope_theta);
    reader->ok = rope.ok;
  }
  if (!(out->shared.rope_theta > 0 && isfinite (out->shared.rope_theta)))
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, "rope_theta",
                       "expected a positive number, found %g", out->shared.rope_theta);
  if (out->shared.head_dim % 2 != 0)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, "use_mem_rope",
                       "expected an even attention_head_dim, found %" G_GSIZE_FORMAT,
                       out->shared.head_dim);
  scope_reader_only_boolean (reader, "use_long_context", FALSE, FALSE);
}

static void
read_attention (ScopeReader *reader, ScopeConfig *out)
{
  ScopeSharedConfig *s = &out->shared;
  s->kv_heads = scope_reader_size (reader, "num_key_value_heads", s->heads);
  s->intermediate = scope_reader_size (reader, "intermediate_size", 4 * out->d_model);
  s->activation = scope_reader_activation (reader, "hidden_act", "gelu", TRUE);
  s->width = 2 * out->d_model;
  scope_reader_only_size (reader, "attention_hidden_size", s->width);
  if (reader->ok && s->width % s->heads != 0)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, "num_attention_heads",
                       "%" G_GSIZE_FORMAT " does not divide twice hidden_size, %" G_GSIZE_FORMAT,
                       s->heads, s->width);
  if (reader->ok && s->heads % s->kv_heads != 0)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, "num_key_value_heads",
                       "%" G_GSIZE_FORMAT " does not divide num_attention_heads, %" G_GSIZE_FORMAT,
                       s->kv_heads, s->heads);
  if (s->attention_adapters && s->kv_heads != s->heads)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "use_shared_attention_adapter",
                       "true needs as many num_key_value_heads as num_attention_heads, "
                       "%" G_GSIZE_FORMAT ", found %" G_GSIZE_FORMAT,
                       s->heads, s->kv_heads);
  if (!reader->ok)
    return;
  s->head_dim = s->width / s->heads;
  s->scale = 1 / sqrt ((double)s->head_dim / 2);
  scope_reader_only_size (reader, "attention_head_dim", s->head_dim);
  if (s->rope)
    read_rope (reader, out);
}

/* A member of the first files, which the model no longer reads: it may say nothing new. */
static void
check_limits (ScopeReader *reader, const ScopeConfig *config)
{
  ScopeConfig limits = { .delta_max = INFINITY };
  scope_reader_limits (reader, "time_step_limit", &limits);
  if (limits.delta_min > config->delta_min || limits.delta_max < config->delta_max)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "time_step_limit",
                       "%g to %g is not supported; supported is time_step_min, %g, to infinity",
                       limits.delta_min, limits.delta_max, config->delta_min);
}

static void
read_mixer (ScopeReader *reader, ScopeConfig *out)
{
  check_limits (reader, out);
  out->d_inner = scope_reader_expanded (reader, "mamba_expand", out->d_model);
  out->lanes = out->d_inner / MAX (out->channels, 1);
  out->norm_groups = out->groups;
  out->gate_norm = TRUE;
  out->gate_norm_eps = GATE_NORM_EPS;
  if (reader->ok)
    scope_reader_check_heads (reader, out, "n_mamba_heads", "mamba_ngroups");
  if (reader->ok)
    scope_reader_only_size (reader, "mamba_headdim", out->lanes);
}

void
scope_read_zamba2 (ScopeReader *reader, ScopeConfig *out)
{
  static const ScopeField fields[] = {
    SCOPE_SIZE ("vocab_size", vocab_size, 0),
    SCOPE_SIZE ("hidden_size", d_model, 0),
    SCOPE_SIZE ("num_hidden_layers", n_layer, 0),
    SCOPE_SIZE ("mamba_d_state", d_state, 64),
    SCOPE_SIZE ("mamba_d_conv", d_conv, 4),
    SCOPE_SIZE ("n_mamba_heads", channels, 8),
    SCOPE_SIZE ("mamba_ngroups", groups, 1),
    SCOPE_REAL ("rms_norm_eps", norm_eps, 1e-5),
    SCOPE_REAL ("time_step_min", delta_min, 0.001), /* Δ has this floor, and no ceiling */
    SCOPE_BOOLEAN ("add_bias_linear", use_bias, FALSE),
    SCOPE_BOOLEAN ("tie_word_embeddings", tie_embeddings, TRUE),
    SCOPE_SIZE ("num_mem_blocks", shared.blocks, 1),
    SCOPE_SIZE ("num_attention_heads", shared.heads, 32),
    SCOPE_SIZE ("adapter_rank", shared.adapter_rank, 128),
    SCOPE_BOOLEAN ("use_mem_rope", shared.rope, FALSE),
    SCOPE_BOOLEAN ("add_bias_linear", shared.bias, FALSE),
    SCOPE_BOOLEAN ("use_shared_attention_adapter", shared.attention_adapters, FALSE),
  };
  scope_reader_fields (reader, fields, G_N_ELEMENTS (fields), out);
  out->use_conv_bias = TRUE; /* whatever use_conv_bias says: the convolution has one */
  if (reader->ok)
    read_mixer (reader, out);
  if (reader->ok)
    read_layers (reader, out);
  if (reader->ok && out->shared.invocations > 0)
    read_attention (reader, out);
  else
    out->shared = (ScopeSharedConfig){ 0 };
  out->shared.blocks = MIN (out->shared.blocks, out->shared.invocations);
}
