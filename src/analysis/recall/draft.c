/* A draft: what a trial says, before it is known how long it is. */
#include <stdlib.h>

#include "analysis/recall/recall-private.h"
#include "base/error.h"

static void
needle_clear (gpointer needle)
{
  g_free (((ScopeNeedle *)needle)->text);
}

static ScopeDraft *
draft_alloc (ScopeTrials *trials, const ScopeTask *task, gsize trial)
{
  const ScopeTrialSource *source = scope_trials_source (trials);
  const guint32 seeds[] = { source->seed, scope_task_kind (task)->key, (guint32)trial };
  ScopeDraft *self = g_new0 (ScopeDraft, 1);
  self->trials = trials;
  self->task = task;
  self->trial = trial;
  /* Not of the length: the same trial hides the same facts at every length. */
  self->random = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  self->depth = ((double)trial + 0.5) / (double)source->trials;
  self->head = g_string_new (NULL);
  self->tail = g_string_new (NULL);
  self->answers = g_ptr_array_new_with_free_func (g_free);
  self->needles = g_array_new (FALSE, FALSE, sizeof (ScopeNeedle));
  g_array_set_clear_func (self->needles, needle_clear);
  self->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static gboolean
has_parameter (const ScopeTask *task, const char *name)
{
  const ScopeTaskInfo *info = scope_task_get_info (task);
  for (gsize p = 0; p < SCOPE_TASK_PARAMETERS && info->parameters[p].name != NULL; p++)
    if (g_str_equal (info->parameters[p].name, name))
      return TRUE;
  return FALSE;
}

ScopeDraft *
scope_draft_new (ScopeTrials *trials, const ScopeTask *task, gsize trial, GError **error)
{
  g_autoptr (ScopeDraft) self = draft_alloc (trials, task, trial);
  if (has_parameter (task, "depth") && !isnan (scope_task_get (task, "depth")))
    self->depth = scope_task_get (task, "depth") / 100;
  if (has_parameter (task, "generate"))
    self->generate = scope_draft_get (self, "generate");
  if (!scope_task_kind (task)->make (self, error))
    return NULL;
  if (self->reserve == 0)
    self->reserve = self->generate;
  return g_steal_pointer (&self);
}

void
scope_draft_free (ScopeDraft *self)
{
  if (self == NULL)
    return;
  if (self->free_state != NULL)
    self->free_state (self->state);
  g_rand_free (self->random);
  g_string_free (self->head, TRUE);
  g_string_free (self->tail, TRUE);
  g_ptr_array_unref (self->answers);
  g_array_unref (self->needles);
  g_hash_table_unref (self->used);
  g_free (self);
}

gsize
scope_draft_get (const ScopeDraft *self, const char *parameter)
{
  return (gsize)scope_task_get (self->task, parameter);
}

void
scope_draft_add_needle (ScopeDraft *self, char *text, double depth, gboolean asked)
{
  g_array_append_vals (self->needles, &(ScopeNeedle){ text, depth, asked }, 1);
}

static int
compare_depths (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double *
scope_draft_depths (ScopeDraft *self, gsize count)
{
  double *depths = g_new (double, MAX (count, 1));
  for (gsize d = 0; d < count; d++)
    depths[d] = g_rand_double (self->random);
  qsort (depths, count, sizeof *depths, compare_depths);
  return depths;
}
