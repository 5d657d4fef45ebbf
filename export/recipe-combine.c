/* Panels that are made of two passes: comparisons, maps with the tokens marked that a filter drops,
 * and decay before a filter beside that after it. */
#include <string.h>

#include "base/error.h"
#include "export/recipe-pass.h"

static const char *
filter_words (const char *filter)
{
  return strcmp (filter, "off") == 0 ? "no filter" : filter;
}

static char *
comparison_title (const ScopeResult *first, const ScopeShot *shots, const char *between)
{
  return g_strdup_printf ("%s, %s%s%s", first->title, filter_words (shots[0].filter), between,
                          filter_words (shots[1].filter));
}

static void
describe_both (ScopeResult *result, const ScopeShot *shots)
{
  scope_provenance_set (result->provenance, "filter", "%s and %s", shots[0].filter,
                        shots[1].filter);
}

/* The second map above the diagonal of the first. */
static ScopeResult *
split (ScopeShot *shots, GError **error)
{
  ScopeResult *first = shots[0].result, *second = shots[1].result;
  const ScopeRange *range = &first->range;
  if (range->row_begin != range->column_begin || range->row_end != range->column_end) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "mode split needs a square range on the diagonal");
    return NULL;
  }
  first->mirror = scope_matrix_ref (second->matrix);
  first->mirror_start = g_steal_pointer (&second->boundary_start);
  second->n_boundary = 0;
  first->exact &= second->exact;
  return scope_result_ref (first);
}

static ScopeResult *
difference (ScopeShot *shots, GError **error)
{
  ScopeResult *first = shots[0].result, *second = shots[1].result;
  gsize rows = scope_matrix_rows (first->matrix), columns = scope_matrix_columns (first->matrix);
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, rows, columns, error);
  if (out == NULL)
    return NULL;
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      scope_matrix_set (out, r, c,
                        scope_matrix_get (second->matrix, r, c)
                            - scope_matrix_get (first->matrix, r, c));
  g_clear_pointer (&first->matrix, scope_matrix_unref);
  first->matrix = out;
  first->exact &= second->exact;
  first->n_boundary = 0;
  g_autofree char *label = first->value_label;
  first->value_label = g_strdup_printf ("difference of %s", label);
  return scope_result_ref (first);
}

/* A line each: families of two, for what compares is the filter and not the class. */
static ScopeResult *
two_lines (ScopeShot *shots)
{
  ScopeResult *first = shots[0].result;
  for (gint k = 0; k < 2; k++) {
    const char *words = filter_words (shots[k].filter);
    g_autofree char *name = g_strdup_printf ("%s: %s", k == 0 ? "A" : "B", words);
    const ScopeCurve *curve = g_ptr_array_index (shots[k].result->curves, 0);
    scope_result_add_series (first, name, k, curve->x, curve->y, NULL, NULL, curve->count);
  }
  g_ptr_array_remove_index (first->curves, 0);
  return scope_result_ref (first);
}

/* What the second filter drops is struck through. */
static ScopeResult *
text_difference (ScopeShot *shots)
{
  ScopeResult *first = shots[0].result, *second = shots[1].result;
  for (gsize c = 0; c < scope_matrix_columns (first->matrix); c++)
    scope_matrix_set (first->matrix, 0, c,
                      scope_matrix_get (second->matrix, 0, c)
                          - scope_matrix_get (first->matrix, 0, c));
  g_free (first->dropped);
  first->dropped = g_steal_pointer (&second->dropped);
  g_autofree char *label = first->value_label;
  first->value_label = g_strdup_printf ("difference of %s", label);
  return scope_result_ref (first);
}

static ScopeResult *
side_by_side (ScopeShot *shots)
{
  ScopeResult *out = scope_result_new (SCOPE_RESULT_TILES);
  const ScopeProvenance *source = shots[0].result->provenance;
  for (gsize k = 0; k < scope_provenance_count (source); k++) {
    const char *key, *value;
    scope_provenance_nth (source, k, &key, &value);
    scope_provenance_set (out->provenance, key, "%s", value);
  }
  out->title = g_strdup (shots[0].result->title);
  out->value_label = g_strdup (shots[0].result->value_label);
  out->tile_columns = 2;
  for (int k = 0; k < 2; k++) {
    ScopeResult *tile = shots[k].result;
    g_free (tile->title);
    tile->title = g_strdup (filter_words (shots[k].filter));
    out->exact &= tile->exact;
    g_ptr_array_add (out->tiles, scope_result_ref (tile));
  }
  return out;
}

static ScopeResult *
combine (ScopeCompareMode mode, ScopeShot *shots, GError **error)
{
  switch (mode) {
  case SCOPE_COMPARE_SPLIT:
    return split (shots, error);
  case SCOPE_COMPARE_DIFFERENCE:
    return difference (shots, error);
  case SCOPE_COMPARE_DECAY:
    return two_lines (shots);
  case SCOPE_COMPARE_TEXT:
    return text_difference (shots);
  default:
    return side_by_side (shots);
  }
}

static ScopeResult *
compare (const ScopeRecipePanel *panel, ScopeShot *shots, GError **error)
{
  static const char *const between[SCOPE_N_COMPARE_MODES]
      = { " \\ ", " | ", " → ", " and ", " → " };
  g_autofree char *title = comparison_title (shots[0].result, shots, between[panel->mode]);
  ScopeResult *result = combine (panel->mode, shots, error);
  if (result == NULL)
    return NULL;
  describe_both (result, shots);
  if (panel->title == NULL) {
    g_free (result->title);
    result->title = g_steal_pointer (&title);
  }
  return result;
}

/* The marks go with the map's own columns. */
static ScopeResult *
mark (const ScopeRecipePanel *panel, ScopeShot *shots)
{
  ScopeResult *first = shots[0].result;
  g_free (first->dropped);
  first->dropped = g_steal_pointer (&shots[1].result->dropped);
  scope_provenance_set (first->provenance, "mark", "%s", panel->mark);
  return scope_result_ref (first);
}

static const ScopeCurve *
find_curve (const ScopeResult *result, const char *name)
{
  for (guint k = 0; k < result->curves->len; k++) {
    const ScopeCurve *curve = g_ptr_array_index (result->curves, k);
    if (strcmp (curve->name, name) == 0)
      return curve;
  }
  return NULL;
}

/* How the shown channels' lines were, after them. */
static ScopeResult *
add_before (ScopeShot *shots)
{
  ScopeResult *after = shots[0].result;
  guint count = after->curves->len;
  for (guint k = 0; k < count; k++) {
    const ScopeCurve *curve = g_ptr_array_index (after->curves, k);
    const ScopeCurve *before = find_curve (shots[1].result, curve->name);
    if (before != NULL)
      scope_result_add_series (after, curve->name, SCOPE_SERIES_BEFORE, before->x, before->y, NULL,
                               NULL, before->count);
  }
  return scope_result_ref (after);
}

ScopeResult *
scope_panel_combine (const ScopeRecipePanel *panel, ScopeShot *shots, gsize count, GError **error)
{
  if (count < 2)
    return scope_result_ref (shots[0].result);
  if (panel->kind == SCOPE_PANEL_DECAY)
    return add_before (shots);
  return panel->kind == SCOPE_PANEL_COMPARE ? compare (panel, shots, error) : mark (panel, shots);
}
