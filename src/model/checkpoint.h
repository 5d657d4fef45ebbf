/* ScopeCheckpoint: the weights of a model folder, whatever files they stand in.
 *
 * Of a folder the first of these that exists is read, and nothing else:
 *   model.safetensors.index.json
 *   model.safetensors
 *   pytorch_model.bin.index.json
 *   pytorch_model.bin
 *   the only file that ends in .safetensors, .bin, .pt or .pth
 * An index names the file of each tensor; a file is one of the folder itself. A single weights file
 * may be given instead of a folder: safetensors by its ending, a file of torch.save otherwise.
 *
 * Owns the mapped files. Opening reads their headers only. A tensor's data point into the mapping,
 * or into memory of the checkpoint where they do not lie in order there (model/torch/torch-file.h).
 * Not for several threads at once; the weights that it gave live, immutable, for any thread, as
 * long as it does.
 */
#pragma once

#include "base/progress.h"
#include "model/weight.h"

G_BEGIN_DECLS

typedef struct _ScopeCheckpoint ScopeCheckpoint;

/* Whether NAME ends as weights files do: .safetensors, .bin, .pt or .pth. */
gboolean scope_checkpoint_is_weights_file (const char *name);

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

guint64 scope_checkpoint_bytes (const ScopeCheckpoint *self); /* of those, as stored */

/* Feeds all bytes of all files, by ascending file name. */
gboolean scope_checkpoint_update_hash (const ScopeCheckpoint *self, GChecksum *checksum,
                                       ScopeProgress *progress, GError **error);

G_END_DECLS
