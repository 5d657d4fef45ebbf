#include <math.h>

#include "export/preflight.h"

static double
srgb_decode (double value)
{
  return value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
}

/* OUT = M IN */
static void
transform (const double m[3][3], const double in[3], double out[3])
{
  for (int r = 0; r < 3; r++)
    out[r] = m[r][0] * in[0] + m[r][1] * in[1] + m[r][2] * in[2];
}

/* The colour as a deuteranope sees it, in OKLab (B. Ottosson, 2020). */
static void
seen_lab (guint32 colour, double lab[3])
{
  /* Machado et al., deuteranomaly of severity 1, on linear RGB. */
  static const double seen[3][3] = { { 0.367322, 0.860646, -0.227968 },
                                     { 0.280085, 0.672501, 0.047413 },
                                     { -0.011820, 0.042940, 0.968881 } };
  static const double to_lms[3][3] = { { 0.4122214708, 0.5363325363, 0.0514459929 },
                                       { 0.2119034982, 0.6806995451, 0.1073969566 },
                                       { 0.0883024619, 0.2817188376, 0.6299787005 } };
  static const double to_lab[3][3] = { { 0.2104542553, 0.7936177850, -0.0040720468 },
                                       { 1.9779984951, -2.4285922050, 0.4505937099 },
                                       { 0.0259040371, 0.7827717662, -0.8086757660 } };
  double linear[3], simulated[3], lms[3];
  for (int c = 0; c < 3; c++)
    linear[c] = srgb_decode ((colour >> (16 - 8 * c) & 0xff) / 255.0);
  transform (seen, linear, simulated);
  for (int c = 0; c < 3; c++)
    simulated[c] = CLAMP (simulated[c], 0.0, 1.0);
  transform (to_lms, simulated, lms);
  for (int c = 0; c < 3; c++)
    lms[c] = cbrt (lms[c]);
  transform (to_lab, lms, lab);
}

double
scope_deuteranope_distance (guint32 a, guint32 b)
{
  double first[3], second[3], sum = 0;
  seen_lab (a, first);
  seen_lab (b, second);
  for (int c = 0; c < 3; c++)
    sum += (first[c] - second[c]) * (first[c] - second[c]);
  return sqrt (sum);
}
