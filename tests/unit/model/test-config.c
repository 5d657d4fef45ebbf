#include <math.h>
#include <string.h>

#include "base/error.h"
#include "test-support.h"

static ScopeConfig
parse (const char *json)
{
  ScopeConfig config;
  g_autoptr (GError) error = NULL;
  scope_config_parse (&config, json, strlen (json), "config.json", &error);
  g_assert_no_error (error);
  return config;
}

/* What transformers' MambaConfig fills in. */
static void
test_mamba_defaults (void)
{
  ScopeConfig c = parse ("{\"model_type\":\"mamba\",\"vocab_size\":50280,\"hidden_size\":770,"
                         "\"num_hidden_layers\":24}");
  g_assert_cmpint (c.family, ==, SCOPE_FAMILY_MAMBA);
  g_assert_cmpuint (c.vocab_size, ==, 50280);
  g_assert_cmpuint (c.d_model, ==, 770);
  g_assert_cmpuint (c.n_layer, ==, 24);
  g_assert_cmpuint (c.d_inner, ==, 1540);
  g_assert_cmpuint (c.channels, ==, 1540);
  g_assert_cmpuint (c.lanes, ==, 1);
  g_assert_cmpuint (c.groups, ==, 1);
  g_assert_cmpuint (c.d_state, ==, 16);
  g_assert_cmpuint (c.d_conv, ==, 4);
  g_assert_cmpuint (c.dt_rank, ==, 49); /* ceil (770 / 16) */
  g_assert_cmpfloat (c.norm_eps, ==, 1e-5);
  g_assert_cmpfloat (c.delta_min, ==, 0);
  g_assert_true (isinf (c.delta_max));
  g_assert_true (c.tie_embeddings && c.use_conv_bias && !c.use_bias);
  g_assert_cmpint (c.bos_token, ==, -1);
  g_assert_cmpuint (scope_config_projection (&c), ==, 3080);
  g_assert_cmpuint (scope_config_conv_lanes (&c), ==, 1540);
  g_assert_cmpuint (c.train_length, ==, 0);
  g_assert_cmpuint (scope_config_train_length (&c), ==, 2000);
}

/* What transformers' Mamba2Config fills in: 128 heads of 64, 8 groups, an untied head. */
static void
test_mamba2_defaults (void)
{
  ScopeConfig c = parse ("{\"model_type\":\"mamba2\",\"vocab_size\":9,\"hidden_size\":4096,"
                         "\"num_hidden_layers\":1,\"eos_token_id\":[2,3]}");
  g_assert_cmpint (c.family, ==, SCOPE_FAMILY_MAMBA2);
  g_assert_cmpuint (c.d_inner, ==, 8192);
  g_assert_cmpuint (c.channels, ==, 128);
  g_assert_cmpuint (c.lanes, ==, 64);
  g_assert_cmpuint (c.groups, ==, 8);
  g_assert_cmpuint (c.norm_groups, ==, 8);
  g_assert_cmpuint (c.d_state, ==, 128);
  g_assert_false (c.tie_embeddings);
  g_assert_false (c.norm_before_gate);
  g_assert_cmpint (c.eos_token, ==, 2);
  g_assert_cmpuint (scope_config_conv_lanes (&c), ==, 8192 + 2 * 8 * 128);
  g_assert_cmpuint (scope_config_projection (&c), ==, 2 * 8192 + 2 * 8 * 128 + 128);
}

static void
test_given_values (void)
{
  ScopeConfig c = parse ("{\"model_type\":\"mamba\",\"vocab_size\":3,\"hidden_size\":5,"
                         "\"num_hidden_layers\":2,\"intermediate_size\":7,\"state_size\":3,"
                         "\"conv_kernel\":2,\"time_step_rank\":4,\"use_bias\":true,"
                         "\"use_conv_bias\":false,\"tie_word_embeddings\":false,"
                         "\"hidden_act\":\"swish\",\"layer_norm_epsilon\":1e-6,"
                         "\"residual_in_fp32\":false,\"train_length\":77,\"bos_token_id\":1}");
  g_assert_cmpuint (c.d_inner, ==, 7);
  g_assert_cmpuint (c.d_state, ==, 3);
  g_assert_cmpuint (c.d_conv, ==, 2);
  g_assert_cmpuint (c.dt_rank, ==, 4);
  g_assert_true (c.use_bias && !c.use_conv_bias && !c.tie_embeddings);
  g_assert_cmpfloat (c.norm_eps, ==, 1e-6);
  g_assert_cmpint (c.bos_token, ==, 1);
  g_assert_cmpuint (scope_config_train_length (&c), ==, 77);
}

