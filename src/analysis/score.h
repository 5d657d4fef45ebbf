/* Scores of generated text by string match, and the interval of a mean score. Any thread.
 *
 * As RULER's (Hsieh et al., 2024, section 4; its released scorer is the same sentence): upper and
 * lower case are one, an answer counts where it stands anywhere in the text, also inside of a
 * longer word. Case is Unicode's folding. Text that is no UTF-8 is made so first; an empty answer
 * never matches.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The share of ANSWERS (NULL-terminated, UTF-8) that stand in TEXT: RULER's string_match_all of one
 * sample. 0 without answers. */
double scope_score_all (const char *text, const char *const *answers);
/* 1 if any of ANSWERS stands in TEXT, else 0: RULER's string_match_part of one sample. */
double scope_score_part (const char *text, const char *const *answers);
/* 1 if TEXT, less leading blanks, starts with the first answer, byte for byte; else 0. */
double scope_score_start (const char *text, const char *const *answers);

/* Wilson's score interval, 95 %, of a mean of N > 0 scores in [0, 1]: it stays within [0, 1] and
 * has a width at 0 and at 1. For scores that are 0 or 1 it is Wilson's own; scores between vary no
 * more than those of the same mean, so that for them it is rather too wide than too narrow. */
void scope_score_interval (double mean, gsize n, double *low, double *high);

G_END_DECLS
