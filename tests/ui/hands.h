/* A window on the rescue sample, and what hands do in it: by a real pointer and real keys. Main
 * thread. */
#pragma once

#include "harness.h"
#include "ui/map-view.h"

G_BEGIN_DECLS

#define HANDS_HEADS  8
#define HANDS_LAYERS 8

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  ScopeMapView *map;
  ScopeColourBar *bar;
  double theta; /* of CLASSES; 0: there are none yet */
  const char *classes[HANDS_LAYERS * HANDS_HEADS];
} Hands;

/* In place of harness_init(): what is said can be heard. */
void hands_init (int *argc, char ***argv);
/* VIEW is a name; the window is at rest, its pointer in hand. */
void hands_set_up (Hands *self, gconstpointer view);
void hands_tear_down (Hands *self, gconstpointer view);

/* Points of WIDGET, in its pixels. */
void hands_point_at (Hands *self, gpointer widget, double x, double y);
void hands_drag (Hands *self, gpointer widget, double x, double y, double to_x, double to_y);
void hands_click_at (Hands *self, gpointer widget, double x, double y, guint button);
/* By the key that takes back, and the one that does it again, once there is something to. */
void hands_undo (Hands *self);
void hands_redo (Hands *self);

/* What a screen reader is told of WIDGET holds WORDS. */
gboolean hands_hears (gpointer widget, GtkAccessibleProperty property, const char *words);
/* The number behind WORDS in it. */
double hands_heard (gpointer widget, GtkAccessibleProperty property, const char *words);

gboolean hands_is_near (double a, double b, double tolerance); /* relative */

G_END_DECLS
