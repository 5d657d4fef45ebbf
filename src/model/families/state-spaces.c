/* The config.json of the original releases: the arguments of mamba_ssm's MambaLMHeadModel, and in
 * ssm_cfg those of its Mamba or Mamba2 mixer. Epsilons are fixed there. */
#include "model/families/families.h"

#include <string.h>

#define NORM_EPS 1e-5

/* Layers that are attention, and an MLP in every layer: neither is part of a published pure Mamba.
 */
static void
refuse_others (ScopeReader *reader)
{
  JsonNode *layers = scope_reader_node (reader, "attn_layer_idx");
  gboolean none = layers == NULL
                  || (JSON_NODE_HOLDS_ARRAY (layers)
                      && json_array_get_length (json_node_get_array (layers)) == 0);
  if (!none)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "attn_layer_idx",
                       "attention layers are not supported; supported is an empty list");
  gint64 width = 0;
  if (reader->ok)
    reader->ok = scope_json_get_int (reader->object, "d_intermediate", FALSE, G_MININT64,
                                     G_MAXINT64, &width, reader->name, reader->path, reader->error);
  if (width != 0)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "d_intermediate",
                       "%" G_GINT64_FORMAT " is not supported; supported is 0, no MLP", width);
}

/* The embedding's rows are rounded up; the text's ids stay below vocab_size. */
static void
pad_vocabulary (ScopeReader *reader, ScopeConfig *out)
{
  gsize multiple = scope_reader_size (reader, "pad_vocab_size_multiple", 8);
  out->vocab_size += (multiple - out->vocab_size % multiple) % multiple;
}

static void
read_mamba (ScopeReader *mixer, ScopeConfig *out)
{
  out->family = SCOPE_FAMILY_MAMBA;
  out->d_state = scope_reader_size (mixer, "d_state", 16);
  scope_reader_rank (mixer, "dt_rank", out);
  out->channels = out->d_inner;
  out->lanes = out->groups = out->norm_groups = 1;
}

static void
read_mamba2 (ScopeReader *mixer, ScopeConfig *out)
{
  static const ScopeField fields[] = {
    SCOPE_SIZE ("d_state", d_state, 128),
    SCOPE_SIZE ("headdim", lanes, 64),
    SCOPE_SIZE ("ngroups", groups, 1),
    SCOPE_BOOLEAN ("rmsnorm", gate_norm, TRUE),
    SCOPE_BOOLEAN ("norm_before_gate", norm_before_gate, FALSE),
  };
  out->family = SCOPE_FAMILY_MAMBA2;
  scope_reader_fields (mixer, fields, G_N_ELEMENTS (fields), out);
  scope_reader_limits (mixer, "dt_limit", out);
  scope_reader_only_boolean (mixer, "D_has_hdim", FALSE, FALSE);
  scope_reader_only_size (mixer, "d_ssm", out->d_inner); /* less: the rest is a gated MLP */
  out->norm_groups = out->groups;
  out->gate_norm_eps = NORM_EPS;
  out->channels = out->d_inner / MAX (out->lanes, 1);
  if (mixer->ok)
    scope_reader_check_heads (mixer, out, "headdim", "ngroups");
}

static void
read_mixer (ScopeReader *mixer, ScopeConfig *out)
{
  const char *layer = scope_reader_string (mixer, "layer", "Mamba1");
  gboolean mamba2 = strcmp (layer, "Mamba2") == 0;
  if (!mamba2 && strcmp (layer, "Mamba1") != 0)
    scope_reader_fail (mixer, SCOPE_MODEL_ERROR_UNSUPPORTED, "layer",
                       "\"%s\" is not supported; supported are \"Mamba1\" and \"Mamba2\"", layer);
  out->d_conv = scope_reader_size (mixer, "d_conv", 4);
  out->d_inner = scope_reader_expanded (mixer, "expand", out->d_model);
  out->use_bias = scope_reader_boolean (mixer, "bias", FALSE);
  out->use_conv_bias = scope_reader_boolean (mixer, "conv_bias", TRUE);
  if (mamba2)
    read_mamba2 (mixer, out);
  else
    read_mamba (mixer, out);
}

void
scope_read_state_spaces (ScopeReader *reader, ScopeConfig *out)
{
  static const ScopeField fields[] = {
    SCOPE_SIZE ("vocab_size", vocab_size, 0),
    SCOPE_SIZE ("d_model", d_model, 0),
    SCOPE_SIZE ("n_layer", n_layer, 0),
    SCOPE_BOOLEAN ("tie_embeddings", tie_embeddings, TRUE),
  };
  out->dialect = SCOPE_DIALECT_STATE_SPACES;
  out->norm_eps = NORM_EPS;
  scope_reader_fields (reader, fields, G_N_ELEMENTS (fields), out);
  out->layer_norm = !scope_reader_boolean (reader, "rms_norm", TRUE);
  pad_vocabulary (reader, out);
  refuse_others (reader);
  if (!reader->ok)
    return;
  g_autoptr (JsonObject) defaults = json_object_new ();
  ScopeReader mixer = { defaults, reader->name, "$.ssm_cfg", TRUE, reader->error };
  scope_reader_open (reader, "ssm_cfg", "$.ssm_cfg", &mixer);
  if (reader->ok)
    read_mixer (&mixer, out);
  reader->ok = mixer.ok;
}
