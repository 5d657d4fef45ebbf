/* SCAN, Mamba-2's form in BF16: the states that a span of chunks leaves behind, from zero, and the
 * span's own decay. A block has one head and two chunks in shared memory, one of them on its way.
 * Launch: (groups x heads of a group x tiles of lanes, spans). */
#include "ssd-walk.cuh"

__global__ static void
__launch_bounds__ (PART_THREADS, 4) ssd_walk_states (Ssd s, SsdWide<Bf16> wide)
{
  SCOPE_DYNAMIC_SHARED (uint4, memory);
  Walk w = find_walk<1> (s);
  Chunk<1> *chunks = (Chunk<1> *)memory;
  bool here = w.head < s.heads;
  float passed = 0.0f, state[2][LANES / 8][4] = {};

  fetch_chunk (s, wide, w, &chunks[w.first % 2], w.first);
  copy_commit ();
  for (int chunk = w.first; chunk < w.end; chunk++) {
    Chunk<1> &now = chunks[chunk % 2];
    copy_wait<0> ();
    __syncthreads ();
    fetch_chunk (s, wide, w, &chunks[(chunk + 1) % 2], chunk + 1);
    copy_commit ();
    if (here)
      find_weights (w, &now);
    __syncthreads ();
    if (here) {
      passed += ssd_since (decays_of (w, now)[ROWS - 1], decays_of (w, now)[-1]);
      if (32 * w.warp < s.depth)
        step_states (s, w, now, state);
    }
  }
  if (!here)
    return;
  float *end = s.ends + ssd_state_block (s, blockIdx.y, w.head, (int)blockIdx.x % s.tiles);
  each_state (s, w, [&] (int k, int n, int up, int row, int column) {
    *(float2 *)(end + row * COLUMNS + column)
        = make_float2 (state[k][n][2 * up], state[k][n][2 * up + 1]);
  });
  if (w.thread == 0 && blockIdx.x % s.tiles == 0)
    s.passed[blockIdx.y * s.heads + w.head] = passed;
}

void
ssd_run_walk_states (ScopeCuda *self, const Ssd &s, const SsdWide<Bf16> &wide)
{
  size_t bytes = 2 * sizeof (Chunk<1>);

  cudaFuncSetAttribute (ssd_walk_states, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
  SCOPE_LAUNCH (ssd_walk_states, grid_of<1> (s), PART_THREADS, bytes, self, s, wide);
}
