#include "analysis/table.h"

#include "analysis/analysis-private.h"

struct _ScopeTable {
  gatomicrefcount references;
  char *model_hash, *reduction;
  gsize train_length, windows;
  double theta, top;
  gsize n_lengths;
  gsize *lengths;
  ScopeMatrix *ln_decay, *target; /* (layers, channels) */
  ScopeMatrix **threshold;        /* (n_lengths) of (layers, channels) */
  ScopeMatrix **alpha;            /* the same, or NULL */
};

static ScopeMatrix **
ref_matrices (ScopeMatrix *const *matrices, gsize count)
{
  ScopeMatrix **out = g_new (ScopeMatrix *, count);
  for (gsize s = 0; s < count; s++)
    out[s] = scope_matrix_ref (matrices[s]);
  return out;
}

static void
unref_matrices (ScopeMatrix **matrices, gsize count)
{
  for (gsize s = 0; matrices != NULL && s < count; s++)
    scope_matrix_unref (matrices[s]);
  g_free (matrices);
}

ScopeTable *
scope_table_new (const char *model_hash, gsize train_length, double theta, double top,
                 gsize windows, const char *reduction, const gsize *lengths, gsize n_lengths,
                 ScopeMatrix *ln_decay, ScopeMatrix *target, ScopeMatrix *const *threshold,
                 ScopeMatrix *const *alpha)
{
  ScopeTable *self = g_new0 (ScopeTable, 1);
  g_atomic_ref_count_init (&self->references);
  self->model_hash = g_strdup (model_hash);
  self->reduction = g_strdup (reduction);
  self->train_length = train_length;
  self->windows = windows;
  self->theta = theta;
  self->top = top;
  self->n_lengths = n_lengths;
  self->lengths = g_memdup2 (lengths, n_lengths * sizeof (gsize));
  self->ln_decay = scope_matrix_ref (ln_decay);
  self->target = scope_matrix_ref (target);
  self->threshold = ref_matrices (threshold, n_lengths);
  self->alpha = alpha != NULL ? ref_matrices (alpha, n_lengths) : NULL;
  return self;
}

ScopeTable *
scope_table_ref (ScopeTable *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_table_unref (ScopeTable *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  unref_matrices (self->threshold, self->n_lengths);
  unref_matrices (self->alpha, self->n_lengths);
  scope_matrix_unref (self->target);
  scope_matrix_unref (self->ln_decay);
  g_free (self->lengths);
  g_free (self->reduction);
  g_free (self->model_hash);
  g_free (self);
}

const char *
scope_table_model_hash (const ScopeTable *self)
{
  return self->model_hash;
}

gsize
scope_table_windows (const ScopeTable *self)
{
  return self->windows;
}

const char *
scope_table_reduction (const ScopeTable *self)
{
  return self->reduction;
}

gsize
scope_table_train_length (const ScopeTable *self)
{
  return self->train_length;
}

double
scope_table_theta (const ScopeTable *self)
{
  return self->theta;
}

double
scope_table_top (const ScopeTable *self)
{
  return self->top;
}

const ScopeMatrix *
scope_table_ln_decay (const ScopeTable *self)
{
  return self->ln_decay;
}

const ScopeMatrix *
scope_table_target (const ScopeTable *self)
{
  return self->target;
}

gsize
scope_table_n_lengths (const ScopeTable *self)
{
  return self->n_lengths;
}

gsize
scope_table_length (const ScopeTable *self, gsize index)
{
  return self->lengths[index];
}

const ScopeMatrix *
scope_table_threshold (const ScopeTable *self, gsize index)
{
  return self->threshold[index];
}

const ScopeMatrix *
scope_table_alpha (const ScopeTable *self, gsize index)
{
  return self->alpha != NULL ? self->alpha[index] : NULL;
}

gsize
scope_table_nearest (const ScopeTable *self, gsize length)
{
  gsize best = 0;
  for (gsize s = 1; s < self->n_lengths; s++) {
    gsize was = self->lengths[best], is = self->lengths[s];
    gsize far = length > was ? length - was : was - length;
    gsize near = length > is ? length - is : is - length;
    if (near < far) /* the lengths ascend: a tie stays with the shorter */
      best = s;
  }
  return best;
}

static gboolean
add_matrices (GPtrArray *out, const ScopeConfig *config, gsize count, GError **error)
{
  for (gsize s = 0; s < count; s++) {
    ScopeMatrix *matrix
        = scope_matrix_new (SCOPE_REAL_F64, config->n_layer, config->channels, error);
    if (matrix == NULL)
      return FALSE;
    g_ptr_array_add (out, matrix);
  }
  return TRUE;
}

gboolean
scope_table_numbers_init (ScopeTableNumbers *self, const ScopeConfig *config, gsize n_lengths,
                          GError **error)
{
  gsize layers = config->n_layer, channels = config->channels;
  self->threshold = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_matrix_unref);
  self->alpha = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_matrix_unref);
  self->ln_decay = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
  if (self->ln_decay == NULL)
    return FALSE;
  self->target = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
  return self->target != NULL && add_matrices (self->threshold, config, n_lengths, error)
         && add_matrices (self->alpha, config, n_lengths, error);
}

void
scope_table_numbers_clear (ScopeTableNumbers *self)
{
  g_clear_pointer (&self->ln_decay, scope_matrix_unref);
  g_clear_pointer (&self->target, scope_matrix_unref);
  g_clear_pointer (&self->threshold, g_ptr_array_unref);
  g_clear_pointer (&self->alpha, g_ptr_array_unref);
}
