/* ScopeBarStrip: signed bars side by side over and under a line, as narrow as they must be: the
 * terms of a cell by state, the ΣΔ of a layer by channel. One is selected, by pointing or by arrow
 * keys; its owner says it in words.
 *
 * Property "selected" (uint; notifies): the index, or G_MAXUINT for none. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_BAR_STRIP (scope_bar_strip_get_type ())
G_DECLARE_FINAL_TYPE (ScopeBarStrip, scope_bar_strip, SCOPE, BAR_STRIP, GtkWidget)

/* Copies COUNT values; NaN and infinities are not drawn. BEHIND (NULL: none) are drawn as outlines.
 * The selection stays if there is such a bar. */
void scope_bar_strip_set_values (ScopeBarStrip *self, const double *values, const double *behind,
                                 guint count);
guint scope_bar_strip_get_count (ScopeBarStrip *self);
guint scope_bar_strip_get_selected (ScopeBarStrip *self);
void scope_bar_strip_set_selected (ScopeBarStrip *self, guint index);
/* What a screen reader says of the whole, and of the selected bar. */
void scope_bar_strip_say (ScopeBarStrip *self, const char *whole, const char *selected);

G_END_DECLS
