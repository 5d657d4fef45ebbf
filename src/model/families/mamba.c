/* Hugging Face's mamba and falcon_mamba. */
#include "model/families/families.h"

void
scope_read_mamba (ScopeReader *reader, ScopeConfig *out)
{
  static const ScopeField fields[] = {
    SCOPE_SIZE ("vocab_size", vocab_size, 0),
    SCOPE_SIZE ("hidden_size", d_model, 0),
    SCOPE_SIZE ("num_hidden_layers", n_layer, 0),
    SCOPE_SIZE ("state_size", d_state, 16),
    SCOPE_SIZE ("conv_kernel", d_conv, 4),
    SCOPE_REAL ("layer_norm_epsilon", norm_eps, 1e-5),
    SCOPE_BOOLEAN ("use_bias", use_bias, FALSE),
    SCOPE_BOOLEAN ("use_conv_bias", use_conv_bias, TRUE),
    SCOPE_BOOLEAN ("tie_word_embeddings", tie_embeddings, TRUE),
  };
  scope_reader_fields (reader, fields, G_N_ELEMENTS (fields), out);
  scope_reader_activation (reader, "hidden_act", "silu", FALSE);
  scope_reader_only_boolean (reader, "rms_norm", TRUE, TRUE);
  if (!reader->ok)
    return;
  out->d_inner = scope_reader_size (reader, "intermediate_size",
                                    scope_reader_expanded (reader, "expand", out->d_model));
  scope_reader_rank (reader, "time_step_rank", out);
  out->channels = out->d_inner;
  out->lanes = out->groups = out->norm_groups = 1;
  out->mixer_norms = out->family == SCOPE_FAMILY_FALCON_MAMBA;
  if (out->mixer_norms)
    out->mixer_norm_eps = scope_reader_real (reader, "mixer_rms_eps", 1e-6);
}
