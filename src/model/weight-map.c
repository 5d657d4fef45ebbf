#include "model/weight-map.h"

#include <string.h>

#include "base/error.h"

/* How a family calls the parts that all have. */
typedef struct {
  const char *root, *embedding, *final_norm, *norm, *mixer;
} Names;

typedef struct {
  ScopeWeightMap *out;
  const ScopeConfig *config;
  ScopeCheckpoint *checkpoint;
  Names names;
  GHashTable *known; /* names of tensors that have been looked at, borrowed */
} Taker;

/* What one tensor must look like, and its place in the struct that PLACE is an offset of. MIDDLE
 * and COLUMNS are 0 where the tensor has fewer dimensions. */
typedef struct {
  gboolean wanted;
  gsize place;
  const char *name;
  gsize rows, middle, columns;
} Spec;

#define LAYER(field) G_STRUCT_OFFSET (ScopeLayerWeights, field)
#define BLOCK(field) G_STRUCT_OFFSET (ScopeBlockWeights, field)

static Names
find_names (const ScopeConfig *config, ScopeCheckpoint *checkpoint)
{
  static const Names common = { "backbone.", "embeddings.weight", "norm_f.", "norm.", "mixer." };
  static const Names zamba2
      = { "model.", "embed_tokens.weight", "final_layernorm.", "input_layernorm.", "mamba." };
  Names names = config->family == SCOPE_FAMILY_ZAMBA2 ? zamba2 : common;
  /* Hugging Face's first conversions kept the original's name. */
  if (config->dialect == SCOPE_DIALECT_STATE_SPACES
      || scope_checkpoint_has (checkpoint, "backbone.embedding.weight"))
    names.embedding = "embedding.weight";
  if (scope_checkpoint_has (checkpoint, names.embedding)) /* a model saved without its head */
    names.root = "";
  return names;
}

