/* ScopeThetaHandle: the tag at the end of the θ line, which says θ and moves it by keys. Pointer
 * drags are its plot's business. Signal "stepped" (int step): ±1 a small step, ±10 a large one,
 * 0 back to the table's default. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_THETA_HANDLE (scope_theta_handle_get_type ())
G_DECLARE_FINAL_TYPE (ScopeThetaHandle, scope_theta_handle, SCOPE, THETA_HANDLE, GtkWidget)

GtkWidget *scope_theta_handle_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* LN_LOW: where the axis ends. */
void scope_theta_handle_set_ln (ScopeThetaHandle *self, double ln_theta, double ln_low);

G_END_DECLS
