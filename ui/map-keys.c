#include "ui/map-keys.h"

void
scope_map_keys_bind (GtkWidgetClass *widget_class, GtkShortcutFunc nudge, GtkShortcutFunc pan)
{
  static const struct {
    guint key;
    int right, down;
  } arrows[] = {
    { GDK_KEY_Left, -1, 0 },    { GDK_KEY_KP_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 },
    { GDK_KEY_KP_Right, 1, 0 }, { GDK_KEY_Up, 0, -1 },      { GDK_KEY_KP_Up, 0, -1 },
    { GDK_KEY_Down, 0, 1 },     { GDK_KEY_KP_Down, 0, 1 },
  };

  for (guint k = 0; k < G_N_ELEMENTS (arrows); k++) {
    int right = arrows[k].right, down = arrows[k].down;
    gtk_widget_class_add_binding (widget_class, arrows[k].key, 0, nudge, "(ii)", down, right);
    gtk_widget_class_add_binding (widget_class, arrows[k].key, GDK_SHIFT_MASK, nudge, "(ii)",
                                  10 * down, 10 * right);
    gtk_widget_class_add_binding (widget_class, arrows[k].key, GDK_CONTROL_MASK, pan, "(ii)", right,
                                  down);
  }
}
