#include "model/config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "model/families/families.h"

#define DEFAULT_TRAIN_LENGTH 2000

/* Hugging Face's model types, and the classes that a config without one names. */
static const struct {
  ScopeFamily family;
  const char *classes; /* up to its task: ForCausalLM, Model */
  void (*read) (ScopeReader *reader, ScopeConfig *out);
} families[] = {
  { SCOPE_FAMILY_MAMBA, "Mamba", scope_read_mamba },
  { SCOPE_FAMILY_MAMBA2, "Mamba2", scope_read_mamba2 },
  { SCOPE_FAMILY_FALCON_MAMBA, "FalconMamba", scope_read_mamba },
  { SCOPE_FAMILY_ZAMBA2, "Zamba2", scope_read_zamba2 },
};

/* The first string of a list. */
static const char *
first_name (JsonNode *node)
{
  JsonArray *list
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (list == NULL || json_array_get_length (list) == 0)
    return NULL;
  JsonNode *first = json_array_get_element (list, 0);
  return JSON_NODE_HOLDS_VALUE (first) ? json_node_get_string (first) : NULL;
}

static gboolean
is_class (const char *name, const char *classes)
{
  gsize length = strlen (classes);
  return strncmp (name, classes, length) == 0
         && (strcmp (name + length, "ForCausalLM") == 0 || strcmp (name + length, "Model") == 0);
}

/* The row of FAMILIES that the config names; -1 if it names none. */
static int
find_family (ScopeReader *reader)
{
  const char *type = scope_reader_string (reader, "model_type", NULL);
  const char *class = first_name (scope_reader_node (reader, "architectures"));
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (type != NULL ? strcmp (type, scope_family_name (families[i].family)) == 0
                     : class != NULL && is_class (class, families[i].classes))
      return (int)i;
  if (type != NULL)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "model_type",
                       "\"%s\" is not supported; supported are \"mamba\", \"mamba2\", "
                       "\"falcon_mamba\" and \"zamba2\"",
                       type);
  return -1;
}

/* The original releases name no type; where a copy was given one, its fields still tell. */
static gboolean
is_state_spaces (ScopeReader *reader, int family)
{
  return (family < 0 || families[family].family <= SCOPE_FAMILY_MAMBA2)
         && scope_reader_node (reader, "d_model") != NULL
         && scope_reader_node (reader, "n_layer") != NULL
         && scope_reader_node (reader, "hidden_size") == NULL;
}

static void
read_family (ScopeReader *reader, ScopeConfig *out)
{
  int family = find_family (reader);
  if (reader->ok && is_state_spaces (reader, family)) {
    scope_read_state_spaces (reader, out);
  } else if (reader->ok && family < 0) {
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, "model_type",
                       "is missing, and neither architectures nor d_model and n_layer tell the "
                       "kind of model");
  } else if (reader->ok) {
    out->family = families[family].family;
    families[family].read (reader, out);
  }
}

/* Token ids are written as a number, as null, or (generation's list of ends) as a list. */
static gint64
read_token (ScopeReader *reader, const char *member)
{
  JsonNode *node = json_object_get_member (reader->object, member);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *list = json_node_get_array (node);
    node = json_array_get_length (list) > 0 ? json_array_get_element (list, 0) : NULL;
  }
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return -1;
  return json_node_get_int (node);
}

static void
check_epsilon (ScopeReader *reader, const char *member, double eps)
{
  if (!(eps >= 0 && eps < 1))
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, member, "%g is no usable epsilon", eps);
}

static void
read_common (ScopeReader *reader, ScopeConfig *out)
{
  out->bos_token = read_token (reader, "bos_token_id");
  out->eos_token = read_token (reader, "eos_token_id");
  if (scope_reader_node (reader, "train_length") != NULL)
    out->train_length = scope_reader_size (reader, "train_length", 0);
  check_epsilon (reader, out->family == SCOPE_FAMILY_ZAMBA2 ? "rms_norm_eps" : "layer_norm_epsilon",
                 out->norm_eps);
  check_epsilon (reader, "mixer_rms_eps", out->mixer_norm_eps);
  if (!(out->delta_min <= out->delta_max))
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_FORMAT, "time_step_min",
                       "expected a number, found %g", out->delta_min);
  if (scope_reader_node (reader, "quantization_config") != NULL)
    scope_reader_fail (reader, SCOPE_MODEL_ERROR_UNSUPPORTED, "quantization_config",
                       "quantised weights are not supported");
}

gboolean
scope_config_parse (ScopeConfig *out, const char *data, gsize length, const char *name,
                    GError **error)
{
  g_autoptr (JsonNode) root = scope_json_parse (data, length, name, error);
  JsonObject *object = root != NULL ? scope_json_object (root, name, "$", error) : NULL;
  if (object == NULL)
    return FALSE;
  ScopeReader reader = { object, name, "$", TRUE, error };
  ScopeConfig config = { .delta_max = INFINITY };
  read_family (&reader, &config);
  if (reader.ok)
    read_common (&reader, &config);
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
