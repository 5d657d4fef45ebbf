/* The backend table's entries that memory.cu, transfer.cu, supports.cu and graph.cu implement
 * for module.cu. Each means what backend.h says of it: one caller at a time; a status, and a
 * reason in ERROR. */
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
void scope_cuda_close_staging (ScopeCuda *self);
int scope_cuda_open_pool (ScopeCuda *self, char *error, size_t error_size);
size_t scope_cuda_scratch (ScopeBackend *self, ScopeOp op, const void *params);
int scope_cuda_reserve (ScopeBackend *self, size_t bytes, char *error, size_t error_size);
int scope_cuda_record (ScopeBackend *self, char *error, size_t error_size);
int scope_cuda_finish (ScopeBackend *self, ScopeGraph **out, char *error, size_t error_size);
int scope_cuda_play (ScopeBackend *self, ScopeGraph *graph, char *error, size_t error_size);
void scope_cuda_discard (ScopeBackend *self, ScopeGraph *graph);
