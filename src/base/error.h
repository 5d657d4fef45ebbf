/* Error domains and codes of the core library.
 *
 * Every fallible call takes a GError ** last. A message is one line that names the file, tensor or
 * token concerned, what was expected and what was found; it ends without a full stop and is ready
 * to be printed after "mambascope-cli: ".
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SCOPE_ERROR (scope_error_quark ())          /* base: cancelled, memory, sizes */
#define SCOPE_MODEL_ERROR (scope_model_error_quark ())       /* checkpoints, configs, tokenizers */
#define SCOPE_BACKEND_ERROR (scope_backend_error_quark ())   /* a backend refused or failed */
#define SCOPE_ANALYSIS_ERROR (scope_analysis_error_quark ()) /* ranges, filters, tables, texts */

typedef enum {
  SCOPE_ERROR_CANCELLED, /* the user asked; never shown as a failure */
  SCOPE_ERROR_TOO_LARGE, /* a size overflows or exceeds the memory budget */
  SCOPE_ERROR_FILE,      /* a file cannot be read or written */
} ScopeError;

typedef enum {
  SCOPE_MODEL_ERROR_FORMAT,      /* malformed file */
  SCOPE_MODEL_ERROR_UNSUPPORTED, /* well formed, but not something we run */
  SCOPE_MODEL_ERROR_MISMATCH,    /* a tensor is missing or has the wrong shape or type */
  SCOPE_MODEL_ERROR_TEXT,        /* the text cannot be tokenised */
} ScopeModelError;

typedef enum {
  SCOPE_BACKEND_ERROR_MISSING,     /* no such backend, or it cannot be loaded here */
  SCOPE_BACKEND_ERROR_UNSUPPORTED, /* supports() said no */
  SCOPE_BACKEND_ERROR_MEMORY,      /* out of (device) memory */
  SCOPE_BACKEND_ERROR_FAILED,      /* the device failed; the backend is poisoned */
} ScopeBackendError;

typedef enum {
  SCOPE_ANALYSIS_ERROR_RANGE,  /* layer, channel, rows, columns, bins, lengths */
  SCOPE_ANALYSIS_ERROR_FILTER, /* a filter SPEC or a threshold table */
  SCOPE_ANALYSIS_ERROR_NUMBER, /* NaN or infinity where the maths forbids it */
} ScopeAnalysisError;

GQuark scope_error_quark (void);
GQuark scope_model_error_quark (void);
GQuark scope_backend_error_quark (void);
GQuark scope_analysis_error_quark (void);

/* g_set_error() for messages that quote what a file says: they stay one line, whatever it holds. */
void scope_set_error (GError **error, GQuark domain, gint code, const char *format,
                      ...) G_GNUC_PRINTF (4, 5);

/* TRUE if ERROR is a cancellation. Any thread. */
gboolean scope_error_is_cancelled (const GError *error);

G_END_DECLS
