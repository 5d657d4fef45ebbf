/* ScopeFigureArea: one result, drawn by the figure library in the screen's font and style.
 * It keeps the result; "image" to assistive technology. Main thread. */
#pragma once

#include "analysis/result.h"
#include "ui/drawing.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_FIGURE_AREA (scope_figure_area_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFigureArea, scope_figure_area, SCOPE, FIGURE_AREA, ScopeDrawing)

/* NULL: nothing is drawn. SPOKEN says what is to be seen. */
void scope_figure_area_set_result (ScopeFigureArea *self, ScopeResult *result, const char *spoken);

G_END_DECLS
