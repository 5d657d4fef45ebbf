/* What GTK 4.8 would hold for ever of a window is let go of in time. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on a widget of WINDOW that is hidden or removed loses the focus at once, not only after
 * the next frame, and one that is not on screen while WINDOW is gets it when it comes there, unless
 * something else has it by then; where the focus goes is GTK's decision, as before. GTK takes a
 * reference to what it has to lead the focus away from, be it the focus or what that lies in, and
 * forgets it when the focus is hidden a second time before the frame: it would never go, nor what
 * it holds. And when WINDOW goes, a popover that is up is closed first: its grab, which only
 * closing it ends, would keep it; and gestures are cancelled: one whose button was let go of
 * elsewhere, for what was pressed had left the screen, keeps that, which keeps the gesture. */
void scope_focus_guard (GtkWindow *window);

G_END_DECLS
