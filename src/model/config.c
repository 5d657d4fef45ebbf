#include "model/config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

/* Above every published size; products of two of them cannot overflow. */
#define MAX_SIZE             (1 << 24)
#define DEFAULT_TRAIN_LENGTH 2000

/* What the members are read from, and how far reading has gone wrong: after the first failure the
 * rest is skipped, so that one check at the end suffices. */
typedef struct {
  JsonObject *object;
  const char *name;
  gboolean ok;
  GError **error;
} Reader;

static gsize
read_size (Reader *self, const char *member, gsize fallback)
{
  gint64 value = (gint64)fallback;
  if (self->ok)
    self->ok = scope_json_get_int (self->object, member, fallback == 0, 1, MAX_SIZE, &value,
                                   self->name, "$", self->error);
  return (gsize)value;
}

static double
read_double (Reader *self, const char *member, double fallback)
{
  if (self->ok)
    self->ok = scope_json_get_double (self->object, member, FALSE, &fallback, self->name, "$",
                                      self->error);
  return fallback;
}

static gboolean
read_boolean (Reader *self, const char *member, gboolean fallback)
{
  if (self->ok)
    self->ok = scope_json_get_boolean (self->object, member, FALSE, &fallback, self->name, "$",
                                       self->error);
  return fallback;
}

static const char *
read_string (Reader *self, const char *member, const char *fallback)
{
  if (self->ok)
    self->ok = scope_json_get_string (self->object, member, fallback == NULL, &fallback, self->name,
                                      "$", self->error);
  return fallback;
}

G_GNUC_PRINTF (3, 4)
static void
fail (Reader *self, ScopeModelError code, const char *format, ...)
{
  if (!self->ok)
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (self->error, SCOPE_MODEL_ERROR, code, "%s: %s", self->name, text);
  self->ok = FALSE;
}

static ScopeFamily
read_family (Reader *self)
{
  const char *type = read_string (self, "model_type", NULL);
  if (g_strcmp0 (type, "mamba2") == 0)
    return SCOPE_FAMILY_MAMBA2;
  if (type != NULL && strcmp (type, "mamba") != 0)
    fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
          "$.model_type: \"%s\" is not supported; supported are \"mamba\" and \"mamba2\"", type);
  return SCOPE_FAMILY_MAMBA;
}

/* Token ids are written as a number, as null, or (generation's list of ends) as a list. */
static gint64
read_token (Reader *self, const char *member)
{
  JsonNode *node = json_object_get_member (self->object, member);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *list = json_node_get_array (node);
    node = json_array_get_length (list) > 0 ? json_array_get_element (list, 0) : NULL;
  }
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return -1;
  return json_node_get_int (node);
}

static gsize
read_expanded (Reader *self, gsize d_model)
{
  double expand = read_double (self, "expand", 2.0);
  double d_inner = floor (expand * (double)d_model);
  if (!(d_inner >= 1 && d_inner <= MAX_SIZE)) {
    fail (self, SCOPE_MODEL_ERROR_FORMAT,
          "$.expand: %g times hidden_size %" G_GSIZE_FORMAT " is no usable width", expand, d_model);
    return 1;
  }
  return (gsize)d_inner;
}

/* One bound of time_step_limit: a number, or the object that stands for an infinity in files whose
 * writer keeps to the letter of JSON. */
static double
read_limit (Reader *self, JsonNode *node)
{
  if (JSON_NODE_HOLDS_VALUE (node)
      && (json_node_get_value_type (node) == G_TYPE_DOUBLE
          || json_node_get_value_type (node) == G_TYPE_INT64))
    return json_node_get_double (node);
  const char *text = NULL;
  if (JSON_NODE_HOLDS_OBJECT (node)
      && json_object_has_member (json_node_get_object (node), "__float__"))
    scope_json_get_string (json_node_get_object (node), "__float__", TRUE, &text, self->name,
                           "$.time_step_limit", NULL);
  if (g_strcmp0 (text, "Infinity") == 0)
    return INFINITY;
  if (g_strcmp0 (text, "-Infinity") == 0)
    return -INFINITY;
  return NAN;
}

static void
read_delta_limits (Reader *self, ScopeConfig *out)
{
  JsonNode *node = json_object_get_member (self->object, "time_step_limit");
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return;
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (list != NULL && json_array_get_length (list) == 2) {
    out->delta_min = read_limit (self, json_array_get_element (list, 0));
    out->delta_max = read_limit (self, json_array_get_element (list, 1));
    if (out->delta_min <= out->delta_max)
      return;
  }
  fail (self, SCOPE_MODEL_ERROR_FORMAT,
        "$.time_step_limit: expected a list of two ascending numbers");
}

static void
read_mamba (Reader *self, ScopeConfig *out)
{
  out->d_state = read_size (self, "state_size", 16);
  out->d_inner = read_size (self, "intermediate_size", read_expanded (self, out->d_model));
  out->dt_rank = (out->d_model + 15) / 16;
  JsonNode *rank = json_object_get_member (self->object, "time_step_rank");
  gboolean named = rank != NULL && JSON_NODE_HOLDS_VALUE (rank)
                   && json_node_get_value_type (rank) == G_TYPE_STRING;
  if (!named)
    out->dt_rank = read_size (self, "time_step_rank", out->dt_rank);
  else if (strcmp (json_node_get_string (rank), "auto") != 0)
    fail (self, SCOPE_MODEL_ERROR_FORMAT,
          "$.time_step_rank: expected a whole number or \"auto\", found \"%s\"",
          json_node_get_string (rank));
  out->channels = out->d_inner;
  out->lanes = out->groups = out->norm_groups = 1;
}

