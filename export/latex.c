#include "export/latex.h"

#include <string.h>

#include "export/figure-private.h"

static const struct {
  gunichar letter;
  const char *latex;
} letters[] = {
  { '\\', "\\textbackslash{}" },
  { '{', "\\{" },
  { '}', "\\}" },
  { '$', "\\$" },
  { '&', "\\&" },
  { '#', "\\#" },
  { '%', "\\%" },
  { '_', "\\_" },
  { '^', "\\textasciicircum{}" },
  { '~', "\\textasciitilde{}" },
  { '<', "\\ensuremath{<}" },
  { '>', "\\ensuremath{>}" },
  { '|', "\\ensuremath{|}" },
  { 0x3b1, "\\ensuremath{\\alpha}" },
  { 0x3b8, "\\ensuremath{\\theta}" },
  { 0x394, "\\ensuremath{\\Delta}" },
  { 0x3a3, "\\ensuremath{\\Sigma}" },
  { 0x3a0, "\\ensuremath{\\Pi}" },
  { 0x3b3, "\\ensuremath{\\gamma}" },
  { 0x2212, "\\ensuremath{-}" },
  { 0xb1, "\\ensuremath{\\pm}" },
  { 0xd7, "\\ensuremath{\\times}" },
  { 0xb7, "\\ensuremath{\\cdot}" },
  { 0x2264, "\\ensuremath{\\leq}" },
  { 0x2265, "\\ensuremath{\\geq}" },
  { 0x2192, "\\ensuremath{\\rightarrow}" },
  { 0x221e, "\\ensuremath{\\infty}" },
  { 0x2013, "--" },
  { 0x2014, "---" },
  { 0x2026, "\\ldots{}" },
  { 0x2009, "\\," },
  { 0x202f, "\\," },
  { 0xa0, "~" },
  { 0x201c, "``" },
  { 0x201d, "''" },
};

/* The digit or sign that a superscript stands for, or 0. */
static char
superscript (gunichar letter)
{
  static const gunichar digits[]
      = { 0x2070, 0xb9, 0xb2, 0xb3, 0x2074, 0x2075, 0x2076, 0x2077, 0x2078, 0x2079 };
  for (gsize k = 0; k < G_N_ELEMENTS (digits); k++)
    if (letter == digits[k])
      return (char)('0' + k);
  return letter == 0x207b ? '-' : 0;
}

static void
append_letter (GString *out, gunichar letter)
{
  for (gsize k = 0; k < G_N_ELEMENTS (letters); k++)
    if (letter == letters[k].letter) {
      g_string_append (out, letters[k].latex);
      return;
    }
  g_string_append_unichar (out, letter);
}

char *
scope_latex_escape (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean raised = FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    char high = superscript (g_utf8_get_char (p));
    if ((high != 0) != raised)
      g_string_append (out, raised ? "}}" : "\\ensuremath{^{");
    raised = high != 0;
    if (raised)
      g_string_append_c (out, high);
    else
      append_letter (out, g_utf8_get_char (p));
  }
  if (raised)
    g_string_append (out, "}}");
  return g_string_free (out, FALSE);
}

/* Letters, digits and hyphens of FILE's name without its ending. */
static char *
label_of (const char *file)
{
  const char *dot = strrchr (file, '.');
  char *label = dot != NULL && dot > file ? g_strndup (file, (gsize)(dot - file)) : g_strdup (file);
  for (char *p = label; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p))
      *p = '-';
  return label;
}

char *
scope_figure_latex (ScopeFigure *figure, const char *file)
{
  double width, height;
  char millimetres[G_ASCII_DTOSTR_BUF_SIZE];
  scope_figure_size (figure, &width, &height);
  g_autofree char *caption = scope_figure_caption (figure);
  g_autofree char *escaped = scope_latex_escape (caption);
  g_autofree char *label = label_of (file);
  g_ascii_formatd (millimetres, sizeof millimetres, "%.2f", width / 72 * 25.4);
  return g_strdup_printf ("\\begin{figure}\n"
                          "  \\centering\n"
                          "  \\includegraphics[width=%smm]{\\detokenize{%s}}\n"
                          "  \\caption{%s}\n"
                          "  \\label{fig:%s}\n"
                          "\\end{figure}\n",
                          millimetres, file, escaped, label);
}
