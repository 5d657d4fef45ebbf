#include "fixture.h"

#include <math.h>
#include <string.h>

static void
describe (ScopeResult *result, gsize tokens)
{
  ScopeProvenance *provenance = result->provenance;
  scope_provenance_set (provenance, "program", "mambascope test");
  scope_provenance_set (provenance, "model", "hand-made");
  scope_provenance_set (provenance, "text", "prose & <markup> \"quoted\" – Größe α");
  scope_provenance_set (provenance, "tokens", "%" G_GSIZE_FORMAT, tokens);
  scope_provenance_set (provenance, "filter", "off");
}

static void
add_boundary (ScopeResult *map, gsize tokens, double reach)
{
  gsize count = MIN (tokens, 64);
  map->n_boundary = count;
  map->boundary_row = g_new (gint32, count);
  map->boundary_start = g_new (gint32, count);
  for (gsize k = 0; k < count; k++) {
    gsize row = k * tokens / count;
    map->boundary_row[k] = (gint32)row;
    map->boundary_start[k] = (gint32)MAX (0.0, (double)row - reach);
  }
}

ScopeResult *
fixture_map (gsize cells, gsize tokens, double rate, gboolean is_signed)
{
  ScopeResult *map = scope_result_new (SCOPE_RESULT_MAP);
  double step = (double)tokens / (double)cells;
  map->matrix = scope_matrix_new (SCOPE_REAL_F32, cells, cells, NULL);
  for (gsize r = 0; r < cells; r++)
    for (gsize c = 0; c <= r; c++) {
      double value = 0.3 * exp (-rate * step * (double)(r - c)) * (1.2 + sin ((double)c));
      scope_matrix_set (map->matrix, r, c, is_signed && (r + c) % 3 == 0 ? -value : value);
    }
  map->range = (ScopeRange){ 0, tokens, 0, tokens };
  map->title = g_strdup ("layer 3 · head 5");
  map->value_label = g_strdup (is_signed ? "mean α" : "mean |α|");
  scope_provenance_set (map->provenance, "matrix", "s6");
  describe (map, tokens);
  add_boundary (map, tokens, log (300) / rate);
  return map;
}

void
fixture_drop (ScopeResult *map)
{
  gsize count = map->range.column_end, cells = scope_matrix_columns (map->matrix);
  map->dropped = g_new0 (guint8, count);
  for (gsize c = 0; c < count; c++)
    map->dropped[c] = (c * cells / count) % 3 != 0;
  for (gsize r = 0; r < cells; r++)
    for (gsize c = 0; c < cells; c++)
      if (c % 3 != 0)
        scope_matrix_set (map->matrix, r, c, 0);
  map->exact = FALSE;
  scope_provenance_set (map->provenance, "filter", "longmamba");
}

ScopeResult *
fixture_decay (gsize count, gsize tokens)
{
  enum { POINTS = 80 };
  ScopeResult *result = scope_result_new (SCOPE_RESULT_CURVES);
  double x[POINTS], y[POINTS];
  result->title = g_strdup ("layer 3");
  result->x_label = g_strdup ("tokens");
  result->y_label = g_strdup ("ln cumulative decay");
  result->x_mark = (double)tokens / 4;
  result->y_mark = log (1e-5);
  for (gsize h = 0; h < count; h++) {
    double total = 90 * pow ((double)(h + 1) / (double)count, 3);
    for (int k = 0; k < POINTS; k++) {
      x[k] = (double)tokens * k / (POINTS - 1);
      y[k] = -total * (k + 2 * sin (0.4 * k)) / POINTS;
    }
    g_autofree char *name = g_strdup_printf ("head %" G_GSIZE_FORMAT, h);
    scope_result_add_curve (result, name, y[POINTS / 4] > result->y_mark, x, y, POINTS);
  }
  describe (result, tokens);
  return result;
}

ScopeResult *
fixture_checkerboard (void)
{
  ScopeResult *map = scope_result_new (SCOPE_RESULT_MAP);
  map->matrix = scope_matrix_new (SCOPE_REAL_F32, 8, 8, NULL);
  for (gsize r = 0; r < 8; r++)
    for (gsize c = 0; c <= r; c++)
      scope_matrix_set (map->matrix, r, c, (r + c) % 2 == 0 ? 1 : 1e-3);
  map->range = (ScopeRange){ 0, 8, 0, 8 };
  map->value_label = g_strdup ("α");
  return map;
}

static ScopeFigure *
take (const ScopeStyle *style, ScopeResult *result)
{
  ScopeFigure *figure = scope_figure_new (style);
  scope_figure_add (figure, result);
  scope_result_unref (result);
  scope_figure_set_recipe (figure, "{ \"mambascope\": 1, \"text\": \"Größe.txt\" }");
  return figure;
}

static ScopeFigure *
grid_figure (ScopeStyle *style)
{
  style->width_mm = 120;
  style->share_range = TRUE;
  ScopeFigure *figure = take (style, fixture_map (16, 512, 0.01, FALSE));
  ScopeResult *others[] = { fixture_map (32, 512, 0.05, FALSE), fixture_map (24, 2048, 0.01, FALSE),
                            fixture_decay (6, 2048) };
  fixture_drop (others[1]);
  scope_figure_set_columns (figure, 2);
  for (gsize k = 0; k < G_N_ELEMENTS (others); k++) {
    scope_figure_add (figure, others[k]);
    scope_result_unref (others[k]);
  }
  return figure;
}

ScopeFigure *
fixture_figure (const char *name)
{
  ScopeStyle style;
  scope_style_init (&style);
  style.width_mm = 60;
  if (strcmp (name, "map") == 0)
    return take (&style, fixture_map (64, 2048, 0.006, FALSE));
  if (strcmp (name, "dropped") == 0) {
    ScopeResult *map = fixture_map (12, 12, 0.6, FALSE);
    fixture_drop (map);
    return take (&style, map);
  }
  if (strcmp (name, "decay") == 0)
    return take (&style, fixture_decay (6, 1024));
  if (strcmp (name, "crowd") == 0)
    return take (&style, fixture_decay (80, 1024));
  if (strcmp (name, "grid") == 0)
    return grid_figure (&style);
  if (strcmp (name, "checkerboard") == 0)
    return take (&style, fixture_checkerboard ());
  style.palette = SCOPE_PALETTE_BALANCE;
  style.norm = SCOPE_NORM_SYMLOG;
  return strcmp (name, "signed") == 0 ? take (&style, fixture_map (24, 24, 0.3, TRUE)) : NULL;
}
