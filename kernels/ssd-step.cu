/* SCAN, Mamba-2's form, of a few tokens (decoding): the recurrence itself, in one launch.
 *
 *   h <- exp (Δ A) h + Δ B u,  y = (C · h + D u) SiLU (gate).
 * A warp owns one lane of a head, its states in registers, 32 apart so that rows are read and
 * written whole. Bytes: the states once each way. Launch: (lanes / 8), 256 threads. */
#include "ssd.cuh"

enum { STEP_LANES = 8, PER_THREAD = STEP_STATES / 32 };

struct Step {
  int64_t rows, heads, lanes, states, groups; /* lanes: of all heads */
  const float *a, *d;
  int64_t a_stride;
  DeltaRule rule;
  View<float> state, delta_out;
  double *sums;
  int64_t sums_stride;
};

template <class R, class T>
__device__ static void
step_token (const Step &s, const View<const R> &raw, const SsdWide<T> &wide, int64_t t,
            int64_t lane, float *state, double *sums)
{
  int64_t head = lane / (s.lanes / s.heads), group = head / (s.heads / s.groups) * s.states;
  float delta = effective_delta (s.rule, scope_load (raw.row (t)[head]), t, head);
  float decay = expf (delta * s.a[head * s.a_stride]);
  float u = scope_load (wide.u.row (t)[lane]), sum = 0.0f;
  const T *b = wide.b.row (t) + group, *c = wide.c.row (t) + group;

#pragma unroll
  for (int k = 0; k < PER_THREAD; k++) {
    int64_t n = threadIdx.x % 32 + 32 * k;
    if (n < s.states) {
      state[k] = decay * state[k] + delta * scope_load (b[n]) * u;
      sum += scope_load (c[n]) * state[k];
    }
  }
  for (int other = 16; other > 0; other /= 2)
    sum += __shfl_xor_sync (0xffffffffu, sum, other);
  if (threadIdx.x % 32 == 0) {
    float y = sum + s.d[head] * u;
    if (wide.gate.data)
      y *= silu (scope_load (wide.gate.row (t)[lane]));
    scope_store (wide.y.row (t) + lane, y);
    if (s.delta_out.data && lane % (s.lanes / s.heads) == 0)
      s.delta_out.row (t)[head] = delta;
  }
  sums[0] += delta;
  sums[1] += delta > 0.0f;
}

template <class R, class T>
__global__ static void
ssd_step (Step s, View<const R> raw, SsdWide<T> wide)
{
  int64_t lane = (int64_t)blockIdx.x * STEP_LANES + threadIdx.x / 32;
  int first = threadIdx.x % 32;
  float state[PER_THREAD];
  double sums[2] = { 0.0, 0.0 };

  if (lane >= s.lanes)
    return;
#pragma unroll
  for (int k = 0; k < PER_THREAD; k++)
    state[k] = first + 32 * k < s.states ? s.state.row (lane)[first + 32 * k] : 0.0f;
  for (int64_t t = 0; t < s.rows; t++)
    step_token (s, raw, wide, t, lane, state, sums);
#pragma unroll
  for (int k = 0; k < PER_THREAD; k++)
    if (first + 32 * k < s.states)
      s.state.row (lane)[first + 32 * k] = state[k];
  int64_t head = lane / (s.lanes / s.heads);
  if (s.sums && first < 2 && lane % (s.lanes / s.heads) == 0)
    s.sums[first * s.sums_stride + head] += first == 0 ? sums[0] : sums[1];
}

static Step
describe (const ScopeOpScan *op)
{
  Step s = {};

  s.rows = op->u.rows;
  s.heads = op->raw.columns;
  s.lanes = op->u.columns;
  s.states = op->state.columns;
  s.groups = op->groups;
  s.a = (const float *)op->a.data;
  s.a_stride = op->a.stride;
  s.d = (const float *)op->d.data;
  s.rule = delta_rule (op->rule);
  s.state = scope_view<float> (op->state);
  s.delta_out = scope_view<float> (op->delta);
  s.sums = (double *)op->sums.data;
  s.sums_stride = op->sums.stride;
  return s;
}

int
scope_cuda_ssd_step (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  Step s = describe (op);
  unsigned blocks = scope_blocks (s.lanes, STEP_LANES);

  scope_with_type (op->u, [&] (auto *wide_type) {
    typedef std::remove_pointer_t<decltype (wide_type)> T;
    scope_with_type (op->raw, [&] (auto *raw_type) {
      typedef std::remove_pointer_t<decltype (raw_type)> R;
      SCOPE_LAUNCH ((ssd_step<R, T>), blocks, STEP_LANES * 32, 0, self, s,
                    scope_view<const R> (op->raw), ssd_wide<T> (op, 0));
    });
  });
  return scope_cuda_launched (self, "scan", error, error_size);
}
