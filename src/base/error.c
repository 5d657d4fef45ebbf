#include "base/error.h"

G_DEFINE_QUARK (scope-error-quark, scope_error)
G_DEFINE_QUARK (scope-model-error-quark, scope_model_error)
G_DEFINE_QUARK (scope-backend-error-quark, scope_backend_error)
G_DEFINE_QUARK (scope-analysis-error-quark, scope_analysis_error)

gboolean
scope_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED);
}
