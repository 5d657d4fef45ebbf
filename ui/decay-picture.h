/* The decay plot's picture: axes, curves and names by the figure library, drawn on a thread,
 * because a layer of Mamba-1 has more than a thousand curves. What moves with the pointer is not in
 * it.
 */
#pragma once

#include <gtk/gtk.h>

#include "export/plot-area.h"
#include "session/curves.h"

G_BEGIN_DECLS

/* All that a picture depends on. */
typedef struct {
  ScopeMatrix *after, *before; /* (points, channels); BEFORE may be NULL */
  double *x;                   /* (points) */
  guint8 *shown, *global;      /* (channels) */
  const char *noun;            /* "head"; static */
  double train_length;
  double floor_ln;             /* curves end where they fall below */
  double width, height, scale; /* pixels, and device pixels in each */
  char *font;
  double font_pt;
  gboolean dark;
  GdkRGBA paper; /* what it stands on */
} ScopeDecaySpec;

void scope_decay_spec_free (ScopeDecaySpec *self);

typedef struct {
  GdkTexture *texture;
  ScopePlotArea area;   /* in pixels of the widget */
  double width, height; /* it was drawn for */
} ScopeDecayPicture;

void scope_decay_picture_free (ScopeDecayPicture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeDecayPicture, scope_decay_picture_free)

/* Takes SPEC over. */
void scope_decay_picture_draw (ScopeDecaySpec *spec, GObject *owner, GCancellable *cancellable,
                               GAsyncReadyCallback done);
/* NULL after a cancellation. */
ScopeDecayPicture *scope_decay_picture_finish (GAsyncResult *result);

G_END_DECLS
