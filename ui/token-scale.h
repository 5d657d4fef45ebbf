/* ScopeTokenScale: what the colours of a text mean: a bar with ticks, and below it in words.
 * Main thread. */
#pragma once

#include "export/norm.h"
#include "export/palette.h"
#include "ui/drawing.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_TOKEN_SCALE (scope_token_scale_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTokenScale, scope_token_scale, SCOPE, TOKEN_SCALE, ScopeDrawing)

/* NORM NULL: an empty place. LABEL is what the numbers are. Both are copied. */
void scope_token_scale_set (ScopeTokenScale *self, ScopePalette palette, const ScopeNorm *norm,
                            const char *label);

G_END_DECLS