static void
test_falcon (void)
{
  /* The published 7B's numbers: intermediate_size is not expand times hidden_size there. */
  ScopeConfig c = parse ("{\"model_type\":\"falcon_mamba\",\"vocab_size\":65024,"
                         "\"hidden_size\":4096,\"num_hidden_layers\":64,\"expand\":16,"
                         "\"intermediate_size\":8192,\"time_step_rank\":256,\"state_size\":16,"
                         "\"mixer_rms_eps\":1e-07,\"tie_word_embeddings\":false}");
  g_assert_cmpint (c.family, ==, SCOPE_FAMILY_FALCON_MAMBA);
  g_assert_cmpuint (c.d_inner, ==, 8192);
  g_assert_cmpuint (c.channels, ==, 8192);
  g_assert_cmpuint (c.dt_rank, ==, 256);
  g_assert_true (c.mixer_norms);
  g_assert_cmpfloat (c.mixer_norm_eps, ==, 1e-7);
  g_assert_false (c.tie_embeddings || scope_config_is_ssd (&c));
  c = parse ("{\"architectures\":[\"FalconMambaForCausalLM\"],\"vocab_size\":3,"
             "\"hidden_size\":4,\"num_hidden_layers\":1}");
  g_assert_cmpint (c.family, ==, SCOPE_FAMILY_FALCON_MAMBA);
  g_assert_cmpfloat (c.mixer_norm_eps, ==, 1e-6);
}

/* The class alone tells the family; another class of the same model does as well. */
static void
test_architectures (void)
{
  const struct {
    const char *class;
    ScopeFamily family;
  } cases[] = { { "MambaForCausalLM", SCOPE_FAMILY_MAMBA },
                { "MambaModel", SCOPE_FAMILY_MAMBA },
                { "Mamba2ForCausalLM", SCOPE_FAMILY_MAMBA2 },
                { "FalconMambaModel", SCOPE_FAMILY_FALCON_MAMBA } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *json
        = g_strdup_printf ("{\"architectures\":[\"%s\"],\"vocab_size\":3,\"hidden_size\":4096,"
                           "\"num_hidden_layers\":1}",
                           cases[i].class);
    g_assert_cmpint (parse (json).family, ==, cases[i].family);
  }
}

/* mamba-130m's file as released: no type; 50277 tokens on rows padded to a multiple of 8. */
static void
test_state_spaces (void)
{
  ScopeConfig c = parse ("{\"d_model\":768,\"n_layer\":24,\"vocab_size\":50277,\"ssm_cfg\":{},"
                         "\"rms_norm\":true,\"residual_in_fp32\":true,\"fused_add_norm\":true,"
                         "\"pad_vocab_size_multiple\":8}");
  g_assert_cmpint (c.family, ==, SCOPE_FAMILY_MAMBA);
  g_assert_cmpint (c.dialect, ==, SCOPE_DIALECT_STATE_SPACES);
  g_assert_cmpuint (c.vocab_size, ==, 50280);
  g_assert_cmpuint (c.d_inner, ==, 1536);
  g_assert_cmpuint (c.dt_rank, ==, 48);
  g_assert_cmpuint (c.d_state, ==, 16);
  g_assert_true (c.tie_embeddings && c.use_conv_bias && !c.use_bias && !c.layer_norm);
  g_assert_cmpfloat (c.norm_eps, ==, 1e-5);

  /* mamba2-2.7b's, and every option. */
  c = parse ("{\"d_model\":2560,\"d_intermediate\":0,\"n_layer\":64,\"vocab_size\":50277,"
             "\"ssm_cfg\":{\"layer\":\"Mamba2\"},\"attn_layer_idx\":[],\"attn_cfg\":{},"
             "\"rms_norm\":true,\"pad_vocab_size_multiple\":16,\"tie_embeddings\":true}");
  g_assert_cmpint (c.family, ==, SCOPE_FAMILY_MAMBA2);
  g_assert_cmpuint (c.vocab_size, ==, 50288);
  g_assert_cmpuint (c.d_inner, ==, 5120);
  g_assert_cmpuint (c.channels, ==, 80);
  g_assert_cmpuint (c.lanes, ==, 64);
  g_assert_cmpuint (c.groups, ==, 1);
  g_assert_cmpuint (c.d_state, ==, 128);
  g_assert_true (c.gate_norm && !c.norm_before_gate);

  c = parse ("{\"d_model\":12,\"n_layer\":2,\"vocab_size\":31,\"ssm_cfg\":{\"layer\":\"Mamba2\","
             "\"d_state\":7,\"d_conv\":3,\"expand\":3,\"headdim\":6,\"ngroups\":2,\"d_ssm\":36,"
             "\"dt_limit\":[0.01,0.2],\"bias\":true,\"conv_bias\":false,\"rmsnorm\":false,"
             "\"norm_before_gate\":true,\"chunk_size\":9},\"rms_norm\":false,"
             "\"tie_embeddings\":false,\"pad_vocab_size_multiple\":1}");
  g_assert_cmpuint (c.vocab_size, ==, 31);
  g_assert_cmpuint (c.channels, ==, 6);
  g_assert_cmpuint (c.norm_groups, ==, 2);
  g_assert_cmpfloat (c.delta_max, ==, 0.2);
  g_assert_true (c.use_bias && !c.use_conv_bias && !c.tie_embeddings && !c.gate_norm
                 && c.norm_before_gate && c.layer_norm);
}

