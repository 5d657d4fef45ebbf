#include "session/command.h"

#include "session/place.h"

#define MAP_BINS 1024

static void
append_quoted (GString *line, const char *word)
{
  g_autofree char *quoted = g_shell_quote (word);

  g_string_append_printf (line, " %s", quoted);
}

GString *
scope_command_new (const char *what, const char *model, const char *text)
{
  GString *line = g_string_new ("mambascope-cli ");

  g_string_append (line, what);
  append_quoted (line, model);
  append_quoted (line, text);
  return line;
}

void
scope_command_number (GString *line, const char *option, gsize value)
{
  g_string_append_printf (line, " %s %" G_GSIZE_FORMAT, option, value);
}

void
scope_command_range (GString *line, const char *option, gsize begin, gsize end)
{
  g_string_append_printf (line, " %s %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT, option, begin, end);
}

void
scope_command_cells (GString *line, const ScopeRange *range, gsize length, ScopeReduce reduce)
{
  if (range->row_end - range->row_begin < length
      || range->column_end - range->column_begin < length) {
    scope_command_range (line, "--rows", range->row_begin, range->row_end);
    scope_command_range (line, "--cols", range->column_begin, range->column_end);
  } else {
    scope_command_number (line, "--bins", MIN (length, MAP_BINS));
    g_string_append_printf (line, " --reduce %s", scope_reduce_name (reduce));
  }
}

void
scope_command_filter (GString *line, const char *spec)
{
  g_string_append (line, " --filter");
  append_quoted (line, spec);
}

GString *
scope_command_attention (const char *model, const char *text, gsize layer, gsize channel,
                         ScopeMatrixKind kind)
{
  GString *line = scope_command_new ("attention", model, text);

  scope_command_number (line, "--layer", layer);
  scope_command_number (line, "--channel", channel);
  g_string_append_printf (line, " --matrix %s", scope_matrix_kind_name (kind));
  return line;
}

char *
scope_command_finish (GString *line, const char *place, const char *out)
{
  ScopePlace parsed;

  if (scope_place_parse (place, &parsed, NULL) && parsed.precision != SCOPE_PRECISION_FP32)
    g_string_append_printf (line, " --precision %s", scope_precision_name (parsed.precision));
  g_string_append_printf (line, " --out %s", out);
  return g_string_free (line, FALSE);
}
