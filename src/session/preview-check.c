/* What the preflight finds, and the files as bytes: on a thread of their own, the newest wins. A
 * figure that nobody changes may be drawn on several threads. */
#include "session/preview-private.h"

typedef struct {
  GWeakRef preview; /* its last reference must not be the thread's */
  ScopeFigure *figure;
  double dpi;
  ScopeFileFormat format;
  GPtrArray *flaws; /* made */
  GBytes *bytes[SCOPE_N_PICTURES];
} Check;

static void
check_free (gpointer data)
{
  Check *check = data;

  g_weak_ref_clear (&check->preview);
  scope_figure_unref (check->figure);
  g_clear_pointer (&check->flaws, g_ptr_array_unref);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++)
    g_clear_pointer (&check->bytes[k], g_bytes_unref);
  g_free (check);
}

static gboolean
wants (ScopeFileFormat format, ScopeFileFormat of)
{
  return of == format || of == SCOPE_FILE_PNG || of == SCOPE_FILE_SVG;
}

static void
work_check (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Check *check = data;
  g_autoptr (GError) error = NULL;

  if (g_task_return_error_if_cancelled (task)) /* before it had its turn */
    return;
  check->flaws
      = scope_figure_preflight (check->figure, check->format == SCOPE_FILE_PNG ? check->dpi : 0);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++) {
    if (g_task_return_error_if_cancelled (task))
      return;
    if (!wants (check->format, k))
      continue;
    check->bytes[k]
        = scope_figure_encode (check->figure, scope_file_ending (k), check->dpi, &error);
    if (check->bytes[k] == NULL) {
      /* A picture too large for its format is no flaw of the others; writing it will say so. */
      g_clear_error (&error);
    }
  }
  g_task_return_boolean (task, TRUE);
}

static void
on_check (GObject *source, GAsyncResult *result, gpointer data)
{
  Check *check = g_task_get_task_data (G_TASK (result));
  g_autoptr (ScopePreview) self = g_weak_ref_get (&check->preview);

  if (self == NULL || g_task_get_cancellable (G_TASK (result)) != self->checking
      || !g_task_propagate_boolean (G_TASK (result), NULL))
    return;
  g_clear_object (&self->checking);
  self->flaws = g_steal_pointer (&check->flaws);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++)
    self->bytes[k] = g_steal_pointer (&check->bytes[k]);
  scope_preview_notify (self, PREVIEW_CHECKED);
}

void
scope_preview_forget_check (ScopePreview *self)
{
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  g_clear_pointer (&self->flaws, g_ptr_array_unref);
  for (guint k = 0; k < SCOPE_N_PICTURES; k++)
    g_clear_pointer (&self->bytes[k], g_bytes_unref);
}

void
scope_preview_check (ScopePreview *self)
{
  scope_preview_forget_check (self);
  scope_preview_notify (self, PREVIEW_CHECKED);
  Check *check = g_new0 (Check, 1);

  g_weak_ref_init (&check->preview, self);
  check->figure = scope_figure_ref (self->figure);
  check->dpi = scope_recipe_dpi (self->recipe);
  check->format = self->format;
  self->checking = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (NULL, self->checking, on_check, NULL);
  g_task_set_task_data (task, check, check_free);
  g_task_run_in_thread (task, work_check);
}

const GPtrArray *
scope_preview_get_flaws (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), NULL);

  return self->flaws;
}

GBytes *
scope_preview_get_bytes (ScopePreview *self, ScopeFileFormat format)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self) && format < SCOPE_N_PICTURES, NULL);

  return self->bytes[format];
}
