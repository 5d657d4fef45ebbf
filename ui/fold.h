/* ScopeFold: a child that can do with less width, a level at a time. Where the child's least
 * width does not fit, "level" (uint, notifies) rises, until it is "levels"; where what did not
 * fit would fit again, it falls. Whoever made it takes things away at each level. "least": the
 * pixels that it asks for as long as there are levels left. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_FOLD (scope_fold_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFold, scope_fold, SCOPE, FOLD, GtkWidget)

#define SCOPE_FOLD_MOST 8 /* levels */

guint scope_fold_get_level (ScopeFold *self);

G_END_DECLS
