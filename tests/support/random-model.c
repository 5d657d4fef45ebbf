/* scope_test_random_model(): a checkpoint of random numbers that a forward pass keeps finite, with
 * decays from local to global. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/half.h"
#include "test-support.h"

#define RANK 3 /* of adapters */

typedef struct {
  ScopeRandomModel shape;
  GRand *random;
  GString *header;
  GByteArray *data;
} Writer;

static void
append_number (Writer *self, ScopeDtype dtype, double value)
{
  float single = (float)value;
  guint16 half = dtype == SCOPE_DTYPE_F16 ? scope_half_from_float (single)
                                          : scope_bfloat_from_float (single);
  if (dtype == SCOPE_DTYPE_F64)
    g_byte_array_append (self->data, (guint8 *)&value, sizeof value);
  else if (dtype == SCOPE_DTYPE_F32)
    g_byte_array_append (self->data, (guint8 *)&single, sizeof single);
  else
    g_byte_array_append (self->data, (guint8 *)&half, sizeof half);
}

static void
begin_tensor (Writer *self, const char *prefix, const char *name, ScopeDtype dtype,
              const char *shape, gsize count)
{
  gsize begin = self->data->len, end = begin + count * scope_dtype_size (dtype);
  g_string_append_printf (
      self->header,
      "%c\"%s%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%" G_GSIZE_FORMAT
      ",%" G_GSIZE_FORMAT "]}",
      self->header->len == 0 ? '{' : ',', prefix, name, scope_dtype_name (dtype), shape, begin,
      end);
}

