/* Hugging Face's mamba2. It gates first, whatever norm_before_gate says in a file: that member acts
 * on nothing there. The norm is over each group's lanes, as in the original. */
#include "model/families/families.h"

void
scope_read_mamba2 (ScopeReader *reader, ScopeConfig *out)
{
  static const ScopeField fields[] = {
    SCOPE_SIZE ("vocab_size", vocab_size, 0),
    SCOPE_SIZE ("hidden_size", d_model, 0),
    SCOPE_SIZE ("num_hidden_layers", n_layer, 0),
    SCOPE_SIZE ("state_size", d_state, 128),
    SCOPE_SIZE ("conv_kernel", d_conv, 4),
    SCOPE_SIZE ("num_heads", channels, 128),
    SCOPE_SIZE ("head_dim", lanes, 64),
    SCOPE_SIZE ("n_groups", groups, 8),
    SCOPE_REAL ("layer_norm_epsilon", norm_eps, 1e-5),
    SCOPE_BOOLEAN ("use_bias", use_bias, FALSE),
    SCOPE_BOOLEAN ("use_conv_bias", use_conv_bias, TRUE),
    SCOPE_BOOLEAN ("tie_word_embeddings", tie_embeddings, FALSE),
  };
  scope_reader_fields (reader, fields, G_N_ELEMENTS (fields), out);
  scope_reader_activation (reader, "hidden_act", "silu", FALSE);
  scope_reader_only_boolean (reader, "rms_norm", TRUE, TRUE);
  scope_reader_limits (reader, "time_step_limit", out);
  if (!reader->ok)
    return;
  out->d_inner = scope_reader_expanded (reader, "expand", out->d_model);
  out->norm_groups = out->groups;
  out->gate_norm = TRUE;
  out->gate_norm_eps = out->norm_eps;
  scope_reader_check_heads (reader, out, "num_heads", "n_groups");
}
