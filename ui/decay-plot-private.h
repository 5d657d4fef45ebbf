/* The inside of ScopeDecayPlot: its picture (decay-plot.c), what is drawn over it
 * (decay-plot-paint.c), pointer and keys (decay-plot-input.c). */
#pragma once

#include "ui/decay-picture.h"
#include "ui/decay-plot.h"

G_BEGIN_DECLS

#define SCOPE_DECAY_MARGIN 12

struct _ScopeDecayPlot {
  GtkWidget parent;
  ScopeCurves *curves;
  guint8 *shown; /* (channels of the view) */
  gsize channels;
  const char *noun;
  double ln_theta, floor_ln;
  gsize selected, token, hover; /* G_MAXSIZE: none */
  char *token_words;
  ScopeDecayPicture *picture; /* NULL: none yet */
  GCancellable *drawing;      /* a picture is on its way */
  gboolean again;             /* and is out of date already */
  GtkWidget *handle;
  gboolean dragging;
  double drag_ln, drag_y;
};

typedef enum {
  DECAY_PLOT_THETA_MOVED,
  DECAY_PLOT_THETA_DROPPED,
  DECAY_PLOT_CHANNEL_PICKED,
  DECAY_PLOT_TOKEN_PICKED,
  DECAY_PLOT_HOVERED,
  DECAY_PLOT_STEPPED,
  DECAY_PLOT_N
} ScopeDecayPlotSignal;
extern guint scope_decay_plot_signals[DECAY_PLOT_N];

/* decay-plot.c */
/* The plot in the widget's pixels, with the values at its edges; FALSE while there is none. */
gboolean scope_decay_plot_area (ScopeDecayPlot *self, ScopePlotArea *out);
double scope_decay_plot_x (const ScopePlotArea *area, double tokens);
double scope_decay_plot_y (const ScopePlotArea *area, double ln); /* kept within the plot */

/* decay-plot-paint.c */
void scope_decay_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);

/* decay-plot-input.c */
void scope_decay_plot_input_init (ScopeDecayPlot *self);
void scope_decay_plot_input_class_init (GtkWidgetClass *widget_class);

G_END_DECLS
