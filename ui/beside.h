/* ScopeBeside: its two children side by side where both have room, the first one wider; else one
 * above the other, the first one higher. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_BESIDE (scope_beside_get_type ())
G_DECLARE_FINAL_TYPE (ScopeBeside, scope_beside, SCOPE, BESIDE, GtkWidget)

G_END_DECLS
