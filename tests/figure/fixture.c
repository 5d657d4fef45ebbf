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

ScopeResult *
fixture_atlas (void)
{
  enum { COUNT = 12 };
  ScopeResult *result = scope_result_new (SCOPE_RESULT_TILES);
  for (int k = 0; k < COUNT; k++) {
    ScopeResult *tile = fixture_map (24, 512, 0.3 * pow (0.62, k), FALSE);
    g_free (tile->title);
    tile->title = g_strdup_printf ("%d", 7 * k);
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    scope_provenance_set (tile->provenance, "ln-decay", "%s",
                          g_ascii_dtostr (number, sizeof number, -60 * pow (0.5, k)));
    scope_provenance_set (tile->provenance, "class", k < 4 ? "local" : "global");
    g_ptr_array_add (result->tiles, tile);
  }
  result->tile_columns = 4;
  result->value_label = g_strdup ("mean |α|");
  result->title = g_strdup ("twelve channels");
  describe (result, 512);
  return result;
}

ScopeResult *
fixture_strip (void)
{
  static const char *const words[]
      = { " the", " last", " light", " Größe", "⏎", "It", " fell", "." };
  enum { COUNT = 40 };
  ScopeResult *result = scope_result_new (SCOPE_RESULT_STRIP);
  result->matrix = scope_matrix_new (SCOPE_REAL_F64, 1, COUNT, NULL);
  result->range = (ScopeRange){ 99, 100, 60, 60 + COUNT };
  result->words = g_new0 (char *, COUNT + 1);
  for (int k = 0; k < COUNT; k++) {
    result->words[k] = g_strdup (words[k % (int)G_N_ELEMENTS (words)]);
    scope_matrix_set (result->matrix, 0, (gsize)k, exp (-0.2 * ((k * 7) % COUNT)));
  }
  result->value_label = g_strdup ("|α| of query 99");
  result->title = g_strdup ("layer 3 · head 5");
  describe (result, 512);
  return result;
}

ScopeResult *
fixture_family (gsize count)
{
  enum { POINTS = 6 };
  ScopeResult *result = scope_result_new (SCOPE_RESULT_CURVES);
  double x[POINTS], y[POINTS], low[POINTS], high[POINTS];
  for (gsize f = 0; f < count; f++) {
    for (int k = 0; k < POINTS; k++) {
      x[k] = 128 * pow (2, k);
      y[k] = 20 * exp ((double)f * 0.4 * k);
      low[k] = y[k] / 1.4;
      high[k] = y[k] * 1.4;
    }
    g_autofree char *name = g_strdup_printf ("filter %" G_GSIZE_FORMAT, f);
    scope_result_add_series (result, name, (gint)f, x, y, low, high, POINTS);
  }
  result->x_label = g_strdup ("length (tokens)");
  result->y_label = g_strdup ("perplexity");
  result->title = g_strdup ("perplexity");
  result->x_log = result->y_log = TRUE;
  result->x_mark = 256;
  describe (result, 4096);
  scope_provenance_set (result->provenance, "score", "100");
  scope_provenance_set (result->provenance, "windows", "8");
  return result;
}

/* The mirrored map is another one. */
static ScopeResult *
split_map (void)
{
  ScopeResult *map = fixture_map (24, 512, 0.05, FALSE),
              *other = fixture_map (24, 512, 0.005, FALSE);
  map->mirror = scope_matrix_ref (other->matrix);
  map->mirror_start = g_steal_pointer (&other->boundary_start);
  other->n_boundary = 0;
  scope_result_unref (other);
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

/* A panel of two rows and one of two columns, norms of their own, a title. */
static ScopeFigure *
mosaic_figure (ScopeStyle *style)
{
  style->width_mm = 140;
  style->share_range = TRUE;
  ScopeFigure *figure = scope_figure_new (style);
  ScopeResult *results[] = { fixture_map (24, 512, 0.02, FALSE), fixture_map (24, 512, 0.1, FALSE),
                             fixture_family (2), fixture_strip () };
  const ScopePanelLook looks[] = {
    { .rows = 2, .columns = 2 },
    { .own = TRUE, .palette = SCOPE_PALETTE_CIVIDIS, .norm = SCOPE_NORM_RANK, .gamma = 1 },
    { .rows = 1 },
    { .own = TRUE,
      .palette = SCOPE_PALETTE_GREY,
      .norm = SCOPE_NORM_POWER,
      .gamma = 0.5,
      .low = 0,
      .high = 1,
      .columns = 3 },
  };
  scope_figure_set_columns (figure, 3);
  scope_figure_set_title (figure, "A mosaic of everything");
  for (gsize k = 0; k < G_N_ELEMENTS (results); k++) {
    scope_figure_add_panel (figure, results[k], &looks[k]);
    scope_result_unref (results[k]);
  }
  scope_figure_set_recipe (figure, "{ \"mambascope\": 1, \"text\": \"Größe.txt\" }");
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
  if (strcmp (name, "thicket") == 0) {
    style.font_pt = 9;
    return take (&style, fixture_decay (6, 1024));
  }
  if (strcmp (name, "crowd") == 0)
    return take (&style, fixture_decay (80, 1024));
  if (strcmp (name, "grid") == 0)
    return grid_figure (&style);
  if (strcmp (name, "checkerboard") == 0)
    return take (&style, fixture_checkerboard ());
  if (strcmp (name, "atlas") == 0)
    return take (&style, fixture_atlas ());
  if (strcmp (name, "strip") == 0)
    return take (&style, fixture_strip ());
  if (strcmp (name, "split") == 0)
    return take (&style, split_map ());
  if (strcmp (name, "family") == 0)
    return take (&style, fixture_family (2));
  if (strcmp (name, "families") == 0)
    return take (&style, fixture_family (6));
  if (strcmp (name, "mosaic") == 0)
    return mosaic_figure (&style);
  style.palette = SCOPE_PALETTE_BALANCE;
  style.norm = SCOPE_NORM_SYMLOG;
  return strcmp (name, "signed") == 0 ? take (&style, fixture_map (24, 24, 0.3, TRUE)) : NULL;
}
