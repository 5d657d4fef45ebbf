/* The caption: whole sentences, ready to paste. Facts that all panels share are said once; those
 * that differ stand at their panel. */
#include <string.h>

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

/* The value of KEY if all panels that have one have the same, else NULL. */
static const char *
common_fact (const ScopeFigure *figure, const char *key)
{
  const char *common = NULL;
  for (gsize k = 0; k < figure->panels->len; k++) {
    const char *value = panel_fact (figure, k, key);
    if (value == NULL)
      continue;
    if (common != NULL && strcmp (common, value) != 0)
      return NULL;
    common = value;
  }
  return common;
}

static gssize
first_of (const ScopeFigure *figure, ScopeResultKind kind)
{
  for (gsize k = 0; k < figure->panels->len; k++)
    if (panel_at (figure, k)->kind == kind)
      return (gssize)k;
  return -1;
}

static char
panel_letter (gsize k)
{
  return (char)('a' + k % 26);
}

static void
append_number (GString *text, double value)
{
  g_autofree char *label = scope_tick_label (value, FALSE);
  g_string_append (text, label);
}

/* What the values of the provenance's "matrix" mean. */
static const char *
matrix_words (const char *matrix)
{
  static const char *const words[][2] = {
    { "s6", "the S6 kernel α alone, without convolution, gate and skip" },
    { "skip", "the S6 kernel α with the skip term D" },
    { "full", "the whole map from convolution through S6 kernel α to gate" },
  };
  for (gsize k = 0; matrix != NULL && k < G_N_ELEMENTS (words); k++)
    if (strcmp (matrix, words[k][0]) == 0)
      return words[k][1];
  return matrix;
}

static void
append_fact (GString *text, const char *before, const char *value, const char *after)
{
  if (value != NULL)
    g_string_append_printf (text, "%s%s%s", before, value, after);
}

static void
append_subject (GString *text, const ScopeFigure *figure)
{
  gboolean maps = first_of (figure, SCOPE_RESULT_MAP) >= 0;
  gboolean curves = first_of (figure, SCOPE_RESULT_CURVES) >= 0;
  g_string_append (text, maps && curves ? "Implicit attention and cumulative decay"
                         : maps         ? "Implicit attention"
                                        : "Cumulative decay");
  append_fact (text, " in layer ", common_fact (figure, "layer"), "");
  append_fact (text, " of ", common_fact (figure, "model"), "");
  append_fact (text, " on ", common_fact (figure, "text"), "");
  append_fact (text, " (", common_fact (figure, "tokens"), " tokens)");
  append_fact (text, ", filter ", common_fact (figure, "filter"), "");
  g_string_append (text, ". ");
}

/* "Tokens: 256 (a–e), 4096 (f–j). ": KEY's values, each with the run of panels that has it. */
static void
append_runs (GString *text, const ScopeFigure *figure, const char *key, const char *word)
{
  gsize count = figure->panels->len;
  const char *separator = word;
  for (gsize begin = 0, end; begin < count; begin = end) {
    const char *value = panel_fact (figure, begin, key);
    for (end = begin + 1; end < count && g_strcmp0 (panel_fact (figure, end, key), value) == 0;)
      end++;
    if (value == NULL)
      continue;
    g_string_append_printf (text, "%s%s (%c", separator, value, panel_letter (begin));
    if (end > begin + 1)
      g_string_append_printf (text, "–%c", panel_letter (end - 1));
    g_string_append_c (text, ')');
    separator = ", ";
  }
  if (separator != word)
    g_string_append (text, ". ");
}

/* The titles, then what differs: "a, head 5; b, head 6. Tokens: 256 (a), 4096 (b). " */
static void
append_panels (GString *text, const ScopeFigure *figure)
{
  static const char *const facts[][2] = {
    { "model", "Model: " },   { "text", "Text: " },     { "layer", "Layer: " },
    { "tokens", "Tokens: " }, { "filter", "Filter: " }, { "matrix", "Matrix: " },
  };
  gsize count = figure->panels->len;
  for (gsize k = 0; k < count; k++) {
    const char *title = panel_at (figure, k)->title;
    if (count > 1)
      g_string_append_printf (text, "%c, ", panel_letter (k));
    g_string_append (text, title != NULL ? title : "untitled");
    g_string_append (text, k + 1 < count ? "; " : ". ");
  }
  for (gsize n = 0; n < G_N_ELEMENTS (facts); n++)
    if (common_fact (figure, facts[n][0]) == NULL)
      append_runs (text, figure, facts[n][0], facts[n][1]);
}

