/* Where models are run, in a word: "auto", "cpu", "cuda", "cuda:1", "auto@bf16", "cuda:1@tf32":
 * BACKEND[:DEVICE][@PRECISION], in the names of compute/registry.h. Device 0 and fp32 are what is
 * left out. Any thread. */
#pragma once

#include "compute/registry.h"

G_BEGIN_DECLS

typedef struct {
  char backend[8];
  int device;
  ScopePrecision precision;
} ScopePlace;

gboolean scope_place_parse (const char *text, ScopePlace *out, GError **error);
/* The same in the shortest form. Caller frees. */
char *scope_place_print (const ScopePlace *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
