/* What a paper's source needs of a figure. Any thread. */
#pragma once

#include "export/figure.h"

G_BEGIN_DECLS

/* TEXT with what LaTeX reads as commands quoted, and Greek letters, superscripts and signs in
 * mathematics, so that it sets with any encoding and font. Caller frees. */
char *scope_latex_escape (const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* A figure environment: \includegraphics of FILE (a name, not a path) at the figure's own width, the
 * caption and a label. Caller frees. */
char *scope_figure_latex (ScopeFigure *figure, const char *file) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