/* The 2.7B's shape; its layers are those of a config that does not list them. */
#define ZAMBA2(members)                                                                            \
  "{\"model_type\":\"zamba2\",\"vocab_size\":32000,\"hidden_size\":2560,"                          \
  "\"num_hidden_layers\":54,\"n_mamba_heads\":80,\"num_mem_blocks\":2" members "}"
#define SMALL_ZAMBA2(members)                                                                      \
  "{\"model_type\":\"zamba2\",\"vocab_size\":9,\"hidden_size\":12,\"num_hidden_layers\":4,"        \
  "\"num_attention_heads\":6,\"n_mamba_heads\":4" members "}"

static void
test_zamba2 (void)
{
  ScopeConfig c = parse (ZAMBA2 (""));
  const gsize hybrid[] = { 6, 12, 18, 24, 30, 36, 42, 47, 51 };
  gsize found = 0;
  for (gsize i = 0; i < c.n_layer; i++)
    if (scope_config_layer_kind (&c, i) == SCOPE_LAYER_HYBRID) {
      g_assert_cmpuint (found, <, G_N_ELEMENTS (hybrid));
      g_assert_cmpuint (scope_config_invocation (&c, i), ==, found);
      g_assert_cmpuint (i, ==, hybrid[found++]);
    }
  g_assert_cmpuint (found, ==, G_N_ELEMENTS (hybrid));
  g_assert_cmpuint (c.shared.invocations, ==, found);
  g_assert_true (scope_config_is_ssd (&c));
  g_assert_cmpuint (c.d_inner, ==, 5120);
  g_assert_cmpuint (c.lanes, ==, 64);
  g_assert_cmpuint (c.d_state, ==, 64);
  g_assert_cmpfloat (c.delta_min, ==, 0.001);
  g_assert_true (isinf (c.delta_max) && c.tie_embeddings && c.use_conv_bias && !c.use_bias);
  g_assert_cmpuint (c.shared.blocks, ==, 2);
  g_assert_cmpuint (c.shared.width, ==, 5120);
  g_assert_cmpuint (c.shared.heads, ==, 32);
  g_assert_cmpuint (c.shared.kv_heads, ==, 32);
  g_assert_cmpuint (c.shared.head_dim, ==, 160);
  g_assert_cmpuint (c.shared.intermediate, ==, 10240);
  g_assert_cmpuint (c.shared.adapter_rank, ==, 128);
  g_assert_cmpint (c.shared.activation, ==, SCOPE_ACTIVATION_GELU);
  g_assert_false (c.shared.rope || c.shared.attention_adapters || c.shared.bias);
  g_assert_cmpfloat_with_epsilon (c.shared.scale * c.shared.scale, 1.0 / 80, 1e-15);
}