static char *
describe_shape (const gsize *shape, guint rank)
{
  GString *text = g_string_new ("(");
  for (guint i = 0; i < rank; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

/* The tensor NAME in the shape of SPEC, not yet counted among those in use. */
static const ScopeWeight *
look_at (Taker *self, const char *name, const Spec *spec, GError **error)
{
  const ScopeWeight *weight = scope_checkpoint_get (self->checkpoint, name, error);
  if (weight == NULL)
    return NULL;
  gsize shape[3], rank = 0;
  shape[rank++] = spec->rows;
  if (spec->middle > 0)
    shape[rank++] = spec->middle;
  if (spec->columns > 0)
    shape[rank++] = spec->columns;
  if (weight->rank != rank || memcmp (weight->shape, shape, rank * sizeof *shape) != 0) {
    g_autofree char *expected = describe_shape (shape, (guint)rank);
    g_autofree char *found = describe_shape (weight->shape, weight->rank);
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "%s: tensor %s: expected shape %s, found %s",
                     scope_checkpoint_file (self->checkpoint, name), name, expected, found);
    return NULL;
  }
  g_hash_table_add (self->known, (gpointer)weight->name);
  return weight;
}

static const ScopeWeight *
take (Taker *self, const char *prefix, const Spec *spec, GError **error)
{
  g_autofree char *name = g_strconcat (prefix, spec->name, NULL);
  const ScopeWeight *weight = look_at (self, name, spec, error);
  if (weight != NULL)
    g_ptr_array_add (self->out->weights, (gpointer)weight);
  return weight;
}

/* Those of SPECS that are wanted, into the struct at OUT. */
static gboolean
take_all (Taker *self, const char *prefix, const Spec *specs, gsize count, gpointer out,
          GError **error)
{
  for (gsize i = 0; i < count; i++) {
    if (!specs[i].wanted)
      continue;
    const ScopeWeight *weight = take (self, prefix, &specs[i], error);
    if (weight == NULL)
      return FALSE;
    G_STRUCT_MEMBER (const ScopeWeight *, out, specs[i].place) = weight;
  }
  return TRUE;
}

static gboolean
same_values (const ScopeWeight *a, const ScopeWeight *b)
{
  return a->dtype == b->dtype && a->count == b->count
         && (a->data == b->data
             || memcmp (a->data, b->data, a->count * scope_dtype_size (a->dtype)) == 0);
}

static gboolean
take_mixer (Taker *self, const char *prefix, ScopeLayerWeights *out, GError **error)
{
  const ScopeConfig *c = self->config;
  gboolean ssd = scope_config_is_ssd (c), s6 = !ssd;
  gsize projection = scope_config_projection (c), lanes = scope_config_conv_lanes (c);
  const Spec specs[] = {
    { TRUE, LAYER (in_proj), "in_proj.weight", projection, 0, c->d_model },
    { c->use_bias, LAYER (in_proj_bias), "in_proj.bias", projection, 0, 0 },
    { TRUE, LAYER (conv), "conv1d.weight", lanes, 1, c->d_conv },
    { c->use_conv_bias, LAYER (conv_bias), "conv1d.bias", lanes, 0, 0 },
    { s6, LAYER (x_proj), "x_proj.weight", c->dt_rank + 2 * c->d_state, 0, c->d_inner },
    { s6, LAYER (dt_proj), "dt_proj.weight", c->d_inner, 0, c->dt_rank },
    { s6, LAYER (dt_bias), "dt_proj.bias", c->d_inner, 0, 0 },
    { s6, LAYER (a_log), "A_log", c->d_inner, 0, c->d_state },
    { ssd, LAYER (dt_bias), "dt_bias", c->channels, 0, 0 },
    { ssd, LAYER (a_log), "A_log", c->channels, 0, 0 },
    { TRUE, LAYER (d), "D", c->channels, 0, 0 },
    { c->gate_norm, LAYER (gate_norm), "norm.weight", c->d_inner, 0, 0 },
    { TRUE, LAYER (out_proj), "out_proj.weight", c->d_model, 0, c->d_inner },
    { c->use_bias, LAYER (out_proj_bias), "out_proj.bias", c->d_model, 0, 0 },
  };
  return take_all (self, prefix, specs, G_N_ELEMENTS (specs), out, error);
}

/* The tensor REST of shared block BLOCK. The block stands under each layer that runs it; a file
 * holds it once, under the first, or again under the others with the same values. */
static const ScopeWeight *
take_shared (Taker *self, gsize block, const Spec *spec, GError **error)
{
  const ScopeConfig *c = self->config;
  const ScopeWeight *kept = NULL;
  for (gsize layer = 0, invocation = 0; layer < c->n_layer; layer++) {
    if (scope_config_layer_kind (c, layer) != SCOPE_LAYER_HYBRID
        || invocation++ % c->shared.blocks != block)
      continue;
    g_autofree char *name = g_strdup_printf ("%slayers.%" G_GSIZE_FORMAT ".shared_transformer.%s",
                                             self->names.root, layer, spec->name);
    if (!scope_checkpoint_has (self->checkpoint, name))
      continue;
    const ScopeWeight *weight = look_at (self, name, spec, error);
    if (weight == NULL)
      return NULL;
    if (kept != NULL && !same_values (kept, weight)) {
      scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                       "%s: tensor %s: expected the values of %s, which it shares",
                       scope_checkpoint_file (self->checkpoint, name), name, kept->name);
      return NULL;
    }
    kept = kept != NULL ? kept : weight;
  }
  if (kept != NULL)
    g_ptr_array_add (self->out->weights, (gpointer)kept);
  else
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "%s: tensor %s of shared block %" G_GSIZE_FORMAT " is missing",
                     scope_checkpoint_file (self->checkpoint, spec->name), spec->name, block);
  return kept;
}

