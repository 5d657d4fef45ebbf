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

/* What a panel is about, in two words. */
static const char *
subject_words (const ScopeResult *result)
{
  if (result->kind == SCOPE_RESULT_STRIP)
    return "Values of tokens";
  if (result->kind != SCOPE_RESULT_CURVES) {
    const char *matrix = scope_provenance_get (result->provenance, "matrix");
    return g_strcmp0 (matrix, "softmax") == 0 ? "Softmax attention" : "Implicit attention";
  }
  if (result->y_label != NULL && strcmp (result->y_label, "perplexity") == 0)
    return "Perplexity";
  if (result->y_label != NULL && g_str_has_prefix (result->y_label, "receptive"))
    return "Receptive fields";
  if (result->y_label != NULL && g_str_has_prefix (result->y_label, "global"))
    return "Share of global channels";
  return "Cumulative decay";
}

/* The printed letter; where none is printed, the place in the alphabet. */
static char
panel_letter (const ScopeFigure *figure, gsize k)
{
  char letter = scope_figure_letter (figure, k);
  return letter != '\0' ? letter : (char)('a' + k % 26);
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
    { "softmax", "the softmax of the layer's shared attention" },
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

/* "Implicit attention and cumulative decay": the subjects, each once. */
static void
append_subjects (GString *text, const ScopeFigure *figure)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize k = 0; k < figure->panels->len; k++) {
    const char *word = subject_words (panel_at (figure, k));
    if (!g_ptr_array_find_with_equal_func (words, word, g_str_equal, NULL))
      g_ptr_array_add (words, (gpointer)word);
  }
  for (guint k = 0; k < words->len; k++) {
    const char *word = g_ptr_array_index (words, k);
    g_string_append (text, k == 0 ? "" : k + 1 == words->len ? " and " : ", ");
    g_string_append_c (text, k == 0 ? word[0] : g_ascii_tolower (word[0]));
    g_string_append (text, word + 1);
  }
}

static void
append_subject (GString *text, const ScopeFigure *figure)
{
  append_subjects (text, figure);
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
    g_string_append_printf (text, "%s%s (%c", separator, value, panel_letter (figure, begin));
    if (end > begin + 1)
      g_string_append_printf (text, "–%c", panel_letter (figure, end - 1));
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
    if (count > 1 || scope_figure_letter (figure, k) != '\0')
      g_string_append_printf (text, "%c, ", panel_letter (figure, k));
    g_string_append (text, title != NULL ? title : "untitled");
    g_string_append (text, k + 1 < count ? "; " : ". ");
  }
  for (gsize n = 0; n < G_N_ELEMENTS (facts); n++)
    if (common_fact (figure, facts[n][0]) == NULL)
      append_runs (text, figure, facts[n][0], facts[n][1]);
}

/* "logarithmic scale of the absolute value from 1e-6 to 0.1" */
static void
append_norm (GString *text, const ScopeNorm *norm)
{
  static const char *const words[SCOPE_N_NORMS] = {
    "linear scale from ",
    "logarithmic scale of the absolute value from ",
    "symmetric logarithmic scale, linear below ",
    "power scale from ",
    "rank of the absolute value among those that are not 0, which run from ",
  };
  g_string_append (text, words[norm->kind]);
  append_number (text, norm->low);
  g_string_append (text, norm->kind == SCOPE_NORM_SYMLOG ? ", up to ±" : " to ");
  append_number (text, norm->high);
  if (norm->kind == SCOPE_NORM_POWER) {
    g_string_append (text, ", to the power ");
    append_number (text, norm->gamma);
  }
}

/* The norm that is shared, then each panel's own; and whether what is coloured is exact. */
static void
append_colours (GString *text, const ScopeFigure *figure)
{
  g_auto (ScopeLayout) layout = { 0 };
  gboolean shared = FALSE;
  const char *separator = "Colour: ";
  scope_layout_init (&layout, figure);
  for (gsize k = 0; k < layout.count; k++) {
    gboolean shares = scope_figure_shares (figure, k);
    if (!scope_result_is_coloured (panel_at (figure, k)) || (shares && shared))
      continue;
    g_autofree char *label = scope_figure_value_label (figure, shares ? -1 : (gssize)k);
    g_string_append (text, separator);
    if (!shares && layout.count > 1)
      g_string_append_printf (text, "%c, ", panel_letter (figure, k));
    g_string_append_printf (text, "%s, ", label);
    append_norm (text, &layout.boxes[k].norm);
    shared |= shares;
    separator = "; ";
  }
  g_string_append (text, ". ");
}

