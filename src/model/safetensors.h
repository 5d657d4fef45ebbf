/* A memory-mapped safetensors file: 8 bytes little-endian header length, a JSON header, the data.
 *
 * Strict: the header is at most 100 MB and inside the file, every offset pair lies inside the data,
 * matches shape * size of its type, and no two tensors overlap. A type that the format does not
 * have is refused; one that we do not read (integers, 8-bit floats), or more than four dimensions,
 * only when that tensor is asked for. Immutable after opening; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_DTYPE_F32,
  SCOPE_DTYPE_F16,
  SCOPE_DTYPE_BF16,
  SCOPE_DTYPE_F64,
} ScopeDtype;

#define SCOPE_MAX_RANK 4

/* One stored tensor. DATA points into the mapping and need not be aligned. */
typedef struct {
  const char *name;
  const void *data;
  ScopeDtype dtype;
  guint rank;
  gsize shape[SCOPE_MAX_RANK];
  gsize count; /* elements */
} ScopeWeight;

typedef struct _ScopeSafetensors ScopeSafetensors;

ScopeSafetensors *scope_safetensors_open (const char *path,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For tests and fuzzing: DATA must outlive the result. */
ScopeSafetensors *scope_safetensors_parse (const void *data, gsize length, const char *name,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_safetensors_free (ScopeSafetensors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSafetensors, scope_safetensors_free)

/* The tensor NAME, or SCOPE_MODEL_ERROR_MISMATCH if there is none or we do not read its type. */
const ScopeWeight *scope_safetensors_get (const ScopeSafetensors *self, const char *name,
                                          GError **error);
/* The same without a message, and NULL. */
const ScopeWeight *scope_safetensors_find (const ScopeSafetensors *self, const char *name);
/* The tensors that we can read, by ascending offset. */
gsize scope_safetensors_count (const ScopeSafetensors *self);
const ScopeWeight *scope_safetensors_nth (const ScopeSafetensors *self, gsize n);

const char *scope_safetensors_name (const ScopeSafetensors *self); /* the path, for messages */
/* The whole file. */
const void *scope_safetensors_contents (const ScopeSafetensors *self, gsize *length);

const char *scope_dtype_name (ScopeDtype dtype); /* "F16" */
gsize scope_dtype_size (ScopeDtype dtype);
/* Converts COUNT elements, from element OFFSET on. */
void scope_weight_to_f32 (const ScopeWeight *weight, gsize offset, gsize count, float *out);
void scope_weight_to_f64 (const ScopeWeight *weight, gsize offset, gsize count, double *out);
/* The first element that is NaN or infinite, or WEIGHT->count. Runs on the pool of threads. */
gsize scope_weight_find_nonfinite (const ScopeWeight *weight);

G_END_DECLS
