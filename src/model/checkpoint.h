/* ScopeCheckpoint: the weights of a model folder, whatever files they stand in.
 *
 * Of a folder the first of these that exists is read, and nothing else:
 *   model.safetensors.index.json, model.safetensors
 * An index names the file of each tensor; a file is one of the folder itself. A single weights file
 * may be given instead of a folder.
 *
 * Owns the mapped files. A tensor's data point into the mapping. Opening reads headers only. Not
 * for several threads at once; the weights it gave live, immutable, for any thread, as long as it
 * does.
 */
#pragma once

#include "model/weight.h"

G_BEGIN_DECLS

typedef struct _ScopeCheckpoint ScopeCheckpoint;

/* PATH is a folder or a weights file. */
ScopeCheckpoint *scope_checkpoint_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_checkpoint_free (ScopeCheckpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeCheckpoint, scope_checkpoint_free)

/* The tensor NAME; SCOPE_MODEL_ERROR_MISMATCH if there is none or we do not read its type. */
const ScopeWeight *scope_checkpoint_get (ScopeCheckpoint *self, const char *name, GError **error);
/* Whether there is a tensor NAME that can be read. */
gboolean scope_checkpoint_has (const ScopeCheckpoint *self, const char *name);
/* The file that the tensor NAME stands in, or, if there is none, the one that should name it: for
 * messages. */
const char *scope_checkpoint_file (const ScopeCheckpoint *self, const char *name);

/* The names of the tensors that can be read, ascending. */
gsize scope_checkpoint_count (const ScopeCheckpoint *self);
const char *scope_checkpoint_nth (const ScopeCheckpoint *self, gsize n);

/* Feeds all bytes of all files, by ascending file name. */
void scope_checkpoint_update_hash (const ScopeCheckpoint *self, GChecksum *checksum);

G_END_DECLS
