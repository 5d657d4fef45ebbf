/* The backend table's entries that memory.cu implements for module.cu. */
#pragma once

#include "device.h"

void *scope_cuda_alloc (ScopeBackend *self, size_t bytes, char *error, size_t error_size);
void scope_cuda_free (ScopeBackend *self, void *data);
int scope_cuda_upload (ScopeBackend *self, void *device, const void *host, size_t bytes,
                       char *error, size_t error_size);
int scope_cuda_download (ScopeBackend *self, void *host, const void *device, size_t bytes,
                         char *error, size_t error_size);
int scope_cuda_copy (ScopeBackend *self, void *to, const void *from, size_t bytes, char *error,
                     size_t error_size);
int scope_cuda_clear (ScopeBackend *self, void *device, size_t bytes, char *error,
                      size_t error_size);
bool scope_cuda_supports (ScopeBackend *self, ScopeOp op, const void *params, char *error,
                          size_t error_size);
