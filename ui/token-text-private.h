/* The inside of ScopeTokenText: its layout (token-text.c), its drawing (token-text-paint.c), its
 * pointer and keys (token-text-input.c). */
#pragma once

#include "ui/token-layout.h"
#include "ui/token-text.h"

G_BEGIN_DECLS

struct _ScopeTokenText {
  GtkWidget parent;
  ScopeTokens *tokens;
  ScopeTokenBlocks *blocks; /* NULL: no text */
  ScopeReading *reading;
  ScopePalette palette;
  GHashTable *layouts; /* block -> ScopeTokenLayout, of those in sight and some around */
  GtkAdjustment *adjustment[2];
  guint policy[2];
  gboolean placing; /* the adjustment is moved by ourselves */
  int left, column_width;
  gsize first;     /* as told last */
  gboolean sought; /* that token is what is looked for: not to be at the very top */
  guint measure_source;

  gsize row, column, hover; /* G_MAXSIZE: none */
  gsize anchor, extent;     /* the selection, both included; G_MAXSIZE: none */
  gboolean dragging;
  const ScopeTokenMatch *matches;
  gsize n_matches, current_match;
};

typedef enum {
  TOKEN_TEXT_PICKED,
  TOKEN_TEXT_HOVERED,
  TOKEN_TEXT_SCROLLED,
  TOKEN_TEXT_N
} ScopeTokenTextSignal;
extern guint scope_token_text_signals[TOKEN_TEXT_N];

/* token-text.c */
double scope_token_text_value (ScopeTokenText *self); /* pixels scrolled away above */
void scope_token_text_scroll_to (ScopeTokenText *self, double value);
/* Made if it is not there, and its block's height is known from then on. */
ScopeTokenLayout *scope_token_text_layout (ScopeTokenText *self, gsize block);
/* The token at a place of the widget. */
gboolean scope_token_text_find (ScopeTokenText *self, double x, double y, gsize *token);

/* token-text-paint.c */
void scope_token_text_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);

/* token-text-input.c */
void scope_token_text_input_init (ScopeTokenText *self);
void scope_token_text_input_class_init (GtkWidgetClass *widget_class);

G_END_DECLS