static void
test_zamba2_given (void)
{
  ScopeConfig c = parse (SMALL_ZAMBA2 (
      ",\"layers_block_type\":[\"hybrid\",\"mamba\",\"linear_attention\",\"hybrid\"],"
      "\"mamba_d_state\":5,\"mamba_d_conv\":3,\"mamba_expand\":3,\"mamba_ngroups\":2,"
      "\"time_step_min\":0.01,\"time_step_limit\":[0,Infinity],\"rms_norm_eps\":1e-4,\"add_bias_"
      "linear\":true,"
      "\"num_key_value_heads\":2,\"intermediate_size\":7,\"hidden_act\":\"silu\","
      "\"use_mem_rope\":true,\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":77},"
      "\"adapter_rank\":3,\"num_mem_blocks\":3,\"tie_word_embeddings\":false"));
  g_assert_cmpint (scope_config_layer_kind (&c, 0), ==, SCOPE_LAYER_HYBRID);
  g_assert_cmpint (scope_config_layer_kind (&c, 2), ==, SCOPE_LAYER_SSM);
  g_assert_cmpint (scope_config_layer_kind (&c, 3), ==, SCOPE_LAYER_HYBRID);
  g_assert_cmpuint (c.shared.blocks, ==, 2); /* the third would never run */
  g_assert_cmpuint (c.lanes, ==, 9);
  g_assert_cmpuint (c.groups, ==, 2);
  g_assert_cmpfloat (c.delta_min, ==, 0.01);
  g_assert_cmpfloat (c.norm_eps, ==, 1e-4);
  g_assert_cmpfloat (c.gate_norm_eps, ==, 1e-5);
  g_assert_cmpuint (c.shared.kv_heads, ==, 2);
  g_assert_cmpuint (c.shared.head_dim, ==, 4);
  g_assert_cmpfloat (c.shared.rope_theta, ==, 77);
  g_assert_true (c.use_bias && c.shared.bias && c.shared.rope && !c.tie_embeddings);
  g_assert_cmpint (c.shared.activation, ==, SCOPE_ACTIVATION_SILU);

  /* Without a shared block it is a Mamba-2. */
  c = parse (SMALL_ZAMBA2 (",\"layer_types\":[\"mamba\",\"mamba\",\"mamba\",\"mamba\"]"));
  g_assert_cmpuint (c.shared.blocks, ==, 0);
}

#define MAMBA2(members)                                                                            \
  "{\"model_type\":\"mamba2\",\"vocab_size\":3,\"hidden_size\":6,\"num_hidden_layers\":2,"         \
  "\"num_heads\":4,\"head_dim\":3,\"n_groups\":2" members "}"

static void
test_delta_limits (void)
{
  const struct {
    const char *json;
    double low, high;
  } cases[] = {
    { MAMBA2 (""), 0, INFINITY },
    { MAMBA2 (",\"time_step_limit\":[0.001,0.5]"), 0.001, 0.5 },
    { MAMBA2 (",\"time_step_limit\":[0.0,Infinity]"), 0, INFINITY },
    { MAMBA2 (",\"time_step_limit\":[0,{\"__float__\":\"Infinity\"}]"), 0, INFINITY },
    { MAMBA2 (",\"time_step_limit\":null"), 0, INFINITY },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    ScopeConfig c = parse (cases[i].json);
    g_assert_cmpfloat (c.delta_min, ==, cases[i].low);
    g_assert_true (c.delta_max == cases[i].high);
  }
}

#define MAMBA(members)                                                                             \
  "{\"model_type\":\"mamba\",\"vocab_size\":3,\"hidden_size\":6,\"num_hidden_layers\":2" members "}"

#define STATE_SPACES(members) "{\"d_model\":6,\"n_layer\":2,\"vocab_size\":3" members "}"
#define HYBRID                ",\"layers_block_type\":[\"mamba\",\"hybrid\",\"mamba\",\"hybrid\"]"

