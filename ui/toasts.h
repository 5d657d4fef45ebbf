/* Toasts, one after another. Main thread. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Shows TOAST (taken) over OVERLAY once those that were added before are gone. Toasts come by this
 * call alone: libadwaita 1.2 reads freed memory where a toast has left before it has come in, as
 * one that is dismissed at once may. Here one that is dismissed while it comes in, by its user or
 * by its time, leaves when it is in. */
void scope_toasts_add (AdwToastOverlay *overlay, AdwToast *toast);

/* A toast of TEXT, which is no markup. */
void scope_toasts_say (AdwToastOverlay *overlay, const char *text);

G_END_DECLS
