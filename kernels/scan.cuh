/* The selective scan's two forms; scan.cu chooses. */
#pragma once

#include "device.h"

int scope_cuda_scan_s6 (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size);
size_t scope_cuda_s6_scratch (const ScopeCuda *self, const ScopeOpScan *op);
size_t scope_cuda_ssd_scratch (const ScopeOpScan *op);
int scope_cuda_scan_ssd (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size);