static gboolean
take_block (Taker *self, gsize block, GError **error)
{
  const ScopeConfig *c = self->config;
  const ScopeSharedConfig *s = &c->shared;
  gsize queries = s->heads * s->head_dim, keys = s->kv_heads * s->head_dim;
  const Spec specs[] = {
    { TRUE, BLOCK (norm), "input_layernorm.weight", s->width, 0, 0 },
    { TRUE, BLOCK (q), "self_attn.q_proj.weight", queries, 0, s->width },
    { TRUE, BLOCK (k), "self_attn.k_proj.weight", keys, 0, s->width },
    { TRUE, BLOCK (v), "self_attn.v_proj.weight", keys, 0, s->width },
    { TRUE, BLOCK (o), "self_attn.o_proj.weight", c->d_model, 0, queries },
    { TRUE, BLOCK (mlp_norm), "pre_ff_layernorm.weight", c->d_model, 0, 0 },
    { TRUE, BLOCK (gate_up), "feed_forward.gate_up_proj.weight", 2 * s->intermediate, 0,
      c->d_model },
    { s->bias, BLOCK (gate_up_bias), "feed_forward.gate_up_proj.bias", 2 * s->intermediate, 0, 0 },
    { TRUE, BLOCK (down), "feed_forward.down_proj.weight", c->d_model, 0, s->intermediate },
    { s->bias, BLOCK (down_bias), "feed_forward.down_proj.bias", c->d_model, 0, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++) {
    const ScopeWeight *weight
        = specs[i].wanted ? take_shared (self, block, &specs[i], error) : NULL;
    if (specs[i].wanted && weight == NULL)
      return FALSE;
    G_STRUCT_MEMBER (const ScopeWeight *, &self->out->blocks[block], specs[i].place) = weight;
  }
  return TRUE;
}

/* An adapter belongs to one invocation but is filed with the block. */
static gboolean
take_adapter (Taker *self, gsize invocation, const char *list, gsize inputs, gsize outputs,
              ScopeAdapterWeights *out, GError **error)
{
  const ScopeSharedConfig *s = &self->config->shared;
  g_autofree char *down = g_strdup_printf ("%s.%" G_GSIZE_FORMAT ".0.weight", list, invocation);
  g_autofree char *up = g_strdup_printf ("%s.%" G_GSIZE_FORMAT ".1.weight", list, invocation);
  const Spec specs[] = { { TRUE, 0, down, s->adapter_rank, 0, inputs },
                         { TRUE, 0, up, outputs, 0, s->adapter_rank } };
  gsize block = invocation % s->blocks;
  out->down = take_shared (self, block, &specs[0], error);
  out->up = out->down != NULL ? take_shared (self, block, &specs[1], error) : NULL;
  return out->up != NULL;
}

static gboolean
take_invocation (Taker *self, gsize layer, const char *prefix, ScopeLayerWeights *out,
                 GError **error)
{
  const ScopeConfig *c = self->config;
  const ScopeSharedConfig *s = &c->shared;
  gsize i = scope_config_invocation (c, layer), queries = s->heads * s->head_dim;
  const Spec linear = { TRUE, 0, "linear.weight", c->d_model, 0, c->d_model };
  out->block = &self->out->blocks[i % s->blocks];
  out->linear = take (self, prefix, &linear, error);
  if (out->linear == NULL
      || !take_adapter (self, i, "feed_forward.gate_up_proj_adapter_list", c->d_model,
                        2 * s->intermediate, &out->mlp_adapter, error))
    return FALSE;
  return !s->attention_adapters
         || (take_adapter (self, i, "self_attn.linear_q_adapter_list", s->width, queries,
                           &out->q_adapter, error)
             && take_adapter (self, i, "self_attn.linear_k_adapter_list", s->width, queries,
                              &out->k_adapter, error)
             && take_adapter (self, i, "self_attn.linear_v_adapter_list", s->width, queries,
                              &out->v_adapter, error));
}

static gboolean
take_layer (Taker *self, gsize layer, GError **error)
{
  const ScopeConfig *c = self->config;
  ScopeLayerWeights *out = &self->out->layers[layer];
  gboolean hybrid = scope_config_layer_kind (c, layer) == SCOPE_LAYER_HYBRID;
  g_autofree char *place
      = g_strdup_printf ("%slayers.%" G_GSIZE_FORMAT ".", self->names.root, layer);
  if (hybrid && !take_invocation (self, layer, place, out, error))
    return FALSE;
  g_autofree char *outer = g_strconcat (place, hybrid ? "mamba_decoder." : "", NULL);
  g_autofree char *norm = g_strconcat (outer, self->names.norm, NULL);
  g_autofree char *mixer = g_strconcat (outer, self->names.mixer, NULL);
  const Spec norms[] = { { TRUE, LAYER (norm), "weight", c->d_model, 0, 0 },
                         { c->layer_norm, LAYER (norm_bias), "bias", c->d_model, 0, 0 } };
  return take_all (self, norm, norms, G_N_ELEMENTS (norms), out, error)
         && take_mixer (self, mixer, out, error);
}

/* Head and embedding. Tied, a file may hold both, or the head alone. Both with values of their own
 * are two tables to transformers; in the original they are one by construction. */
static gboolean
take_tables (Taker *self, ScopeConfig *config, GError **error)
{
  ScopeWeightMap *out = self->out;
  Spec table = { TRUE, 0, "lm_head.weight", config->vocab_size, 0, config->d_model };
  g_autofree char *name = g_strconcat (self->names.root, self->names.embedding, NULL);
  gboolean tied = config->tie_embeddings;
  gboolean has_head = scope_checkpoint_has (self->checkpoint, "lm_head.weight");
  if (tied && has_head && !scope_checkpoint_has (self->checkpoint, name))
    return (out->embedding = out->head = take (self, "", &table, error)) != NULL;
  table.name = name;
  out->head = out->embedding = take (self, "", &table, error);
  if (out->embedding == NULL || (tied && !has_head))
    return out->embedding != NULL;
  const ScopeWeight *head = look_at (self, "lm_head.weight", &table, error);
  if (head == NULL || (tied && same_values (head, out->embedding)))
    return head != NULL;
  if (tied && config->dialect == SCOPE_DIALECT_STATE_SPACES) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "%s: tensor lm_head.weight: expected the values of %s, to which the config "
                     "ties it",
                     scope_checkpoint_file (self->checkpoint, "lm_head.weight"), name);
    return FALSE;
  }
  config->tie_embeddings = FALSE;
  out->head = head;
  g_ptr_array_add (out->weights, (gpointer)head);
  return TRUE;
}

