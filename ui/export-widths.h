/* Widths of figures that journals and conferences ask for, in millimetres. Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  double width_mm, height_mm; /* height 0: as the panels need */
} ScopeWidth;

extern const ScopeWidth scope_widths[];
extern const guint scope_n_widths;

/* The first with this size, or scope_n_widths if it is none of them. */
guint scope_width_find (double width_mm, double height_mm);

G_END_DECLS
