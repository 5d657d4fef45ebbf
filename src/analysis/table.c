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
};

ScopeTable *
scope_table_new (const char *model_hash, gsize train_length, double theta, double top,
                 gsize windows, const char *reduction, const gsize *lengths, gsize n_lengths,
                 ScopeMatrix *ln_decay, ScopeMatrix *target, ScopeMatrix *const *threshold)
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
  self->threshold = g_new (ScopeMatrix *, n_lengths);
  for (gsize s = 0; s < n_lengths; s++)
    self->threshold[s] = scope_matrix_ref (threshold[s]);
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
  for (gsize s = 0; s < self->n_lengths; s++)
    scope_matrix_unref (self->threshold[s]);
  g_free (self->threshold);
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

gboolean
scope_table_numbers_init (ScopeTableNumbers *self, const ScopeConfig *config, gsize n_lengths,
                          GError **error)
{
  gsize layers = config->n_layer, channels = config->channels;
  self->threshold = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_matrix_unref);
  self->ln_decay = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
  if (self->ln_decay == NULL)
    return FALSE;
  self->target = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
  if (self->target == NULL)
    return FALSE;
  for (gsize s = 0; s < n_lengths; s++) {
    ScopeMatrix *threshold = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
    if (threshold == NULL)
      return FALSE;
    g_ptr_array_add (self->threshold, threshold);
  }
  return TRUE;
}

void
scope_table_numbers_clear (ScopeTableNumbers *self)
{
  g_clear_pointer (&self->ln_decay, scope_matrix_unref);
  g_clear_pointer (&self->target, scope_matrix_unref);
  g_clear_pointer (&self->threshold, g_ptr_array_unref);
}