static gboolean
take_final_norm (Taker *self, GError **error)
{
  gsize width = self->config->d_model;
  g_autofree char *prefix = g_strconcat (self->names.root, self->names.final_norm, NULL);
  const Spec specs[] = {
    { TRUE, G_STRUCT_OFFSET (ScopeWeightMap, final_norm), "weight", width, 0, 0 },
    { self->config->layer_norm, G_STRUCT_OFFSET (ScopeWeightMap, final_norm_bias), "bias", width, 0,
      0 },
  };
  return take_all (self, prefix, specs, G_N_ELEMENTS (specs), self->out, error);
}

/* Tables of rotary frequencies, which follow from the config, are all that may be left over. */
static gboolean
check_rest (Taker *self, GError **error)
{
  for (gsize i = 0; i < scope_checkpoint_count (self->checkpoint); i++) {
    const char *name = scope_checkpoint_nth (self->checkpoint, i);
    if (g_hash_table_contains (self->known, name) || g_str_has_suffix (name, "rotary_emb.inv_freq"))
      continue;
    const ScopeWeight *weight = scope_checkpoint_get (self->checkpoint, name, error);
    if (weight == NULL)
      return FALSE;
    g_autofree char *shape = describe_shape (weight->shape, weight->rank);
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "%s: tensor %s, shape %s, is unexpected: a %s model of this config.json has "
                     "none of that name",
                     scope_checkpoint_file (self->checkpoint, name), name, shape,
                     scope_family_name (self->config->family));
    return FALSE;
  }
  return TRUE;
}

static gboolean
alloc_parts (ScopeWeightMap *out, const ScopeConfig *config, GError **error)
{
  out->weights = g_ptr_array_new ();
  out->layers = g_try_new0 (ScopeLayerWeights, config->n_layer);
  out->blocks = g_try_new0 (ScopeBlockWeights, config->shared.blocks);
  if (out->layers != NULL && (out->blocks != NULL || config->shared.blocks == 0))
    return TRUE;
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                   "%" G_GSIZE_FORMAT " layers do not fit in memory", config->n_layer);
  return FALSE;
}

gboolean
scope_weight_map_take (ScopeWeightMap *out, ScopeConfig *config, ScopeCheckpoint *checkpoint,
                       GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  Taker taker = { out, config, checkpoint, find_names (config, checkpoint), known };
  *out = (ScopeWeightMap){ 0 };
  if (!alloc_parts (out, config, error) || !take_tables (&taker, config, error)
      || !take_final_norm (&taker, error))
    return FALSE;
  for (gsize block = 0; block < config->shared.blocks; block++)
    if (!take_block (&taker, block, error))
      return FALSE;
  for (gsize layer = 0; layer < config->n_layer; layer++)
    if (!take_layer (&taker, layer, error))
      return FALSE;
  return check_rest (&taker, error);
}

void
scope_weight_map_clear (ScopeWeightMap *self)
{
  g_clear_pointer (&self->weights, g_ptr_array_unref);
  g_clear_pointer (&self->layers, g_free);
  g_clear_pointer (&self->blocks, g_free);
}
