/* What a figure says about itself to machines: its title and the pairs that writers embed. */

#include "export/figure-private.h"

static const ScopeResult *
panel_at (const ScopeFigure *figure, gsize k)
{
  return g_ptr_array_index (figure->panels, k);
}

static const char *
panel_fact (const ScopeFigure *figure, gsize k, const char *key)
{
  const ScopeResult *result = panel_at (figure, k);
  return result->provenance != NULL ? scope_provenance_get (result->provenance, key) : NULL;
}

void
scope_figure_metadata (const ScopeFigure *figure, ScopeMetadataFunc func, gpointer data)
{
  for (gsize k = 0; k < figure->panels->len; k++) {
    const ScopeProvenance *provenance = panel_at (figure, k)->provenance;
    for (gsize n = 0; provenance != NULL && n < scope_provenance_count (provenance); n++) {
      const char *key, *value;
      scope_provenance_nth (provenance, n, &key, &value);
      if (k > 0 && g_strcmp0 (panel_fact (figure, 0, key), value) == 0)
        continue;
      g_autofree char *name
          = k == 0 ? g_strdup (key) : g_strdup_printf ("panel-%" G_GSIZE_FORMAT ":%s", k + 1, key);
      func (name, value, data);
    }
  }
  if (figure->recipe != NULL)
    func ("recipe", figure->recipe, data);
}

char *
scope_figure_title (const ScopeFigure *figure)
{
  const char *model = figure->panels->len > 0 ? panel_fact (figure, 0, "model") : NULL;
  const char *title = figure->panels->len > 0 ? panel_at (figure, 0)->title : NULL;
  if (model != NULL && title != NULL && figure->panels->len == 1)
    return g_strdup_printf ("%s, %s", model, title);
  return g_strdup (model != NULL ? model : title != NULL ? title : "Mambascope figure");
}