static const struct {
  const char *json;
  ScopeModelError code;
  const char *pattern;
} refused[] = {
  { "{", SCOPE_MODEL_ERROR_FORMAT, "config.json: invalid JSON at byte 1*" },
  { "[]", SCOPE_MODEL_ERROR_FORMAT, "config.json: $: expected an object, found a list" },
  { "{}", SCOPE_MODEL_ERROR_FORMAT,
    "config.json: $.model_type: is missing, and neither architectures*" },
  { "{\"model_type\":\"llama\"}", SCOPE_MODEL_ERROR_UNSUPPORTED,
    "config.json: $.model_type: \"llama\" is not supported; supported are \"mamba\",*" },
  { "{\"model_type\":\"mamba\",\"vocab_size\":3,\"num_hidden_layers\":2}", SCOPE_MODEL_ERROR_FORMAT,
    "config.json: $.hidden_size is missing" },
  { MAMBA (",\"state_size\":0"), SCOPE_MODEL_ERROR_FORMAT,
    "config.json: $.state_size: expected 1 to *, found 0" },
  { MAMBA (",\"state_size\":-16"), SCOPE_MODEL_ERROR_FORMAT, "*$.state_size: *, found -16" },
  { MAMBA (",\"state_size\":1e400"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.state_size: expected a whole number, found a number" },
  { MAMBA (",\"conv_kernel\":9223372036854775807"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.conv_kernel: expected 1 to *" },
  { MAMBA (",\"expand\":1e300"), SCOPE_MODEL_ERROR_FORMAT, "*$.expand: *no usable width" },
  { MAMBA (",\"expand\":NaN"), SCOPE_MODEL_ERROR_FORMAT, "*$.expand: *no usable width" },
  { MAMBA (",\"hidden_act\":\"gelu\""), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "config.json: $.hidden_act: \"gelu\" is not supported; supported is \"silu\"" },
  { MAMBA (",\"time_step_rank\":\"many\""), SCOPE_MODEL_ERROR_FORMAT,
    "*$.time_step_rank: expected a whole number or \"auto\", found \"many\"" },
  { MAMBA (",\"layer_norm_epsilon\":NaN"), SCOPE_MODEL_ERROR_FORMAT, "*$.layer_norm_epsilon: *" },
  { MAMBA (",\"use_bias\":1"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.use_bias: expected true or false, found a number" },
  { MAMBA (",\"train_length\":0"), SCOPE_MODEL_ERROR_FORMAT, "*$.train_length: *, found 0" },
  { MAMBA (",\"quantization_config\":{}"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "*$.quantization_config: *" },
  { MAMBA2 (",\"expand\":3"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.num_heads: 4 heads of 3 lanes do not make the inner width, *: 18" },
  { MAMBA2 (",\"rms_norm\":false"), SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.rms_norm: false *" },
  { MAMBA2 (",\"time_step_limit\":[1,0]"), SCOPE_MODEL_ERROR_FORMAT, "*$.time_step_limit: *" },
  { MAMBA2 (",\"time_step_limit\":[NaN,1]"), SCOPE_MODEL_ERROR_FORMAT, "*$.time_step_limit: *" },
  { MAMBA2 (",\"time_step_limit\":[0]"), SCOPE_MODEL_ERROR_FORMAT, "*$.time_step_limit: *" },
  { "{\"model_type\":\"mamba2\",\"vocab_size\":3,\"hidden_size\":6,\"num_hidden_layers\":2,"
    "\"num_heads\":4,\"head_dim\":3,\"n_groups\":3}",
    SCOPE_MODEL_ERROR_FORMAT, "*$.n_groups: 3 does not divide the 4 heads" },
  { "{\"architectures\":[\"MambaFormer\"]}", SCOPE_MODEL_ERROR_FORMAT, "*$.model_type: *" },
  { STATE_SPACES (",\"attn_layer_idx\":[1]"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "config.json: $.attn_layer_idx: *" },
  { STATE_SPACES (",\"d_intermediate\":64"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "config.json: $.d_intermediate: 64 *" },
  { STATE_SPACES (",\"ssm_cfg\":[]"), SCOPE_MODEL_ERROR_FORMAT,
    "config.json: $.ssm_cfg: expected an object, found a list" },
  { STATE_SPACES (",\"ssm_cfg\":{\"layer\":\"Mamba3\"}"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "config.json: $.ssm_cfg.layer: \"Mamba3\" *" },
  { STATE_SPACES (",\"ssm_cfg\":{\"d_state\":0}"), SCOPE_MODEL_ERROR_FORMAT,
    "config.json: $.ssm_cfg.d_state: expected 1 to *" },
  { STATE_SPACES (",\"ssm_cfg\":{\"layer\":\"Mamba2\",\"headdim\":5}"), SCOPE_MODEL_ERROR_FORMAT,
    "config.json: $.ssm_cfg.headdim: 2 heads of 5 lanes *: 12" },
  { STATE_SPACES (",\"ssm_cfg\":{\"layer\":\"Mamba2\",\"headdim\":4,\"D_has_hdim\":true}"),
    SCOPE_MODEL_ERROR_UNSUPPORTED, "config.json: $.ssm_cfg.D_has_hdim: true *" },
  { STATE_SPACES (",\"ssm_cfg\":{\"layer\":\"Mamba2\",\"headdim\":4,\"d_ssm\":8}"),
    SCOPE_MODEL_ERROR_UNSUPPORTED, "config.json: $.ssm_cfg.d_ssm: expected 12, found 8" },
  { SMALL_ZAMBA2 (""), SCOPE_MODEL_ERROR_FORMAT,
    "*$.layer_types: expected num_hidden_layers, 4 entries, found 54 of the default" },
  { ZAMBA2 (",\"num_attention_heads\":33"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.num_attention_heads: 33 does not divide twice hidden_size, 5120" },
  { SMALL_ZAMBA2 (HYBRID ",\"hidden_act\":\"relu\""), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "*$.hidden_act: \"relu\" is not supported; supported are \"gelu\" and \"silu\"" },
  { SMALL_ZAMBA2 (HYBRID ",\"num_key_value_heads\":4"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.num_key_value_heads: 4 does not divide num_attention_heads, 6" },
  { SMALL_ZAMBA2 (HYBRID ",\"num_key_value_heads\":2,\"use_shared_attention_adapter\":true"),
    SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.use_shared_attention_adapter: *, 6, found 2" },
  { SMALL_ZAMBA2 (HYBRID ",\"attention_head_dim\":8"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "*$.attention_head_dim: expected 4, found 8" },
  { SMALL_ZAMBA2 (HYBRID ",\"mamba_headdim\":8"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "*$.mamba_headdim: expected 6, found 8" },
  { MAMBA (",\"rms_norm\":false"), SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.rms_norm: false *" },
  { SMALL_ZAMBA2 (HYBRID ",\"time_step_limit\":[0.1,1]"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "*$.time_step_limit: 0.1 to 1 is not supported; *0.001, to infinity" },
  { SMALL_ZAMBA2 (HYBRID ",\"time_step_min\":NaN"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.time_step_min: *" },
  { SMALL_ZAMBA2 (HYBRID ",\"use_mem_rope\":true,\"use_long_context\":true"),
    SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.use_long_context: true *" },
  { SMALL_ZAMBA2 (HYBRID ",\"use_mem_rope\":true,\"rope_scaling\":{\"type\":\"linear\"}"),
    SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.rope_scaling.type: \"linear\" *" },
  { SMALL_ZAMBA2 (HYBRID ",\"use_mem_rope\":true,\"rope_theta\":-1"), SCOPE_MODEL_ERROR_FORMAT,
    "*$.rope_theta: *, found -1" },
  { SMALL_ZAMBA2 (",\"layer_types\":[\"mamba\",\"mamba\",\"mamba\",\"full_attention\"]"),
    SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.layer_types: layer 3: \"full_attention\" *" },
  { SMALL_ZAMBA2 (",\"layer_types\":[\"mamba\",1,2,3]"), SCOPE_MODEL_ERROR_UNSUPPORTED,
    "*$.layer_types: layer 1: \"no string\" *" },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    GError *error = NULL;
    ScopeConfig config;
    g_assert_false (scope_config_parse (&config, refused[i].json, strlen (refused[i].json),
                                        "config.json", &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, refused[i].code, refused[i].pattern);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/mamba-defaults", test_mamba_defaults);
  g_test_add_func ("/config/mamba2-defaults", test_mamba2_defaults);
  g_test_add_func ("/config/falcon", test_falcon);
  g_test_add_func ("/config/architectures", test_architectures);
  g_test_add_func ("/config/state-spaces", test_state_spaces);
  g_test_add_func ("/config/zamba2", test_zamba2);
  g_test_add_func ("/config/zamba2-given", test_zamba2_given);
  g_test_add_func ("/config/given-values", test_given_values);
  g_test_add_func ("/config/delta-limits", test_delta_limits);
  g_test_add_func ("/config/refused", test_refused);
  return g_test_run ();
}