/* Every map is one of shared attention. */
static gboolean
only_softmax (const ScopeFigure *figure)
{
  return g_strcmp0 (common_fact (figure, "matrix"), "softmax") == 0;
}

/* The worst of the panels' proofs. */
static void
append_proof (GString *text, const ScopeFigure *figure)
{
  double worst = -1;
  gboolean softmax = FALSE;
  for (gsize k = 0; k < figure->panels->len; k++) {
    const char *proof = panel_fact (figure, k, "proof");
    softmax |= g_strcmp0 (panel_fact (figure, k, "matrix"), "softmax") == 0;
    if (proof != NULL)
      worst = MAX (worst, g_ascii_strtod (proof, NULL));
  }
  if (worst < 0)
    return;
  g_autofree char *label = scope_tick_label (worst, FALSE);
  append_fact (text,
               softmax ? "Largest error of map times input, relative to the largest output: "
                       : "Largest |(α + D)u − y| relative to the largest |y|: ",
               label, ". ");
}

static gboolean
any_mirror (const ScopeFigure *figure)
{
  for (gsize k = 0; k < figure->panels->len; k++)
    if (panel_at (figure, k)->mirror != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
any_struck (const ScopeFigure *figure)
{
  for (gsize k = 0; k < figure->panels->len; k++)
    if (panel_at (figure, k)->kind == SCOPE_RESULT_STRIP && panel_at (figure, k)->dropped != NULL)
      return TRUE;
  return FALSE;
}

/* What stands beside the name of a small map, by the provenance's "sort". */
static void
append_tiles (GString *text, const char *sort)
{
  static const char *const words[][2] = {
    { "decay", "the logarithm of its cumulative decay over the text" },
    { "index", "the logarithm of its cumulative decay over the text" },
    { "field", "the length of its field at the last token" },
    { "half-life", "the tokens after which its memory has halved" },
    { "kept", "the share of the tokens that it keeps" },
    { "similarity", "the cosine of its map with the chosen channel's" },
  };
  const char *beside = "its cumulative decay over the training length";
  for (gsize k = 0; sort != NULL && k < G_N_ELEMENTS (words); k++)
    if (strcmp (sort, words[k][0]) == 0)
      beside = words[k][1];
  g_string_append_printf (text,
                          "Small maps: query tokens run down, key tokens across; beside the name "
                          "of a channel stands %s, names of global channels are bold. ",
                          beside);
}

static void
append_maps (GString *text, const ScopeFigure *figure)
{
  double epsilon;
  gboolean dropped;
  append_fact (text, "The matrix is ", matrix_words (common_fact (figure, "matrix")), ". ");
  if (first_of (figure, SCOPE_RESULT_TILES) >= 0)
    append_tiles (text, common_fact (figure, "sort"));
  if (any_mirror (figure))
    g_string_append (text, "Below the diagonal the first of the two filters, above it the second, "
                           "mirrored. ");
  append_colours (text, figure);
  scope_figure_has_key (figure, &epsilon, &dropped);
  if (epsilon > 0) {
    g_autofree char *number = scope_figure_epsilon (epsilon);
    g_string_append_printf (text,
                            "Dashed red line: start of the receptive field, the first key token "
                            "with %s > %s (the median of neighbouring queries). ",
                            only_softmax (figure) ? "softmax" : "|α|", number);
  }
  if (dropped)
    g_string_append (text, "Dark marks above a map and hatching in it: tokens that the filter "
                           "drops. ");
  if (any_struck (figure))
    g_string_append (text, "Words struck through: tokens that the filter drops. ");
  append_proof (text, figure);
}

static void
append_marks (GString *text, const ScopeResult *result)
{
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

static const char *
protocol_words (const ScopeFigure *figure, gsize panel)
{
  return g_strcmp0 (panel_fact (figure, panel, "protocol"), "paper") == 0
             ? "spread over the whole text (LongMamba's protocol)"
             : "which end at the same places (strict protocol)";
}

static void
append_fields (GString *text, double epsilon)
{
  g_autofree char *number = scope_figure_epsilon (epsilon);
  g_string_append_printf (text,
                          "Lines: median length of the receptive field (|α| > %s) over the global "
                          "(solid, vermilion) and the local (blue) channels; bands: quartiles",
                          number);
}

static gboolean
any_before (const ScopeResult *result)
{
  for (guint k = 0; k < result->curves->len; k++)
    if (((const ScopeCurve *)g_ptr_array_index (result->curves, k))->series == SCOPE_SERIES_BEFORE)
      return TRUE;
  return FALSE;
}

/* Lines of a family, and not of channels. */
static gboolean
compares (const ScopeResult *result)
{
  return result->curves->len > 0
         && ((const ScopeCurve *)g_ptr_array_index (result->curves, 0))->series >= 0;
}

static void
append_curves (GString *text, const ScopeFigure *figure, gsize panel)
{
  const ScopeResult *result = panel_at (figure, panel);
  const char *subject = subject_words (result);
  if (strcmp (subject, "Cumulative decay") == 0 && compares (result))
    g_string_append (text, "Lines: one channel under the two filters");
  else if (strcmp (subject, "Perplexity") == 0)
    g_string_append_printf (text,
                            "Perplexity of the last %s tokens of up to %s windows of each length, "
                            "%s; bands: 95 %% confidence",
                            panel_fact (figure, panel, "score"),
                            panel_fact (figure, panel, "windows"), protocol_words (figure, panel));
  else if (strcmp (subject, "Receptive fields") == 0)
    append_fields (text, result->epsilon);
  else if (strcmp (subject, "Share of global channels") == 0)
    g_string_append_printf (text,
                            "A channel is global if its cumulative decay over the training length, "
                            "%s tokens, is above θ",
                            panel_fact (figure, panel, "train-length"));
  else
    g_string_append_printf (
        text,
        "Each line is one channel: global (solid, vermilion) or local "
        "(blue)%s",
        any_before (result) ? "; thin dashes: the same channels before the filter" : "");
  append_marks (text, result);
}

/* Every subject of lines is explained once. */
static void
append_all_curves (GString *text, const ScopeFigure *figure)
{
  g_autoptr (GPtrArray) said = g_ptr_array_new ();
  for (gsize k = 0; k < figure->panels->len; k++) {
    const char *subject = subject_words (panel_at (figure, k));
    if (scope_result_is_coloured (panel_at (figure, k))
        || g_ptr_array_find_with_equal_func (said, subject, g_str_equal, NULL))
      continue;
    g_ptr_array_add (said, (gpointer)subject);
    append_curves (text, figure, k);
  }
}

static gboolean
any_coloured (const ScopeFigure *figure)
{
  for (gsize k = 0; k < figure->panels->len; k++)
    if (scope_result_is_coloured (panel_at (figure, k)))
      return TRUE;
  return FALSE;
}

/* The user's own words first, as a sentence of their own. */
static void
append_words (GString *text, const ScopeFigure *figure)
{
  if (figure->words == NULL || *figure->words == '\0')
    return;
  g_autofree char *words = g_strstrip (g_strdup (figure->words));
  gsize length = strlen (words);
  gboolean ended = length > 0 && strchr (".!?", words[length - 1]) != NULL;
  g_string_append_printf (text, "%s%s", words, ended ? " " : ". ");
}

char *
scope_figure_caption (const ScopeFigure *self)
{
  GString *text = g_string_new (NULL);
  append_words (text, self);
  append_subject (text, self);
  append_panels (text, self);
  if (any_coloured (self))
    append_maps (text, self);
  append_all_curves (text, self);
  append_fact (text, "Computed with ", common_fact (self, "program"), "");
  append_fact (text, ", ", common_fact (self, "precision"), "");
  if (common_fact (self, "program") != NULL)
    g_string_append (text, ". ");
  g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}