/* Numbers are MEAN + SPREAD * normal. COLUMNS 0: a vector. */
static void
add_normal (Writer *self, const char *prefix, const char *name, gsize rows, gsize columns,
            double mean, double spread)
{
  ScopeDtype dtype = self->shape.dtype;
  gsize count = rows * MAX (columns, 1);
  g_autofree char *shape
      = columns > 0 ? g_strdup_printf ("%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT, rows, columns)
                    : g_strdup_printf ("%" G_GSIZE_FORMAT, rows);
  begin_tensor (self, prefix, name, dtype, shape, count);
  for (gsize i = 0; i < count; i++)
    append_number (self, dtype, mean + spread * scope_test_normal (self->random));
}

/* A product's weight: outputs as large as inputs. */
static void
add_product (Writer *self, const char *prefix, const char *name, gsize rows, gsize columns)
{
  add_normal (self, prefix, name, rows, columns, 0, 1 / sqrt ((double)columns));
}

static void
add_uniform (Writer *self, const char *prefix, const char *name, gsize rows, gsize columns,
             double low, double high)
{
  gsize count = rows * MAX (columns, 1);
  g_autofree char *shape
      = columns > 0 ? g_strdup_printf ("%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT, rows, columns)
                    : g_strdup_printf ("%" G_GSIZE_FORMAT, rows);
  begin_tensor (self, prefix, name, SCOPE_DTYPE_F32, shape, count);
  for (gsize i = 0; i < count; i++)
    append_number (self, SCOPE_DTYPE_F32, scope_test_uniform (self->random, low, high));
}

static void
add_conv (Writer *self, const char *prefix, gsize lanes)
{
  gsize taps = self->shape.d_conv;
  g_autofree char *shape = g_strdup_printf ("%" G_GSIZE_FORMAT ",1,%" G_GSIZE_FORMAT, lanes, taps);
  begin_tensor (self, prefix, "conv1d.weight", self->shape.dtype, shape, lanes * taps);
  for (gsize i = 0; i < lanes * taps; i++)
    append_number (self, self->shape.dtype, scope_test_normal (self->random) / sqrt ((double)taps));
  add_normal (self, prefix, "conv1d.bias", lanes, 0, 0, 0.1);
}

gboolean
scope_test_is_hybrid (gsize layer)
{
  return layer % 2 == 1;
}

static gboolean
is_hybrid_model (const ScopeRandomModel *shape)
{
  return shape->family == SCOPE_FAMILY_ZAMBA2;
}

static gboolean
is_s6 (const ScopeRandomModel *shape)
{
  return shape->family != SCOPE_FAMILY_MAMBA2 && !is_hybrid_model (shape);
}

/* The SSM's tensors, all but the norm before it. */
static void
add_mixer (Writer *self, const char *prefix)
{
  const ScopeRandomModel *s = &self->shape;
  gboolean s6 = is_s6 (s);
  gsize conv = s6 ? s->d_inner : s->d_inner + 2 * s->groups * s->d_state;
  gsize projection = s6 ? 2 * s->d_inner : s->d_inner + conv + s->heads;
  gsize channels = s6 ? s->d_inner : s->heads;
  add_product (self, prefix, "in_proj.weight", projection, s->d_model);
  add_conv (self, prefix, conv);
  if (s6) {
    add_product (self, prefix, "x_proj.weight", s->dt_rank + 2 * s->d_state, s->d_inner);
    add_product (self, prefix, "dt_proj.weight", s->d_inner, s->dt_rank);
  } else {
    add_normal (self, prefix, "norm.weight", s->d_inner, 0, 1, 0.1);
  }
  /* softplus (-5) = 0.007, softplus (-1) = 0.3; A from -0.02 to -20. */
  add_uniform (self, prefix, s6 ? "dt_proj.bias" : "dt_bias", channels, 0, -5, -1);
  add_uniform (self, prefix, "A_log", channels, s6 ? s->d_state : 0, -4, 3);
  add_uniform (self, prefix, "D", channels, 0, -1, 1);
  add_product (self, prefix, "out_proj.weight", s->d_model, s->d_inner);
  if (s->use_bias) {
    add_normal (self, prefix, "in_proj.bias", projection, 0, 0, 0.1);
    add_normal (self, prefix, "out_proj.bias", s->d_model, 0, 0, 0.1);
  }
}

/* Adapter of invocation I: NAME.I.0 goes down to the rank, NAME.I.1 up from it. */
static void
add_adapter (Writer *self, const char *prefix, const char *name, gsize i, gsize inputs,
             gsize outputs)
{
  g_autofree char *down = g_strdup_printf ("%s.%" G_GSIZE_FORMAT ".0.weight", name, i);
  g_autofree char *up = g_strdup_printf ("%s.%" G_GSIZE_FORMAT ".1.weight", name, i);
  add_product (self, prefix, down, RANK, inputs);
  add_product (self, prefix, up, outputs, RANK);
}

/* The one shared block, and the adapters of all INVOCATIONS. Scores differ by a few. */
static void
add_block (Writer *self, const char *prefix, gsize invocations)
{
  const ScopeRandomModel *s = &self->shape;
  gsize width = 2 * s->d_model, keys = width / s->attention_heads * s->key_heads;
  gsize pair = 4 * s->d_model;
  add_normal (self, prefix, "input_layernorm.weight", width, 0, 1, 0.1);
  add_normal (self, prefix, "pre_ff_layernorm.weight", s->d_model, 0, 1, 0.1);
  add_normal (self, prefix, "self_attn.q_proj.weight", width, width, 0, 2 / sqrt ((double)width));
  add_product (self, prefix, "self_attn.k_proj.weight", keys, width);
  add_product (self, prefix, "self_attn.v_proj.weight", keys, width);
  add_product (self, prefix, "self_attn.o_proj.weight", s->d_model, width);
  add_product (self, prefix, "feed_forward.gate_up_proj.weight", pair, s->d_model);
  add_product (self, prefix, "feed_forward.down_proj.weight", s->d_model, pair / 2);
  if (s->use_bias) {
    add_normal (self, prefix, "feed_forward.gate_up_proj.bias", pair, 0, 0, 0.1);
    add_normal (self, prefix, "feed_forward.down_proj.bias", s->d_model, 0, 0, 0.1);
  }
  for (gsize i = 0; i < invocations; i++) {
    add_adapter (self, prefix, "feed_forward.gate_up_proj_adapter_list", i, s->d_model, pair);
    if (s->key_heads != s->attention_heads)
      continue;
    add_adapter (self, prefix, "self_attn.linear_q_adapter_list", i, width, width);
    add_adapter (self, prefix, "self_attn.linear_k_adapter_list", i, width, width);
    add_adapter (self, prefix, "self_attn.linear_v_adapter_list", i, width, width);
  }
}

static void
add_hybrid_layer (Writer *self, gsize layer)
{
  const ScopeRandomModel *s = &self->shape;
  gboolean hybrid = scope_test_is_hybrid (layer);
  g_autofree char *prefix = g_strdup_printf ("model.layers.%" G_GSIZE_FORMAT ".", layer);
  g_autofree char *outer = g_strconcat (prefix, hybrid ? "mamba_decoder." : "", NULL);
  g_autofree char *inner = g_strconcat (outer, "mamba.", NULL);
  g_autofree char *shared = g_strconcat (prefix, "shared_transformer.", NULL);
  add_normal (self, outer, "input_layernorm.weight", s->d_model, 0, 1, 0.1);
  add_mixer (self, inner);
  if (hybrid)
    add_product (self, prefix, "linear.weight", s->d_model, s->d_model);
  if (layer == 1)
    add_block (self, shared, s->n_layer / 2);
}

static void
add_layer (Writer *self, gsize layer)
{
  g_autofree char *prefix = g_strdup_printf ("backbone.layers.%" G_GSIZE_FORMAT ".", layer);
  g_autofree char *mixer = g_strconcat (prefix, "mixer.", NULL);
  add_normal (self, prefix, "norm.weight", self->shape.d_model, 0, 1, 0.1);
  add_mixer (self, mixer);
}

static void
write_weights (Writer *self, const char *folder)
{
  const ScopeRandomModel *s = &self->shape;
  gboolean hybrid = is_hybrid_model (s);
  add_normal (self, "", hybrid ? "model.embed_tokens.weight" : "backbone.embeddings.weight",
              s->vocab_size, s->d_model, 0, 1);
  add_normal (self, "", hybrid ? "model.final_layernorm.weight" : "backbone.norm_f.weight",
              s->d_model, 0, 1, 0.1);
  if (s->untied)
    add_product (self, "", "lm_head.weight", s->vocab_size, s->d_model);
  for (gsize layer = 0; layer < s->n_layer; layer++)
    (hybrid ? add_hybrid_layer : add_layer) (self, layer);
  g_string_append_c (self->header, '}');

  guint64 length = GUINT64_TO_LE (self->header->len);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_byte_array_append (file, (guint8 *)&length, sizeof length);
  g_byte_array_append (file, (guint8 *)self->header->str, (guint)self->header->len);
  g_byte_array_append (file, self->data->data, self->data->len);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  scope_file_write (path, file->data, file->len, &error);
  g_assert_no_error (error);
}

/* The factor that, times d_model and rounded down as Hugging Face does it, gives d_inner. */
static double
find_expand (const ScopeRandomModel *shape)
{
  double expand = (double)shape->d_inner / (double)shape->d_model;
  return floor (expand * (double)shape->d_model) < (double)shape->d_inner
             ? nextafter (expand, INFINITY)
             : expand;
}

static void
append_real (GString *json, const char *member, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (json, "  \"%s\": %s,\n", member,
                          g_ascii_dtostr (text, sizeof text, value));
}

static void
append_size (GString *json, const char *member, gsize value)
{
  g_string_append_printf (json, "  \"%s\": %" G_GSIZE_FORMAT ",\n", member, value);
}

static void
append_family (GString *json, const ScopeRandomModel *s)
{
  if (is_s6 (s)) {
    append_size (json, "intermediate_size", s->d_inner);
    append_size (json, "time_step_rank", s->dt_rank);
    return;
  }
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];
  append_real (json, "expand", find_expand (s));
  append_size (json, "num_heads", s->heads);
  append_size (json, "head_dim", s->d_inner / s->heads);
  append_size (json, "n_groups", s->groups);
  if (s->delta_min != 0 || s->delta_max != 0)
    g_string_append_printf (
        json, "  \"time_step_limit\": [%s, %s],\n", g_ascii_dtostr (low, sizeof low, s->delta_min),
        isinf (s->delta_max) ? "Infinity" : g_ascii_dtostr (high, sizeof high, s->delta_max));
}

static void
append_hybrid (GString *json, const ScopeRandomModel *s)
{
  append_size (json, "mamba_d_state", s->d_state);
  append_size (json, "mamba_d_conv", s->d_conv);
  append_size (json, "n_mamba_heads", s->heads);
  append_size (json, "mamba_ngroups", s->groups);
  append_real (json, "mamba_expand", find_expand (s));
  append_size (json, "num_attention_heads", s->attention_heads);
  append_size (json, "num_key_value_heads", s->key_heads);
  append_size (json, "intermediate_size", 2 * s->d_model);
  append_size (json, "adapter_rank", RANK);
  append_real (json, "time_step_min", s->delta_min);
  g_string_append_printf (json,
                          "  \"use_shared_attention_adapter\": %s,\n  \"use_mem_rope\": true,\n"
                          "  \"add_bias_linear\": %s,\n  \"layers_block_type\": [",
                          s->key_heads == s->attention_heads ? "true" : "false",
                          s->use_bias ? "true" : "false");
  for (gsize i = 0; i < s->n_layer; i++)
    g_string_append_printf (json, "%s\"%s\"", i > 0 ? ", " : "",
                            scope_test_is_hybrid (i) ? "hybrid" : "mamba");
  g_string_append (json, "],\n");
}

static void
write_config (const ScopeRandomModel *s, const char *folder)
{
  g_autoptr (GString) json = g_string_new ("{\n");
  g_autoptr (GError) error = NULL;
  append_size (json, "vocab_size", s->vocab_size);
  append_size (json, "hidden_size", s->d_model);
  append_size (json, "num_hidden_layers", s->n_layer);
  if (is_hybrid_model (s)) {
    append_hybrid (json, s);
  } else {
    append_size (json, "state_size", s->d_state);
    append_size (json, "conv_kernel", s->d_conv);
    append_family (json, s);
  }
  if (s->train_length > 0)
    append_size (json, "train_length", s->train_length);
  g_string_append_printf (json,
                          "  \"use_bias\": %s,\n  \"tie_word_embeddings\": %s,\n"
                          "  \"model_type\": \"%s\"\n}\n",
                          s->use_bias ? "true" : "false", s->untied ? "false" : "true",
                          scope_family_name (s->family));
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  scope_file_write (path, json->str, json->len, &error);
  g_assert_no_error (error);
}

static gsize
or_default (gsize value, gsize fallback)
{
  return value > 0 ? value : fallback;
}

char *
scope_test_random_model (const ScopeRandomModel *shape)
{
  ScopeRandomModel s = *shape;
  s.vocab_size = or_default (s.vocab_size, 37);
  s.d_model = or_default (s.d_model, is_hybrid_model (&s) ? 12 : 11);
  s.n_layer = or_default (s.n_layer, is_hybrid_model (&s) ? 4 : 3);
  s.attention_heads = or_default (s.attention_heads, 4);
  s.key_heads = or_default (s.key_heads, 2);
  s.d_state = or_default (s.d_state, 5);
  s.d_conv = or_default (s.d_conv, 4);
  s.dt_rank = or_default (s.dt_rank, 3);
  s.groups = or_default (s.groups, 1);
  s.heads = or_default (s.heads, 3 * s.groups);
  s.d_inner = or_default (s.d_inner, is_s6 (&s) ? 23 : 7 * s.heads);
  g_assert_true (is_s6 (&s) || (s.d_inner % s.heads == 0 && s.heads % s.groups == 0));

  char *folder = scope_test_folder ();
  g_autoptr (GRand) random = g_rand_new_with_seed (s.seed);
  g_autoptr (GString) header = g_string_new (NULL);
  g_autoptr (GByteArray) data = g_byte_array_new ();
  Writer writer = { s, random, header, data };
  write_config (&s, folder);
  write_weights (&writer, folder);
  return folder;
}
