#include "ui/format.h"

#include <math.h>
#include <string.h>

#include "compute/estimate.h"
#include "export/number.h"

#define MINUS "\xe2\x88\x92"

static char *
with_true_minus (const char *number)
{
  return number[0] == '-' ? g_strconcat (MINUS, number + 1, NULL) : g_strdup (number);
}

char *
scope_format_count (gsize value)
{
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "%" G_GSIZE_FORMAT, value);
  scope_group_thousands (out, 0);
  return g_string_free (out, FALSE);
}

static char *
scientific (double value, const char *format)
{
  char text[40];
  g_ascii_formatd (text, sizeof text, format, value);
  char *e = strchr (text, 'e');
  int exponent = atoi (e + 1);
  *e = '\0';
  g_autofree char *mantissa = with_true_minus (text);
  GString *out = g_string_new (mantissa);
  g_string_append (out, "×10");
  scope_append_superscript (out, exponent);
  return g_string_free (out, FALSE);
}

static char *
format_number (double value, const char *plain, const char *large)
{
  if (isnan (value))
    return g_strdup ("–");
  if (isinf (value))
    return g_strdup (value > 0 ? "∞" : MINUS "∞");
  if (value == 0) /* of either sign */
    return g_strdup ("0");
  double size = fabs (value);
  if (size < 1e-3 || size >= 1e5)
    return scientific (value, large);
  char text[40];
  GString *out = g_string_new (value < 0 ? MINUS : NULL);
  gsize begin = out->len;
  /* A plain format of few digits would fall back on an exponent. */
  g_string_append (out, g_ascii_formatd (text, sizeof text, size < 1000 ? plain : "%.0f", size));
  scope_group_thousands (out, begin);
  return g_string_free (out, FALSE);
}

char *
scope_format_value (double value)
{
  return format_number (value, "%.4g", "%.3e");
}

char *
scope_format_brief (double value)
{
  return format_number (value, "%.3g", "%.2e");
}

char *
scope_format_theta (double theta)
{
  double exponent = log10 (theta);
  g_autofree char *value = scope_format_value (theta);
  if (theta < 1e-3 && fabs (exponent - round (exponent)) < 1e-6) {
    const char *power = strstr (value, "10");
    return g_strdup (power != NULL ? power : value);
  }
  return g_steal_pointer (&value);
}

char *
scope_format_proof (double value)
{
  if (!isfinite (value) || value == 0)
    return scope_format_value (value);
  return scientific (value, "%.0e");
}

char *
scope_format_percent (double share)
{
  double percent = share * 100;
  if (percent > 0 && percent < 1)
    return g_strdup ("< 1 %");
  if (percent < 100 && percent > 99)
    return g_strdup ("> 99 %");
  if (fabs (percent) < 1000)
    return g_strdup_printf ("%.0f %%", percent);
  gboolean whole = percent > 0 && percent < 1e9;
  g_autofree char *number
      = whole ? scope_format_count ((gsize)llround (percent)) : scope_format_value (percent);
  return g_strdup_printf ("%s %%", number);
}

char *
scope_format_perplexity (double value)
{
  if (isnan (value) || isinf (value))
    return scope_format_value (value);
  if (value >= 1e9)
    return scope_format_value (value);
  if (value >= 1000)
    return scope_format_count ((gsize)llround (value));
  return g_strdup_printf ("%.1f", value);
}

char *
scope_format_bytes (gsize bytes)
{
  /* Not GLib's: that speaks the desktop's language, and the words around it do not. */
  g_autofree char *text = scope_bytes_text (bytes);
  g_auto (GStrv) words = g_strsplit (text, " ", 2);
  return g_strjoinv ("\u00a0", words);
}

char *
scope_format_token (ScopeTokens *tokens, gsize index)
{
  if (tokens == NULL || index >= scope_tokens_count (tokens))
    return g_strdup ("");
  g_autofree char *shown = scope_tokens_display (tokens, index);
  return g_strdup_printf ("“%s”", shown);
}

const char *
scope_format_piece (const char *piece)
{
  return piece[strspn (piece, " ")] == '\0' ? "␣" : piece;
}

static void
append_tokens (GString *out, ScopeTokens *tokens, gsize begin, gsize end)
{
  for (gsize k = begin; k < end; k++) {
    g_autofree char *shown = scope_tokens_display (tokens, k);
    g_autofree char *escaped = g_markup_escape_text (shown, -1);
    g_string_append (out, escaped);
  }
}