/* Hugging Face's Mamba-2 gates first, whatever norm_before_gate says: it is left as it acts there.
 * The norm is over each group's lanes, as in the original (mamba_ssm's group_size = d_inner /
 * ngroups). */
static void
read_mamba2 (Reader *self, ScopeConfig *out)
{
  out->d_state = read_size (self, "state_size", 128);
  out->d_inner = read_expanded (self, out->d_model);
  out->channels = read_size (self, "num_heads", 128);
  out->lanes = read_size (self, "head_dim", 64);
  out->groups = read_size (self, "n_groups", 8);
  out->norm_groups = out->groups;
  out->gate_norm = TRUE;
  read_delta_limits (self, out);
  if (out->channels * out->lanes != out->d_inner)
    fail (self, SCOPE_MODEL_ERROR_FORMAT,
          "num_heads %" G_GSIZE_FORMAT " times head_dim %" G_GSIZE_FORMAT
          " must be expand times hidden_size, %" G_GSIZE_FORMAT,
          out->channels, out->lanes, out->d_inner);
  if (out->channels % out->groups != 0)
    fail (self, SCOPE_MODEL_ERROR_FORMAT,
          "n_groups %" G_GSIZE_FORMAT " must divide num_heads %" G_GSIZE_FORMAT, out->groups,
          out->channels);
  if (!read_boolean (self, "rms_norm", TRUE))
    fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, "$.rms_norm: false is not supported");
}

static void
read_common (Reader *self, ScopeConfig *out)
{
  gboolean mamba = out->family == SCOPE_FAMILY_MAMBA;
  out->vocab_size = read_size (self, "vocab_size", 0);
  out->d_model = read_size (self, "hidden_size", 0);
  out->n_layer = read_size (self, "num_hidden_layers", 0);
  out->d_conv = read_size (self, "conv_kernel", 4);
  out->norm_eps = read_double (self, "layer_norm_epsilon", 1e-5);
  out->use_bias = read_boolean (self, "use_bias", FALSE);
  out->use_conv_bias = read_boolean (self, "use_conv_bias", TRUE);
  out->tie_embeddings = read_boolean (self, "tie_word_embeddings", mamba);
  out->gate_norm_eps = out->norm_eps;
  out->bos_token = read_token (self, "bos_token_id");
  out->eos_token = read_token (self, "eos_token_id");
  out->delta_max = INFINITY;
  if (json_object_has_member (self->object, "train_length")
      && !json_object_get_null_member (self->object, "train_length"))
    out->train_length = read_size (self, "train_length", 0);
}

static void
check_common (Reader *self, const ScopeConfig *config)
{
  const char *activation = read_string (self, "hidden_act", "silu");
  if (strcmp (activation, "silu") != 0 && strcmp (activation, "swish") != 0)
    fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
          "$.hidden_act: \"%s\" is not supported; supported is \"silu\"", activation);
  if (!(config->norm_eps >= 0 && config->norm_eps < 1))
    fail (self, SCOPE_MODEL_ERROR_FORMAT, "$.layer_norm_epsilon: %g is no usable epsilon",
          config->norm_eps);
  JsonNode *quantization = json_object_get_member (self->object, "quantization_config");
  if (quantization != NULL && !JSON_NODE_HOLDS_NULL (quantization))
    fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
          "$.quantization_config: quantised weights are not supported");
}

gboolean
scope_config_parse (ScopeConfig *out, const char *data, gsize length, const char *name,
                    GError **error)
{
  g_autoptr (JsonNode) root = scope_json_parse (data, length, name, error);
  JsonObject *object = root != NULL ? scope_json_object (root, name, "$", error) : NULL;
  if (object == NULL)
    return FALSE;
  Reader reader = { object, name, TRUE, error };
  ScopeConfig config = { .family = read_family (&reader) };
  read_common (&reader, &config);
  if (reader.ok && config.family == SCOPE_FAMILY_MAMBA)
    read_mamba (&reader, &config);
  if (reader.ok && config.family == SCOPE_FAMILY_MAMBA2)
    read_mamba2 (&reader, &config);
  check_common (&reader, &config);
  if (reader.ok)
    *out = config;
  return reader.ok;
}

const char *
scope_family_name (ScopeFamily family)
{
  static const char *const names[] = { "mamba", "mamba2", "falcon_mamba", "zamba2" };
  return names[family];
}

gboolean
scope_config_is_ssd (const ScopeConfig *self)
{
  return self->family == SCOPE_FAMILY_MAMBA2 || self->family == SCOPE_FAMILY_ZAMBA2;
}

gsize
scope_config_projection (const ScopeConfig *self)
{
  if (!scope_config_is_ssd (self))
    return 2 * self->d_inner;
  return self->d_inner + scope_config_conv_lanes (self) + self->channels;
}

gsize
scope_config_conv_lanes (const ScopeConfig *self)
{
  if (!scope_config_is_ssd (self))
    return self->d_inner;
  return self->d_inner + 2 * self->groups * self->d_state;
}

ScopeLayerKind
scope_config_layer_kind (const ScopeConfig *self, gsize layer)
{
  if (self->shared.blocks == 0 || layer >= SCOPE_MAX_HYBRID_LAYERS)
    return SCOPE_LAYER_SSM;
  return (self->hybrid[layer / 8] >> layer % 8 & 1) != 0 ? SCOPE_LAYER_HYBRID : SCOPE_LAYER_SSM;
}

gsize
scope_config_invocation (const ScopeConfig *self, gsize layer)
{
  gsize before = 0;
  for (gsize i = 0; i < layer; i++)
    before += scope_config_layer_kind (self, i) == SCOPE_LAYER_HYBRID;
  return before;
}

gsize
scope_config_train_length (const ScopeConfig *self)
{
  return self->train_length > 0 ? self->train_length : DEFAULT_TRAIN_LENGTH;
}
