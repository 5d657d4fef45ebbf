/* ScopeDrawing: the base of widgets that are one picture. It is drawn when it is first seen, and
 * kept until the widget's size, its style or what it shows has changed. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* GTK's pixels are 96 to the inch, whatever the screen's are. */
#define SCOPE_PX_TO_POINTS (72.0 / 96.0)
#define SCOPE_PX_TO_MM     (25.4 / 96.0)

#define SCOPE_TYPE_DRAWING (scope_drawing_get_type ())
G_DECLARE_DERIVABLE_TYPE (ScopeDrawing, scope_drawing, SCOPE, DRAWING, GtkWidget)

struct _ScopeDrawingClass {
  GtkWidgetClass parent_class;
  /* The picture as it is now, for the caller; NULL: there is nothing to be seen. */
  GskRenderNode *(*draw) (ScopeDrawing *self);
};

/* What it shows has changed. */
void scope_drawing_invalidate (ScopeDrawing *self);

G_END_DECLS