char *
scope_format_context (ScopeTokens *tokens, gsize index)
{
  if (tokens == NULL || index >= scope_tokens_count (tokens))
    return g_strdup ("");
  const gsize around = 9;
  gsize begin = index > around ? index - around : 0;
  gsize end = MIN (index + around + 1, scope_tokens_count (tokens));
  GString *out = g_string_new (begin > 0 ? "…" : "");
  append_tokens (out, tokens, begin, index);
  g_string_append (out, "<b><u>");
  append_tokens (out, tokens, index, index + 1);
  g_string_append (out, "</u></b>");
  append_tokens (out, tokens, index + 1, end);
  if (end < scope_tokens_count (tokens))
    g_string_append (out, "…");
  return g_string_free (out, FALSE);
}

char *
scope_format_text_end (ScopeTokens *tokens, gsize characters)
{
  static const char blanks[] = " \t\n\r";
  if (tokens == NULL)
    return g_strdup ("");
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  gsize bytes = MIN (length, characters * 4);
  g_autofree char *valid = g_utf8_make_valid (text + length - bytes, (gssize)bytes);
  glong count = g_utf8_strlen (valid, -1);
  const char *tail = g_utf8_offset_to_pointer (valid, MAX (0, count - (glong)characters));
  const char *word = tail > valid ? strpbrk (tail, blanks) : NULL;
  if (word != NULL && word[strspn (word, blanks)] != '\0')
    tail = word + strspn (word, blanks);
  GString *out = g_string_new (length > (gsize)strlen (tail) ? "…" : "");
  gboolean space = FALSE;
  for (const char *p = tail; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gboolean blank = g_unichar_isspace (c);
    if (!blank || !space)
      g_string_append_unichar (out, blank ? ' ' : c);
    space = blank;
  }
  return g_string_free (out, FALSE);
}

const char *
scope_format_map_noun (ScopeSession *session)
{
  ScopeModel *model = scope_session_get_model (session);
  if (model == NULL)
    return scope_format_channel_noun (NULL);
  return scope_matrix_noun (scope_model_config (model), scope_session_get_kind (session));
}

const char *
scope_format_channel_noun (ScopeModel *model)
{
  if (model != NULL && scope_config_is_ssd (scope_model_config (model)))
    return "head";
  return "channel";
}

char *
scope_format_tokens (gsize count)
{
  g_autofree char *number = scope_format_count (count);
  return g_strdup_printf (count == 1 ? "%s token" : "%s tokens", number);
}

const char *
scope_format_matrix (ScopeMatrixKind kind)
{
  static const char *const names[SCOPE_N_MATRICES]
      = { "Kernel α", "α with the Skip D", "Full: Convolution, SiLU and Gate",
          "Softmax of the Shared Attention" };
  g_return_val_if_fail (kind < SCOPE_N_MATRICES, "");
  return names[kind];
}

const char *
scope_format_matrix_symbol (ScopeMatrixKind kind)
{
  static const char *const symbols[SCOPE_N_MATRICES] = { "α", "α + D I", "full map", "softmax" };
  g_return_val_if_fail (kind < SCOPE_N_MATRICES, "");
  return symbols[kind];
}

const char *
scope_format_norm (ScopeNormKind norm)
{
  static const char *const names[SCOPE_N_NORMS]
      = { "Linear", "Logarithmic", "Signed logarithmic", "Power", "Rank" };
  g_return_val_if_fail (norm < SCOPE_N_NORMS, "");
  return names[norm];
}

const char *
scope_format_palette (ScopePalette palette)
{
  static const char *const names[SCOPE_N_PALETTES]
      = { "Viridis", "Cividis", "Magma", "Grey", "Balance" };
  g_return_val_if_fail (palette < SCOPE_N_PALETTES, "");
  return names[palette];
}

const char *
scope_format_method (ScopeSession *session)
{
  const char *spec = scope_session_get_filter (session);
  gsize length = strcspn (spec, ":");
  for (gsize k = 0; k < scope_filter_count (); k++) {
    const ScopeFilterInfo *info = scope_filter_info (k);
    if (strlen (info->name) == length && strncmp (info->name, spec, length) == 0)
      return info->title;
  }
  return "Filter";
}
