/* A file of torch.save (pytorch_model.bin, .pt, .pth), memory-mapped: the zip archive that it has
 * been since torch 1.6, and the sequence of pickles and raw storages that it was before.
 *
 * Nothing of the file is executed (model/torch/pickle.h). The tensors are those of the state dict
 * at the root, or below "state_dict" or "model" if the root has none; or the root is a tensor itself,
 * whose name is then "". Strict: every tensor's shape,
 * strides and offset stay inside its storage, every storage has the bytes that it claims. What is
 * no tensor is passed over; a tensor of a type that we do not read, or of more than four
 * dimensions, is refused only when it is asked for.
 *
 * A contiguous tensor of a stored entry is used from the mapping. One with strides, of a deflated
 * entry or in the other byte order is unpacked into memory of the reader when it is first asked
 * for: so scope_torch_file_get() is for one thread at a time; what it returned is for all. */
#pragma once

#include "model/weight.h"

G_BEGIN_DECLS

typedef struct _ScopeTorchFile ScopeTorchFile;

ScopeTorchFile *scope_torch_file_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For tests and fuzzing: DATA must outlive the result. */
ScopeTorchFile *scope_torch_file_parse (const void *data, gsize length, const char *name,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_torch_file_free (ScopeTorchFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTorchFile, scope_torch_file_free)

/* The tensor NAME with its data, or SCOPE_MODEL_ERROR_MISMATCH if there is none or we do not read
 * its type. */
const ScopeWeight *scope_torch_file_get (ScopeTorchFile *self, const char *name, GError **error);
/* The tensors that we can read, in the file's order; DATA is NULL until a tensor is got. */
gsize scope_torch_file_count (const ScopeTorchFile *self);
const ScopeWeight *scope_torch_file_nth (const ScopeTorchFile *self, gsize n);

const char *scope_torch_file_name (const ScopeTorchFile *self); /* the path, for messages */
/* The whole file. */
const void *scope_torch_file_contents (const ScopeTorchFile *self, gsize *length);

G_END_DECLS
