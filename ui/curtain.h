/* ScopeCurtain: a page of a stack, whose child is hidden as long as the page is not on screen.
 *
 * GTK works out the style of every visible widget anew when the window's colours change, when the
 * window comes to the front or goes behind another; and visible is what stands on the pages of a
 * stack that nobody sees. What is hidden waits until it is shown. An unseen page asks for no room.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_CURTAIN (scope_curtain_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCurtain, scope_curtain, SCOPE, CURTAIN, AdwBin)

/* CHILD is taken over. */
GtkWidget *scope_curtain_new (GtkWidget *child) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