static void
append_ends (GString *text, const ScopeNorm *norm)
{
  append_number (text, norm->low);
  g_string_append (text, norm->kind == SCOPE_NORM_SYMLOG ? ", up to ±" : " to ");
  append_number (text, norm->high);
}

/* The norm, once or for each panel, and whether what is coloured is exact. */
static void
append_colours (GString *text, const ScopeFigure *figure, gsize first)
{
  static const char *const words[SCOPE_N_NORMS] = {
    "linear scale from ",
    "logarithmic scale of the absolute value from ",
    "symmetric logarithmic scale, linear below ",
  };
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, figure);
  g_autofree char *label
      = scope_figure_value_label (figure, layout.shared_bar >= 0 ? -1 : (gssize)first);
  g_string_append_printf (text, "Colour: %s, %s", label, words[figure->style.norm]);
  gboolean each = !figure->style.share_range && layout.count > 1;
  for (gsize k = first; k < layout.count && (each || k == first); k++) {
    if (panel_at (figure, k)->kind != SCOPE_RESULT_MAP)
      continue;
    if (each)
      g_string_append_printf (text, "%s%c, ", k > first ? "; " : "", panel_letter (k));
    append_ends (text, &layout.boxes[k].norm);
  }
  g_string_append (text, ". ");
}

/* The worst of the panels' proofs. */
static void
append_proof (GString *text, const ScopeFigure *figure)
{
  double worst = -1;
  for (gsize k = 0; k < figure->panels->len; k++) {
    const char *proof = panel_fact (figure, k, "proof");
    if (proof != NULL)
      worst = MAX (worst, g_ascii_strtod (proof, NULL));
  }
  if (worst < 0)
    return;
  g_autofree char *label = scope_tick_label (worst, FALSE);
  append_fact (text, "Largest |(α + D)u − y| relative to the largest |y|: ", label, ". ");
}

static void
append_maps (GString *text, const ScopeFigure *figure, gsize first)
{
  gboolean boundary, dropped;
  append_fact (text, "The matrix is ", matrix_words (common_fact (figure, "matrix")), ". ");
  append_colours (text, figure, first);
  scope_figure_has_key (figure, &boundary, &dropped);
  if (boundary)
    g_string_append (text, "Dashed red line: start of the receptive field, the first key token "
                           "with |α| > 10⁻³ (the median of neighbouring queries). ");
  if (dropped)
    g_string_append (text, "Dark marks above a map and hatching in it: tokens that the filter "
                           "drops. ");
  append_proof (text, figure);
}

static void
append_curves (GString *text, const ScopeFigure *figure, gsize first)
{
  const ScopeResult *result = panel_at (figure, first);
  g_string_append (text, "Each line is one channel: global (solid, vermilion) or local (blue)");
  if (result->x_mark == result->x_mark) {
    g_string_append (text, "; vertical line: training length, ");
    append_number (text, result->x_mark);
    g_string_append (text, " tokens");
  }
  if (result->y_mark == result->y_mark) {
    g_string_append (text, "; horizontal line: ln θ = ");
    append_number (text, result->y_mark);
  }
  g_string_append (text, ". ");
}

char *
scope_figure_caption (const ScopeFigure *self)
{
  GString *text = g_string_new (NULL);
  gssize map = first_of (self, SCOPE_RESULT_MAP), curves = first_of (self, SCOPE_RESULT_CURVES);
  append_subject (text, self);
  append_panels (text, self);
  if (map >= 0)
    append_maps (text, self, (gsize)map);
  if (curves >= 0)
    append_curves (text, self, (gsize)curves);
  append_fact (text, "Computed with ", common_fact (self, "program"), "");
  append_fact (text, ", ", common_fact (self, "precision"), "");
  if (common_fact (self, "program") != NULL)
    g_string_append (text, ". ");
  g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}
