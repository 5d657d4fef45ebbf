#include <errno.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"

G_DEFINE_QUARK (cli - error - quark, cli_error)

static gboolean
fail (GError **error, CliError code, const char *format, va_list arguments)
{
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  g_set_error_literal (error, CLI_ERROR, code, message);
  return FALSE;
}

gboolean
cli_usage (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  gboolean result = fail (error, CLI_ERROR_USAGE, format, arguments);
  va_end (arguments);
  return result;
}

gboolean
cli_fail (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  gboolean result = fail (error, CLI_ERROR_FAILED, format, arguments);
  va_end (arguments);
  return result;
}

gboolean
cli_require (const char *option, const char *text, GError **error)
{
  return text != NULL || cli_usage (error, "%s is missing", option);
}

/* Decimal digits and nothing else. */
static gboolean
read_size (const char *text, gsize *out)
{
  guint64 value;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXSIZE / 2, &value, NULL))
    return FALSE;
  *out = value;
  return TRUE;
}

gboolean
cli_size (const char *option, const char *text, gsize min, gsize max, gsize *out, GError **error)
{
  gsize value;
  if (text == NULL)
    return TRUE;
  if (read_size (text, &value) && value >= min && value <= max) {
    *out = value;
    return TRUE;
  }
  if (max == G_MAXSIZE)
    return cli_usage (error, "%s: expected a whole number from %" G_GSIZE_FORMAT ", found \"%s\"",
                      option, min, text);
  return cli_usage (error,
                    "%s: expected a whole number from %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT
                    ", found \"%s\"",
                    option, min, max, text);
}

gboolean
cli_double (const char *option, const char *text, double min, double max, double *out,
            GError **error)
{
  if (text == NULL)
    return TRUE;
  char *end;
  errno = 0;
  double value = g_ascii_strtod (text, &end);
  /* Written so that NaN is refused. Underflow to a subnormal is no error. */
  gboolean inside = value >= min && value <= max;
  if (end == text || *end != '\0' || g_ascii_isspace (*text) || !inside)
    return cli_usage (error, "%s: expected a number from %g to %g, found \"%s\"", option, min, max,
                      text);
  *out = value;
  return TRUE;
}

gboolean
cli_sizes (const char *option, const char *text, gsize min, gsize **out, gsize *count,
           GError **error)
{
  if (text == NULL)
    return TRUE;
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  gsize n = g_strv_length (parts);
  if (n == 0)
    return cli_usage (error, "%s: expected whole numbers with commas, found \"\"", option);
  g_autofree gsize *values = g_new (gsize, n);
  for (gsize i = 0; i < n; i++)
    if (!cli_size (option, parts[i], min, G_MAXSIZE, &values[i], error))
      return FALSE;
  *out = g_steal_pointer (&values);
  *count = n;
  return TRUE;
}

gboolean
cli_doubles (const char *option, const char *text, double min, double max, double **out,
             gsize *count, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  gsize n = g_strv_length (parts);
  if (n == 0)
    return cli_usage (error, "%s: expected numbers with commas, found \"\"", option);
  g_autofree double *values = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    if (!cli_double (option, parts[i], min, max, &values[i], error))
      return FALSE;
  *out = g_steal_pointer (&values);
  *count = n;
  return TRUE;
}

gboolean
cli_range (const char *option, const char *text, gsize length, gsize *begin, gsize *end,
           GError **error)
{
  if (text == NULL)
    return TRUE;
  const char *colon = strchr (text, ':');
  g_autofree char *first = colon != NULL ? g_strndup (text, (gsize)(colon - text)) : NULL;
  gsize from = 0, to = length;
  gboolean ok = colon != NULL && (*first == '\0' || read_size (first, &from))
                && (colon[1] == '\0' || read_size (colon + 1, &to));
  if (!ok)
    return cli_usage (error, "%s: expected A:B, found \"%s\"", option, text);
  if (to > length || from > length)
    return cli_fail (error, "%s %s: the text has %" G_GSIZE_FORMAT " tokens", option, text, length);
  if (from >= to)
    return cli_usage (error, "%s %s: the range is empty", option, text);
  *begin = from;
  *end = to;
  return TRUE;
}

gboolean
cli_bytes (const char *option, const char *text, gsize *out, GError **error)
{
  static const struct {
    const char *name;
    double bytes;
  } units[] = { { "", 1 },         { "B", 1 },       { "KB", 1e3 },     { "MB", 1e6 },
                { "GB", 1e9 },     { "TB", 1e12 },   { "KiB", 0x1p10 }, { "MiB", 0x1p20 },
                { "GiB", 0x1p30 }, { "TiB", 0x1p40 } };
  if (text == NULL)
    return TRUE;
  char *end;
  double value = g_ascii_strtod (text, &end);
  /* Digits and a point alone: what is read is neither hexadecimal nor "nan" nor 1e9. */
  gboolean plain = g_ascii_isdigit (*text) && end == text + strspn (text, "0123456789.");
  for (gsize i = 0; plain && i < G_N_ELEMENTS (units); i++) {
    double bytes = value * units[i].bytes;
    if (strcmp (end, units[i].name) != 0 || !(bytes >= 1 && bytes < 0x1p60))
      continue;
    *out = (gsize)bytes;
    return TRUE;
  }
  return cli_usage (error, "%s: expected a size such as 2GiB or 800MB, found \"%s\"", option, text);
}
