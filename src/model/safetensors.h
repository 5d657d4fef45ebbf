/* A memory-mapped safetensors file: 8 bytes little-endian header length, a JSON header, the data.
 *
 * Strict: the header is at most 100 MB and inside the file, every offset pair lies inside the data,
 * matches shape * size of its type, and no two tensors overlap. A type that the format does not
 * have is refused; one that we do not read (integers, 8-bit floats), or more than four dimensions,
 * only when that tensor is asked for. Immutable after opening; any thread.
 */
#pragma once

#include "model/weight.h"

G_BEGIN_DECLS

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

G_END_DECLS
