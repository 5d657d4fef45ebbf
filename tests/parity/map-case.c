#include "map-case.h"

const MapShape map_shapes[] = {
  { 1, 1, 1, 1, FALSE, 1, 1, 0.1, 1 },
  { 2, 3, 5, 1, FALSE, 1e-2, 10, 1e-3, 1 },
  { 67, 6, 16, 3, FALSE, 4e-4, 4e4, 1e-6, 10 },
  { 130, 8, 7, 8, FALSE, 1e-3, 1, 1e-3, 1 },
  { 257, 2, 128, 1, FALSE, 1e-2, 16, 1e-4, 0.3 },
  { 400, 3, 16, 1, FALSE, 4e-4, 4e4, 1e-4, 0.1 },
  { 64, 1, 16, 1, FALSE, 0.1, 16, 1e-3, 0.1 },
  { 517, 2, 16, 1, FALSE, 1e-3, 16, 1e-4, 0.1 },
  { 128, 3, 16, 1, FALSE, 0.5, 16, 1e-3, 0.1 },
  { 129, 2, 33, 2, FALSE, 4e-4, 4e4, 1e-3, 0.1 },
  { 3, 1, 1, 1, TRUE, 1, 1, 0.1, 1 },
  { 131, 8, 64, 4, TRUE, 4e-4, 4e4, 1e-6, 10 },
  { 320, 4, 17, 2, TRUE, 4e-4, 1e-1, 1e-3, 1 },
};
const gsize n_map_shapes = G_N_ELEMENTS (map_shapes);

MapCase
map_case_new (const MapShape *shape)
{
  gsize count = shape->tokens * shape->channels, width = shape->groups * shape->states;
  MapCase self = { .shape = shape, .rates = shape->one_rate ? 1 : shape->states };
  self.delta = parity_delta (count, shape->delta_low, shape->delta_high);
  self.prefix = parity_zeros (count);
  for (gsize i = 0; i < count; i++)
    self.prefix[i] = self.delta[i] + (i < shape->channels ? 0 : self.prefix[i - shape->channels]);
  self.a = parity_rates (shape->channels * self.rates, shape->rate_low, shape->rate_high);
  self.b = parity_normal (shape->tokens * width);
  self.c = parity_normal (shape->tokens * width);
  self.source = (ScopeMapSource){
    .delta = parity_real (shape->tokens, shape->channels, self.delta),
    .prefix = parity_tensor (SCOPE_TYPE_F64, shape->tokens, shape->channels, self.prefix),
    .a = parity_real (shape->channels, self.rates, self.a),
    .b = parity_real (shape->tokens, width, self.b),
    .c = parity_real (shape->tokens, width, self.c),
    .groups = shape->groups,
    .states = shape->states,
  };
  return self;
}

double
map_cell (const MapCase *self, gsize channel, gsize i, gsize j, gboolean without_delta,
          double *size)
{
  const MapShape *shape = self->shape;
  gsize group = channel / (shape->channels / shape->groups), width = shape->groups * shape->states;
  double delta = self->delta[j * shape->channels + channel], sum = 0, absolute = 0;
  double distance = 0; /* summed afresh: a difference of prefix sums loses what A is large for */
  for (gsize k = j + 1; k <= i; k++)
    distance += self->delta[k * shape->channels + channel];
  for (gsize n = 0; j <= i && n < shape->states; n++) {
    double rate = self->a[channel * self->rates + (shape->one_rate ? 0 : n)];
    double term = self->c[i * width + group * shape->states + n] * exp (rate * distance)
                  * (without_delta ? delta != 0 : delta)
                  * self->b[j * width + group * shape->states + n];
    sum += term;
    absolute += fabs (term);
  }
  if (size != NULL)
    *size = absolute;
  return sum;
}
