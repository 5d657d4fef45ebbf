/* The numbers of a figure's panels as files: what a reviewer asks for, and what other plotting
 * programs begin with. Any thread.
 *
 * For panel a: a.npy (a map's cells; of lines a row "curve x y low high" for each point), a.csv
 * (the same with names; a map's cells on or below the diagonal with the tokens they cover), and
 * a.tex, which draws the panel with pgfplots: lines from a.dat, maps from a-cells.png (a pixel for
 * each cell) and a-field.dat (the boundary). An atlas writes a-00.npy, a-01.npy, … and a list of
 * its channels as a.csv.
 */
#pragma once

#include "export/figure.h"

G_BEGIN_DECLS

/* FOLDER is made if it is not there. Each file appears whole. */
gboolean scope_figure_write_data (ScopeFigure *figure, const char *folder, GError **error);

G_END_DECLS
