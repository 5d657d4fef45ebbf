#include "ui/export-widths.h"

#include <math.h>

#include "export/figure.h"

/* Where they come from, in order: Nature's guide to final artwork (89 and 183 mm; between them it
 * allows 120 to 136); the widescreen page of office programs (10 × 5.625 in); Cell Press, figure
 * guidelines (85, 114, 174 mm); PNAS, author centre (8.7, 11.4, 17.8 cm); Elsevier, artwork
 * sizing (90, 140, 190 mm); IEEE, author centre (3.5 and 7.16 in). Conferences have no guide but
 * their LaTeX style, whose \textwidth and \columnwidth are these: neurips.sty and
 * iclr_conference.sty (5.5 in), icml.sty (3.25 and 6.75 in), acl.sty (7.7 and 16 cm), Springer's
 * llncs.cls (122 mm), jmlr2e.sty (6 in). */
const ScopeWidth scope_widths[] = {
  { "One column, 89 mm", SCOPE_WIDTH_ONE_COLUMN, 0 },
  { "One and a half, 120 mm", SCOPE_WIDTH_ONE_AND_A_HALF, 0 },
  { "Two columns, 183 mm", SCOPE_WIDTH_TWO_COLUMNS, 0 },
  { "Slide 16:9, 254 × 143 mm", SCOPE_WIDTH_SLIDE, 142.875 },
  { "NeurIPS, ICLR, 139.7 mm", 5.5 * 25.4, 0 },
  { "ICML column, 82.6 mm", 3.25 * 25.4, 0 },
  { "ICML page, 171.5 mm", 6.75 * 25.4, 0 },
  { "ACL column, 77 mm", 77, 0 },
  { "ACL page, 160 mm", 160, 0 },
  { "JMLR text, 152.4 mm", 6 * 25.4, 0 },
  { "Springer LNCS text, 122 mm", 122, 0 },
  { "IEEE column, 88.9 mm", 3.5 * 25.4, 0 },
  { "IEEE page, 181.9 mm", 7.16 * 25.4, 0 },
  { "Elsevier column, 90 mm", 90, 0 },
  { "Elsevier 1½, 140 mm", 140, 0 },
  { "Elsevier page, 190 mm", 190, 0 },
  { "Cell Press column, 85 mm", 85, 0 },
  { "Cell Press 1½, 114 mm", 114, 0 },
  { "Cell Press page, 174 mm", 174, 0 },
  { "PNAS column, 87 mm", 87, 0 },
  { "PNAS page, 178 mm", 178, 0 },
};
const guint scope_n_widths = G_N_ELEMENTS (scope_widths);

guint
scope_width_find (double width_mm, double height_mm)
{
  guint k = 0;
  while (k < scope_n_widths
         && (fabs (scope_widths[k].width_mm - width_mm) > 0.005
             || fabs (scope_widths[k].height_mm - height_mm) > 0.005))
    k++;
  return k;
}
