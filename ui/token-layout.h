/* ScopeTokenLayout: one block of a tokenised text laid out for a width: where its tokens are, in
 * lines of either direction. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/token-blocks.h"

G_BEGIN_DECLS

typedef struct {
  PangoLayout *layout;
  gsize begin, end;    /* tokens */
  gsize *starts;       /* (end - begin + 1) bytes of the layout's text */
  double height;       /* pixels, with the space below */
  GskRenderNode *node; /* the drawing; NULL: to be made */
} ScopeTokenLayout;

#define SCOPE_TOKEN_LINE_SPACING 5 /* pixels between lines */

ScopeTokenLayout *scope_token_layout_new (const ScopeTokenBlocks *blocks, gsize k,
                                          PangoContext *context,
                                          int width) G_GNUC_WARN_UNUSED_RESULT;
void scope_token_layout_free (ScopeTokenLayout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTokenLayout, scope_token_layout_free)

/* For each piece of each token of [FIRST, LAST] in the block (a token may be broken over lines, and
 * in mixed directions within one), in pixels from the block's top left. BASELINE is that of its
 * line. */
typedef void (*ScopeTokenPieceFunc) (gsize token, const graphene_rect_t *area, float baseline,
                                     gpointer data);
void scope_token_layout_pieces (const ScopeTokenLayout *self, gsize first, gsize last,
                                ScopeTokenPieceFunc func, gpointer data);
/* Around all pieces of TOKEN. */
graphene_rect_t scope_token_layout_bounds (const ScopeTokenLayout *self, gsize token);
/* The token at a point; the nearest one, and FALSE, where there is none. */
gboolean scope_token_layout_find (const ScopeTokenLayout *self, double x, double y, gsize *token);
/* Tokens [*FIRST, *LAST] that begin in the line which holds TOKEN's beginning. */
void scope_token_layout_line (const ScopeTokenLayout *self, gsize token, gsize *first, gsize *last);

G_END_DECLS
