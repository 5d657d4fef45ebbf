/* Pointer and keys as the X server reports them, made by its XTEST extension. What is done here
 * comes to the window as from a user's hand. One window at a time; main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* FALSE: no X server, or one without the extension's library. Gives the keyboard to WINDOW. */
gboolean input_open (GtkWindow *window);
/* To a place of the window, in its own pixels. */
void input_move (double x, double y);
/* The same of another surface that belongs to it: a popover. */
void input_move_in (GtkNative *native, double x, double y);
/* To a place of the screen: of another program's window. */
void input_move_on_screen (int x, int y);
void input_button (guint button, gboolean pressed);
void input_click (guint button);
/* The first button in the middle of WIDGET, which must be on screen. */
void input_click_on (GtkWidget *widget);
void input_wheel (int down); /* notches; negative: up */
/* KEYVAL with those of Shift, Control and Alt that MODIFIERS names, pressed and let go. */
void input_key (guint keyval, GdkModifierType modifiers);
void input_hold (guint keyval, gboolean pressed);

G_END_DECLS
