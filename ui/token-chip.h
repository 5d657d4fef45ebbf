/* ScopeTokenChip: one predicted token with a thin bar for its probability; the number and the
 * next likeliest tokens are in its tooltip and its accessible description. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_TOKEN_CHIP (scope_token_chip_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTokenChip, scope_token_chip, SCOPE, TOKEN_CHIP, GtkWidget)

/* MODEL gives the alternatives their text; it may be NULL. */
GtkWidget *scope_token_chip_new (const char *piece, const ScopeStep *step,
                                 ScopeModel *model) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
