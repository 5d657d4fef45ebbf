/* ScopeDecayPlot: curves of cumulative decay, with what moves over them: the θ line, the selected
 * and the pointed-at channel, what calibration aims at, the crosshair's token.
 *
 * It shows and tells; what it tells of is its owner's business. Signals:
 *   "theta-moved" (double ln θ): the line was dragged or moved by a key; NaN: back to the default
 *   "theta-dropped": a drag of it has ended
 *   "channel-picked" (guint64 channel, gboolean add): a curve was clicked; ADD: with Ctrl
 *   "token-picked" (guint64 token): a place beside the curves was
 *   "hovered" (guint64 channel): the pointer is at another curve; G_MAXUINT64: at none
 *   "stepped" (int channels): Up or Down wants the next channel, -1 is the one that forgets less
 *
 * Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/curves.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_DECAY_PLOT (scope_decay_plot_get_type ())
G_DECLARE_FINAL_TYPE (ScopeDecayPlot, scope_decay_plot, SCOPE, DECAY_PLOT, GtkWidget)

/* Once. Its newest view is what is drawn. */
void scope_decay_plot_set_curves (ScopeDecayPlot *self, ScopeCurves *curves);
/* There is another view, or other channels of it are SHOWN (channels, copied). NOUN is static. */
void scope_decay_plot_show (ScopeDecayPlot *self, const guint8 *shown, const char *noun);
/* Where the θ line is. Classes, and with them colours, follow it at once. */
void scope_decay_plot_set_ln_theta (ScopeDecayPlot *self, double ln_theta);
double scope_decay_plot_get_ln_theta (ScopeDecayPlot *self);
/* G_MAXSIZE: none. */
void scope_decay_plot_set_selected (ScopeDecayPlot *self, gsize channel);
/* The crosshair's column, and its token in words. */
void scope_decay_plot_set_token (ScopeDecayPlot *self, gsize token, const char *words);
void scope_decay_plot_say (ScopeDecayPlot *self, const char *words);

/* The curve nearest to a place of the widget, or G_MAXSIZE if none is near. */
gsize scope_decay_plot_channel_at (ScopeDecayPlot *self, double x, double y);
/* Where ln decay LN after TOKENS tokens is; FALSE while nothing is drawn. */
gboolean scope_decay_plot_place (ScopeDecayPlot *self, double tokens, double ln,
                                 graphene_point_t *out);

G_END_DECLS
