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

static void
test_refused (void)
{
  const struct {
    const char *json;
    ScopeModelError code;
    const char *pattern;
  } cases[] = {
    { "{", SCOPE_MODEL_ERROR_FORMAT, "config.json: invalid JSON at byte 1*" },
    { "[]", SCOPE_MODEL_ERROR_FORMAT, "config.json: $: expected an object, found a list" },
    { "{}", SCOPE_MODEL_ERROR_FORMAT, "config.json: $.model_type is missing" },
    { "{\"model_type\":\"llama\"}", SCOPE_MODEL_ERROR_UNSUPPORTED,
      "config.json: $.model_type: \"llama\" is not supported; supported are \"mamba\" and*" },
    { "{\"model_type\":\"mamba\",\"vocab_size\":3,\"num_hidden_layers\":2}",
      SCOPE_MODEL_ERROR_FORMAT, "config.json: $.hidden_size is missing" },
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
      "*num_heads 4 times head_dim 3 must be expand times hidden_size, 18" },
    { MAMBA2 (",\"rms_norm\":false"), SCOPE_MODEL_ERROR_UNSUPPORTED, "*$.rms_norm: false *" },
    { MAMBA2 (",\"time_step_limit\":[1,0]"), SCOPE_MODEL_ERROR_FORMAT, "*$.time_step_limit: *" },
    { MAMBA2 (",\"time_step_limit\":[NaN,1]"), SCOPE_MODEL_ERROR_FORMAT, "*$.time_step_limit: *" },
    { MAMBA2 (",\"time_step_limit\":[0]"), SCOPE_MODEL_ERROR_FORMAT, "*$.time_step_limit: *" },
    { "{\"model_type\":\"mamba2\",\"vocab_size\":3,\"hidden_size\":6,\"num_hidden_layers\":2,"
      "\"num_heads\":4,\"head_dim\":3,\"n_groups\":3}",
      SCOPE_MODEL_ERROR_FORMAT, "*n_groups 3 must divide num_heads 4" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    ScopeConfig config;
    g_assert_false (
        scope_config_parse (&config, cases[i].json, strlen (cases[i].json), "config.json", &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, cases[i].code, cases[i].pattern);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/mamba-defaults", test_mamba_defaults);
  g_test_add_func ("/config/mamba2-defaults", test_mamba2_defaults);
  g_test_add_func ("/config/given-values", test_given_values);
  g_test_add_func ("/config/delta-limits", test_delta_limits);
  g_test_add_func ("/config/refused", test_refused);
  return g_test_run ();
}
