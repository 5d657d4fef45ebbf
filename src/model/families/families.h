/* The dialects of config.json, one function each: private to the room. READER is at the root.
 * Read are the dialect's own fields; OUT comes with delta_max infinite, conv bias, and
 * everything else 0. Failures are the reader's. Any thread. */
#pragma once

#include "model/families/reader.h"

G_BEGIN_DECLS

/* Hugging Face: OUT->family says which of mamba and falcon_mamba. */
void scope_read_mamba (ScopeReader *reader, ScopeConfig *out);
void scope_read_mamba2 (ScopeReader *reader, ScopeConfig *out);
void scope_read_zamba2 (ScopeReader *reader, ScopeConfig *out);
/* The original releases; sets the family. */
void scope_read_state_spaces (ScopeReader *reader, ScopeConfig *out);

G_END_DECLS
