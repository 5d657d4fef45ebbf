/* What the parts of the torch reader share: globals, storages and tensors as the pickles describe
 * them. */
#pragma once

#include "model/torch/pickle.h"
#include "model/torch/torch-file.h"
#include "model/torch/zip.h"

G_BEGIN_DECLS

/* The globals that tensors need. A storage type is SCOPE_TORCH_STORAGE plus its row in the table.
 */
enum {
  SCOPE_TORCH_ORDERED_DICT,
  SCOPE_TORCH_REBUILD_TENSOR,    /* storage, offset, size, stride, ... */
  SCOPE_TORCH_REBUILD_TYPED,     /* the same, and the type as its seventh argument */
  SCOPE_TORCH_REBUILD_PARAMETER, /* tensor, ... */
  SCOPE_TORCH_HARMLESS,          /* sizes, devices, layouts, types: passed over */
  SCOPE_TORCH_STORAGE,
};

int scope_torch_find_global (const char *name); /* a ScopePickleGlobalFunc */
/* Of storage type GLOBAL: the bytes of an element, and the ScopeDtype, or -1 if we do not read it.
 */
gsize scope_torch_element_size (gint64 global);
int scope_torch_dtype (gint64 global);

/* Raw numbers that tensors share. */
typedef struct {
  char *key;
  gint64 global;              /* its type */
  gsize count;                /* elements that the pickle speaks of */
  const guint8 *data;         /* NULL until known or unpacked */
  guint8 *unpacked;           /* owned; NULL if used in place */
  const ScopeZipEntry *entry; /* NULL in the old format */
} ScopeTorchStorage;

typedef struct {
  ScopeWeight weight; /* DATA is NULL until it is got */
  char *name;
  char *refusal; /* NULL if it can be read */
  ScopeTorchStorage *storage;
  gsize offset; /* elements */
  gsize strides[SCOPE_MAX_RANK];
  guint8 *copy; /* owned; NULL if used in place */
} ScopeTorchTensor;

struct _ScopeTorchFile {
  char *name;
  GBytes *bytes; /* NULL if the data are somebody else's */
  const guint8 *data;
  gsize length;
  ScopeZip *zip;        /* NULL in the old format */
  char *folder;         /* of the archive, with its slash */
  gboolean swapped;     /* the numbers are big-endian */
  GHashTable *storages; /* key to ScopeTorchStorage, owned */
  GPtrArray *tensors;   /* (element-type ScopeTorchTensor), in the file's order */
  GPtrArray *readable;  /* borrowed */
  GHashTable *by_name;  /* borrowed */
};

G_GNUC_PRINTF (4, 5)
gboolean scope_torch_fail (const ScopeTorchFile *self, const char *tensor, GError **error,
                           const char *format, ...);

/* Fills the tables of tensors, and of all storages that the pickle speaks of. */
gboolean scope_torch_read_state (ScopeTorchFile *self, const ScopePickle *pickle, GError **error);
/* Finds the storages' bytes in the archive, or in what follows the pickle at AT. */
gboolean scope_torch_read_zip (ScopeTorchFile *self, GError **error);
gboolean scope_torch_read_legacy (ScopeTorchFile *self, GError **error);

/* Sets TENSOR's data. */
gboolean scope_torch_unpack (ScopeTorchFile *self, ScopeTorchTensor *tensor, GError **error);

G_END_DECLS
