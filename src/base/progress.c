#include "base/progress.h"

#include "base/error.h"

ScopeProgress
scope_progress_span (ScopeProgress *parent, double begin, double end)
{
  ScopeProgress span = { 0, NULL, NULL, parent, begin, end, NULL };
  return span;
}

gboolean
scope_progress_is_cancelled (ScopeProgress *self)
{
  for (; self != NULL; self = self->parent)
    if (g_atomic_int_get (&self->cancelled))
      return TRUE;
  return FALSE;
}

gboolean
scope_progress_check (ScopeProgress *self, double fraction, const char *what, GError **error)
{
  g_autofree char *noted = NULL;
  fraction = CLAMP (fraction, 0.0, 1.0);
  for (ScopeProgress *at = self; at != NULL; at = at->parent) {
    if (at->note != NULL && what != NULL) {
      char *longer = g_strdup_printf ("%s · %s", what, at->note);
      g_free (noted);
      what = noted = longer;
    }
    if (at->report != NULL)
      at->report (fraction, what, at->data);
    fraction = at->begin + fraction * (at->end - at->begin);
  }
  if (!scope_progress_is_cancelled (self))
    return TRUE;
  g_set_error_literal (error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

void
scope_progress_cancel (ScopeProgress *self)
{
  g_atomic_int_set (&self->cancelled, 1);
}
