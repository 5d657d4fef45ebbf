#include "base/error.h"

G_DEFINE_QUARK (scope_error, scope_error)
G_DEFINE_QUARK (scope_model_error, scope_model_error)
G_DEFINE_QUARK (scope_backend_error, scope_backend_error)
G_DEFINE_QUARK (scope_analysis_error, scope_analysis_error)

void
scope_set_error (GError **error, GQuark domain, gint code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, domain, code, g_strdelimit (message, "\r\n", ' '));
}

gboolean
scope_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED);
}
