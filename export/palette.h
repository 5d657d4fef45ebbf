/* Colour maps: viridis, cividis, magma, grey and one zero-centred diverging map ("balance").
 * 256 entries each, from formulas or tables of our own fitting; sources in palette.c. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_PALETTE_VIRIDIS,
  SCOPE_PALETTE_CIVIDIS,
  SCOPE_PALETTE_MAGMA,
  SCOPE_PALETTE_GREY,
  SCOPE_PALETTE_BALANCE,
  SCOPE_N_PALETTES
} ScopePalette;

gboolean scope_palette_parse (const char *name, ScopePalette *out);
const char *scope_palette_name (ScopePalette palette);
/* T in [0, 1] (clamped) to 0xAARRGGBB, opaque; NaN to SCOPE_NAN_COLOUR. */
guint32 scope_palette_colour (ScopePalette palette, double t);
#define SCOPE_NAN_COLOUR 0xffbdbdbdu

G_END_DECLS
