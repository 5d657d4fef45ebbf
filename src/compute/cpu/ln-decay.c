/* One channel's cumulative decay (compute/host.h), tokens side by side. */
#include "compute/cpu/vmath.h"

/* Means whose product has one logarithm: each is at least 1 / N > 2^-31, and so many of them are
 * still a normal number. */
#define MEANS_PER_LOG 32

static DVec
load_tokens (const double *from, int64_t count)
{
  if (count >= DOUBLE_LANES)
    return *(const DVec *)from;
  DVec v = { 0 };
  for (int64_t l = 0; l < count; l++)
    v[l] = from[l];
  return v;
}

/* mean over n of exp(Δ (A[n] - max A)): 1 where Δ is 0, as of the tokens that fill the last Vec up.
 */
static inline DVec
mean_decay (DVec delta, const double *rates, int64_t n_rates, double slowest)
{
  DVec sum = { 0 };
  for (int64_t n = 0; n < n_rates; n++)
    sum += dvec_decay (delta * (rates[n] - slowest));
  return sum / (double)n_rates;
}

double
REAL (ln_decay) (const double *delta, int64_t count, const double *rates, int64_t n_rates,
                 double enough)
{
  double slowest = rates[0], sum = 0, logs = 0;
  for (int64_t n = 1; n < n_rates; n++)
    slowest = fmax (slowest, rates[n]);
  for (int64_t t = 0; t < count && (t == 0 || slowest * sum + logs > enough);) {
    DVec product = 1.0 + (DVec){ 0 }, total = { 0 };
    int64_t end = min_size (count, t + MEANS_PER_LOG * DOUBLE_LANES);
    for (; t < end; t += DOUBLE_LANES) {
      DVec tokens = load_tokens (delta + t, count - t);
      total += tokens;
      if (n_rates > 1)
        product *= mean_decay (tokens, rates, n_rates, slowest);
    }
    for (int64_t l = 0; l < DOUBLE_LANES; l++) {
      sum += total[l];
      logs += n_rates > 1 ? log (product[l]) : 0;
    }
  }
  return slowest * sum + logs;
}
