/* Inside the data files: one panel on its way to files, and its LaTeX. */
#pragma once

#include "export/figure-private.h"
#include "export/normalise.h"

G_BEGIN_DECLS

typedef struct {
  const char *folder, *name; /* "a" */
  const ScopeResult *result;
  const ScopePanelBox *box;
  const ScopeFigure *figure;
  gsize panel;
} ScopePanelData;

/* TEXT as the panel's file with this SUFFIX. (data.c) */
gboolean scope_panel_data_write_text (const ScopePanelData *self, const char *suffix,
                                      const char *text, GError **error);
/* a.tex and what it reads. (data-tex.c) */
gboolean scope_panel_data_write_map_tex (const ScopePanelData *self, GError **error);
gboolean scope_panel_data_write_curves_tex (const ScopePanelData *self, GError **error);

G_END_DECLS
