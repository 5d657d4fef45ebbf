/* The inside of ScopeColourBar, shared by colour-bar.c (state, pointer, keys) and
 * colour-bar-paint.c (how it looks). */
#pragma once

#include "ui/colour-bar.h"

G_BEGIN_DECLS

#define SCOPE_BAR_BINS 128

typedef enum {
  SCOPE_BAR_HIGH,
  SCOPE_BAR_LOW,
  SCOPE_BAR_EPSILON,
  SCOPE_BAR_N_HANDLES,
  SCOPE_BAR_NONE = SCOPE_BAR_N_HANDLES
} ScopeBarHandle;

struct _ScopeColourBar {
  ScopeDrawing parent;
  ScopePalette palette;
  ScopeNorm norm, axis;
  gboolean has_axis;
  float bins[SCOPE_BAR_BINS];
  gsize n_bins;
  double epsilon; /* NaN: none */
  char *label;
  double top, foot;      /* of the map's plot area beside it */
  GtkWidget *menu;       /* its button, or NULL */
  ScopeBarHandle chosen; /* by the keyboard */
  ScopeBarHandle dragged;
};

gboolean scope_colour_bar_has (ScopeColourBar *self, ScopeBarHandle handle);
/* Where on the axis a handle stands, from 0 at the foot to 1 at the top. */
double scope_colour_bar_place (ScopeColourBar *self, ScopeBarHandle handle);
/* Where a place is, in the widget's pixels. */
double scope_colour_bar_y (ScopeColourBar *self, double place);

/* colour-bar-paint.c */
#define SCOPE_BAR_LEFT  30.0 /* where the colours begin; the histogram is before them */
#define SCOPE_BAR_WIDTH 14.0
GskRenderNode *scope_colour_bar_paint (ScopeColourBar *self);
/* What is needed across for the widest ticks of such a norm, so that no range moves the map. */
int scope_colour_bar_width (ScopeColourBar *self);

G_END_DECLS
