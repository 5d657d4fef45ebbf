#include "base/error.h"

G_DEFINE_QUARK (scope_error, scope_error)
G_DEFINE_QUARK (scope_model_error, scope_model_error)
G_DEFINE_QUARK (scope_backend_error, scope_backend_error)
G_DEFINE_QUARK (scope_analysis_error, scope_analysis_error)

gboolean
scope_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED);
}
