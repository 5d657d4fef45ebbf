/* Viridis and magma are by S. van der Walt and N. Smith (CC0), cividis is by J. Nuñez, C. Anderton
 * and R. Renslow (PLoS ONE 13(7), 2018). The knots below are our least-squares linear splines to
 * them, rounded to 8 bits; the largest error in a channel, in levels of 255, is 1.2, 1.6 and 4.6.
 *
 * Grey runs from paper to ink, so that weak values vanish into the page. Balance is our own: two
 * arms in OKLCh (B. Ottosson, 2020) with the same lightness at the same distance from the centre.
 */
#include "export/palette.h"

#include <math.h>
#include <string.h>

#define N_KNOTS   25
#define N_ENTRIES 256

static const guint32 knots[][N_KNOTS] = {
  [SCOPE_PALETTE_VIRIDIS]
  = { 0x440154, 0x471164, 0x481f71, 0x472d7b, 0x443a83, 0x404688, 0x3b528b, 0x355d8d, 0x31688e,
      0x2c728e, 0x287c8e, 0x24868e, 0x21908d, 0x1e9a8a, 0x20a486, 0x27ae80, 0x35b779, 0x47c06f,
      0x5cc963, 0x74d054, 0x8fd744, 0xabdc32, 0xc7e01f, 0xe3e417, 0xfde724 },
  [SCOPE_PALETTE_CIVIDIS]
  = { 0x00234d, 0x002a60, 0x003172, 0x1b386f, 0x2b406d, 0x38476c, 0x434e6c, 0x4d566c, 0x575d6d,
      0x61646f, 0x6a6c71, 0x737475, 0x7c7b78, 0x868379, 0x908b78, 0x9b9376, 0xa59c74, 0xb0a471,
      0xbbad6d, 0xc6b667, 0xd1bf61, 0xddc958, 0xe9d24f, 0xf5dc3f, 0xffe733 },
  [SCOPE_PALETTE_MAGMA]
  = { 0x000002, 0x050417, 0x100c2d, 0x1c1146, 0x2c1160, 0x3f0f73, 0x50127c, 0x611980, 0x721f81,
      0x822682, 0x932b80, 0xa4317e, 0xb6367a, 0xc73d74, 0xd8456c, 0xe65063, 0xf1605d, 0xf8735b,
      0xfc8761, 0xfe9b6a, 0xfeaf77, 0xfec387, 0xfed698, 0xfde9ab, 0xfcfdbf },
};

static const char *const names[SCOPE_N_PALETTES] = {
  [SCOPE_PALETTE_VIRIDIS] = "viridis", [SCOPE_PALETTE_CIVIDIS] = "cividis",
  [SCOPE_PALETTE_MAGMA] = "magma",     [SCOPE_PALETTE_GREY] = "grey",
  [SCOPE_PALETTE_BALANCE] = "balance",
};

static guint32
pack_rgb (double red, double green, double blue)
{
  double channel[3] = { red, green, blue };
  guint32 colour = 0xff;
  for (int k = 0; k < 3; k++)
    colour = colour << 8 | (guint32)(CLAMP (channel[k], 0.0, 1.0) * 255.0 + 0.5);
  return colour;
}

static guint32
spline_colour (const guint32 *table, double t)
{
  double place = t * (N_KNOTS - 1);
  int k = MIN ((int)place, N_KNOTS - 2);
  double part = place - k, channel[3];
  for (int c = 0; c < 3; c++) {
    int shift = 16 - 8 * c;
    double from = table[k] >> shift & 0xff, to = table[k + 1] >> shift & 0xff;
    channel[c] = (from + part * (to - from)) / 255.0;
  }
  return pack_rgb (channel[0], channel[1], channel[2]);
}

static double
srgb_encode (double linear)
{
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow (linear, 1.0 / 2.4) - 0.055;
}

/* OKLCh to sRGB; HUE in degrees. */
static guint32
oklch_colour (double lightness, double chroma, double hue)
{
  double a = chroma * cos (hue * G_PI / 180), b = chroma * sin (hue * G_PI / 180);
  double l = pow (lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  double m = pow (lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  double s = pow (lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  return pack_rgb (srgb_encode (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                   srgb_encode (-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                   srgb_encode (-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

/* Chroma rises from 0, and stays inside sRGB on both arms for every lightness used. */
static guint32
balance_colour (double t)
{
  double s = fabs (2 * t - 1);
  return oklch_colour (0.97 - 0.62 * s, 0.31 * s * (1 - 0.62 * s), t < 0.5 ? 252 : 30);
}

static guint32
compute_colour (ScopePalette palette, double t)
{
  switch (palette) {
  case SCOPE_PALETTE_GREY:
    return oklch_colour (0.97 - 0.80 * t, 0, 0);
  case SCOPE_PALETTE_BALANCE:
    return balance_colour (t);
  default:
    return spline_colour (knots[palette], t);
  }
}

static guint32 entries[SCOPE_N_PALETTES][N_ENTRIES];

static void
fill_entries (void)
{
  for (int p = 0; p < SCOPE_N_PALETTES; p++)
    for (int k = 0; k < N_ENTRIES; k++)
      entries[p][k] = compute_colour (p, k / (N_ENTRIES - 1.0));
}

gboolean
scope_palette_parse (const char *name, ScopePalette *out)
{
  for (int p = 0; p < SCOPE_N_PALETTES; p++)
    if (strcmp (name, names[p]) == 0) {
      *out = p;
      return TRUE;
    }
  return FALSE;
}

const char *
scope_palette_name (ScopePalette palette)
{
  return names[palette];
}

guint32
scope_palette_colour (ScopePalette palette, double t)
{
  static gsize filled = 0;
  if (g_once_init_enter (&filled)) {
    fill_entries ();
    g_once_init_leave (&filled, 1);
  }
  if (isnan (t))
    return SCOPE_NAN_COLOUR;
  return entries[palette][(int)(CLAMP (t, 0.0, 1.0) * (N_ENTRIES - 1) + 0.5)];
}
