/* One norm for each coloured panel: fitted to what it colours, alone or with those it shares with.
 */
#include <math.h>

#include "export/figure-private.h"

/* Fixed ends win; a diverging palette keeps zero in its middle. */
static ScopeNorm
finish_norm (const ScopePanelLook *look, ScopeNorm norm)
{
  gboolean linear = norm.kind == SCOPE_NORM_LINEAR || norm.kind == SCOPE_NORM_POWER;
  norm.gamma = look->gamma > 0 ? look->gamma : SCOPE_DEFAULT_GAMMA;
  if (norm.kind == SCOPE_NORM_RANK)
    return norm;
  if (isfinite (look->low))
    norm.low = look->low;
  if (isfinite (look->high))
    norm.high = look->high;
  if (norm.kind == SCOPE_NORM_LINEAR && look->palette == SCOPE_PALETTE_BALANCE) {
    norm.high = MAX (fabs (norm.low), fabs (norm.high));
    norm.low = -norm.high;
  }
  if (!linear && !(norm.low > 0))
    norm.low = norm.high > 0 ? norm.high * 1e-5 : 1e-5;
  if (!(norm.high > norm.low))
    norm.high = linear ? norm.low + 1 : norm.low * 10;
  return norm;
}

static ScopeNorm
fit (const ScopeFigure *figure, const ScopePanelLook *look, GPtrArray *matrices)
{
  ScopeNorm norm
      = scope_norm_fit_all (look->norm, (const ScopeMatrix *const *)matrices->pdata, matrices->len);
  return finish_norm (look, norm);
}

/* A split triangle shows two maps, so its upper half is not empty; that half of a plain map is
 * zeros that a linear norm may see. */
static ScopeNorm *
fit_all (const ScopeFigure *figure)
{
  gsize count = figure->panels->len;
  ScopeNorm *norms = g_new0 (ScopeNorm, MAX (count, 1));
  g_autoptr (GPtrArray) shared = g_ptr_array_new ();
  for (gsize k = 0; k < count; k++)
    if (scope_figure_shares (figure, k))
      scope_result_matrices (g_ptr_array_index (figure->panels, k), shared);
  gssize first = -1;
  for (gsize k = 0; k < count; k++) {
    const ScopeResult *result = g_ptr_array_index (figure->panels, k);
    ScopePanelLook look = scope_figure_look (figure, k);
    if (!scope_result_is_coloured (result))
      continue;
    if (scope_figure_shares (figure, k)) {
      norms[k] = first >= 0 ? norms[first] : fit (figure, &look, shared);
      first = first >= 0 ? first : (gssize)k;
      continue;
    }
    g_autoptr (GPtrArray) own = g_ptr_array_new ();
    scope_result_matrices (result, own);
    norms[k] = fit (figure, &look, own);
  }
  return norms;
}

/* Several threads may be the first: one's norms stay, which are the others' too. */
static const ScopeNorm *
norms_of (const ScopeFigure *figure)
{
  gpointer *slot = (gpointer *)&((ScopeFigure *)figure)->norms;
  ScopeNorm *norms = g_atomic_pointer_get (slot);
  if (norms != NULL)
    return norms;
  norms = fit_all (figure);
  if (g_atomic_pointer_compare_and_exchange (slot, NULL, norms))
    return norms;
  g_free (norms);
  return g_atomic_pointer_get (slot);
}

void
scope_layout_fit_norms (ScopeLayout *self, const ScopeFigure *figure)
{
  const ScopeNorm *norms = norms_of (figure);
  for (gsize k = 0; k < self->count; k++) {
    if (!scope_result_is_coloured (g_ptr_array_index (figure->panels, k)))
      continue;
    self->boxes[k].palette = scope_figure_look (figure, k).palette;
    self->boxes[k].norm = norms[k];
  }
}
