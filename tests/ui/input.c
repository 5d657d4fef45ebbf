#include "input.h"

#include <gdk/x11/gdkx.h>
#include <gmodule.h>

/* libXtst comes with every tool that drives a pointer; its headers do not. */
typedef int (*FakeMotion) (Display *, int screen, int x, int y, unsigned long delay);
typedef int (*FakeButton) (Display *, unsigned button, int pressed, unsigned long delay);
typedef int (*FakeKey) (Display *, unsigned code, int pressed, unsigned long delay);

static struct {
  GtkWindow *window;
  Display *display;
  FakeMotion motion;
  FakeButton button;
  FakeKey key;
} input;

static gboolean
load (void)
{
  GModule *library = g_module_open ("libXtst.so.6", G_MODULE_BIND_LAZY);
  if (library == NULL)
    return FALSE;
  g_module_make_resident (library);
  return g_module_symbol (library, "XTestFakeMotionEvent", (gpointer *)&input.motion)
         && g_module_symbol (library, "XTestFakeButtonEvent", (gpointer *)&input.button)
         && g_module_symbol (library, "XTestFakeKeyEvent", (gpointer *)&input.key);
}

gboolean
input_open (GtkWindow *window)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (window));
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  if (!GDK_IS_X11_DISPLAY (display) || !load ())
    return FALSE;
  input.window = window;
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  input.display = gdk_x11_display_get_xdisplay (display);
  /* There is no window manager on a virtual screen that would do it. */
  XSetInputFocus (input.display, gdk_x11_surface_get_xid (surface), RevertToParent, CurrentTime);
  G_GNUC_END_IGNORE_DEPRECATIONS
  XFlush (input.display);
  return TRUE;
}

void
input_move_in (GtkNative *native, double x, double y)
{
  GdkSurface *surface = gtk_native_get_surface (native);
  int scale = gdk_surface_get_scale_factor (surface), left, top;
  double dx, dy;
  Window child;
  gtk_native_get_surface_transform (native, &dx, &dy);
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  XTranslateCoordinates (input.display, gdk_x11_surface_get_xid (surface),
                         DefaultRootWindow (input.display), 0, 0, &left, &top, &child);
  G_GNUC_END_IGNORE_DEPRECATIONS
  input.motion (input.display, -1, left + (int)((x + dx) * scale), top + (int)((y + dy) * scale),
                CurrentTime);
  XFlush (input.display);
}

void
input_move (double x, double y)
{
  input_move_in (GTK_NATIVE (input.window), x, y);
}

void
input_move_on_screen (int x, int y)
{
  input.motion (input.display, -1, x, y, CurrentTime);
  XFlush (input.display);
}

void
input_button (guint button, gboolean pressed)
{
  input.button (input.display, button, pressed, CurrentTime);
  XFlush (input.display);
}

void
input_click (guint button)
{
  input_button (button, TRUE);
  input_button (button, FALSE);
}

void
input_click_on (GtkWidget *widget)
{
  graphene_rect_t box;
  g_assert_true (gtk_widget_compute_bounds (widget, GTK_WIDGET (input.window), &box));
  input_move (box.origin.x + box.size.width / 2, box.origin.y + box.size.height / 2);
  input_click (1);
}

void
input_wheel (int down)
{
  for (int k = 0; k < ABS (down); k++)
    input_click (down > 0 ? 5 : 4);
}

void
input_hold (guint keyval, gboolean pressed)
{
  KeyCode code = XKeysymToKeycode (input.display, keyval);
  if (code != 0)
    input.key (input.display, code, pressed, CurrentTime);
  XFlush (input.display);
}

void
input_key (guint keyval, GdkModifierType modifiers)
{
  static const struct {
    GdkModifierType modifier;
    guint keyval;
  } held[] = { { GDK_SHIFT_MASK, GDK_KEY_Shift_L },
               { GDK_CONTROL_MASK, GDK_KEY_Control_L },
               { GDK_ALT_MASK, GDK_KEY_Alt_L } };
  for (guint k = 0; k < G_N_ELEMENTS (held); k++)
    if (modifiers & held[k].modifier)
      input_hold (held[k].keyval, TRUE);
  input_hold (keyval, TRUE);
  input_hold (keyval, FALSE);
  for (guint k = 0; k < G_N_ELEMENTS (held); k++)
    if (modifiers & held[k].modifier)
      input_hold (held[k].keyval, FALSE);
}
