/* The selective scan's two forms; scan.cu chooses. */
#pragma once

#include "device.h"

int scope_cuda_scan_s6 (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size);
int scope_cuda_scan_ssd (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size);
