/* Blocks of fibers: include/cuda_runtime.h says what they stand for. x86-64. */
#include <cuda_runtime.h>

#include <sys/mman.h>

#include <map>
#include <mutex>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* Saves the registers that a call keeps on the stack, leaves the stack in *SAVE and goes on with
 * LOAD. */
extern "C" void scope_shim_switch (void **save, void *load);
asm(".text\n"
    ".globl scope_shim_switch\n"
    ".hidden scope_shim_switch\n"
    ".type scope_shim_switch, @function\n"
    "scope_shim_switch:\n"
    "push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "mov %rsp, (%rdi)\n"
    "mov %rsi, %rsp\n"
    "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n"
    "ret\n"
    ".size scope_shim_switch, . - scope_shim_switch\n");

namespace shim {
uint3 thread_index, block_index;
dim3 block_size, grid_size;
void *dynamic_shared;

enum { WARP = 32, MOST_THREADS = 1024, MOST_SHARED = 227 * 1024, PLAIN_SHARED = 48 * 1024 };
enum { GUARD = 64, GUARD_BYTE = 0xa5, NAN_BYTE = 0xff };
enum State { READY, AT_BLOCK, AT_WARP, ENDED };

/* Not a power of two, or all stacks would want the same few lines of the cache. */
static const size_t stack_size = (128 << 10) + 4160;
static const uint64_t stack_end = 0x5ca1ab1e5ca1ab1e; /* at the far end of each: overrun if gone */

struct Fiber {
  void *stack_pointer;
  void *fake_stack; /* the sanitizer's */
  State state;
  unsigned mask; /* AT_WARP: the lanes waited for */
  uint3 index;
};

static struct {
  Fiber fibers[MOST_THREADS];
  unsigned count, running, left;
  void *scheduler, *scheduler_fake_stack;
  const void *scheduler_stack;
  size_t scheduler_stack_size;
  char *stacks;
  const char *kernel;
  const std::function<void ()> *thread;
  unsigned char slots[MOST_THREADS / WARP][WARP][16];
  unsigned long long launches;
} machine;

static std::recursive_mutex one_grid; /* static __shared__: one block in the process */
static std::map<const void *, int> shared_limits;
extern cudaError_t last_error;

[[noreturn]] static void
die (const char *what)
{
  fprintf (stderr, "shim: kernel %s, block (%u, %u, %u): %s\n", machine.kernel, block_index.x,
           block_index.y, block_index.z, what);
  abort ();
}

/* --- switching -------------------------------------------------------------------------------- */

static void
to_scheduler (bool ending)
{
  Fiber *self = &machine.fibers[machine.running];
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber (ending ? nullptr : &self->fake_stack, machine.scheduler_stack,
                                  machine.scheduler_stack_size);
#endif
  scope_shim_switch (&self->stack_pointer, machine.scheduler);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber (self->fake_stack, &machine.scheduler_stack,
                                   &machine.scheduler_stack_size);
#endif
}

static void
to_fiber (unsigned k)
{
  Fiber *fiber = &machine.fibers[k];
  machine.running = k;
  thread_index = fiber->index;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber (&machine.scheduler_fake_stack, machine.stacks + k * stack_size,
                                  stack_size);
#endif
  scope_shim_switch (&machine.scheduler, fiber->stack_pointer);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber (machine.scheduler_fake_stack, nullptr, nullptr);
#endif
}

static void
fiber_main ()
{
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber (nullptr, &machine.scheduler_stack,
                                   &machine.scheduler_stack_size);
#endif
  (*machine.thread) ();
  machine.fibers[machine.running].state = ENDED;
  machine.left--;
  to_scheduler (true);
  die ("a thread went on after its end");
}

static void
wait_for (State state, unsigned mask)
{
  Fiber *self = &machine.fibers[machine.running];
  self->state = state;
  self->mask = mask;
  to_scheduler (false);
}

void
block_barrier ()
{
  wait_for (AT_BLOCK, 0);
}

void
warp_barrier (unsigned mask)
{
  if ((mask >> lane () & 1) == 0)
    die ("a lane outside of its own mask");
  wait_for (AT_WARP, mask);
}

unsigned
lane ()
{
  return machine.running % WARP;
}

unsigned char (*warp_slots ())[16]
{
  return machine.slots[machine.running / WARP];
}

static unsigned
live_lanes_of (unsigned warp)
{
  unsigned lanes = 0;
  for (unsigned l = 0; l < WARP && warp * WARP + l < machine.count; l++)
    lanes |= (unsigned)(machine.fibers[warp * WARP + l].state != ENDED) << l;
  return lanes;
}

unsigned
live_lanes ()
{
  return live_lanes_of (machine.running / WARP);
}

/* --- scheduling ------------------------------------------------------------------------------- */

static void
prepare (unsigned k)
{
  Fiber *fiber = &machine.fibers[k];
  char *stack = machine.stacks + k * stack_size;
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region (stack, stack_size);
#endif
  memcpy (stack, &stack_end, sizeof stack_end);
  void **top = (void **)(stack + stack_size);
  *--top = nullptr;
  *--top = (void *)fiber_main;
  unsigned across = block_size.x, down = block_size.y;
  *fiber = { top - 6, nullptr, READY, 0, { k % across, k / across % down, k / across / down } };
}

/* Lets go the lanes of WARP whose masks are all there; whether any were. */
static bool
release_warp (unsigned warp)
{
  unsigned live = live_lanes_of (warp), waiting = 0;
  bool any = false;
  for (unsigned l = 0; l < WARP; l++)
    if ((live >> l & 1) != 0 && machine.fibers[warp * WARP + l].state == AT_WARP)
      waiting |= 1u << l;
  for (unsigned l = 0; l < WARP; l++) {
    Fiber *fiber = &machine.fibers[warp * WARP + l];
    if ((waiting >> l & 1) == 0 || fiber->state != AT_WARP)
      continue;
    unsigned mask = fiber->mask;
    bool all = (mask & live & ~waiting) == 0;
    for (unsigned m = 0; all && m < WARP; m++)
      if ((mask & live) >> m & 1)
        all = machine.fibers[warp * WARP + m].mask == mask;
    for (unsigned m = 0; all && m < WARP; m++)
      if ((mask & live) >> m & 1)
        machine.fibers[warp * WARP + m].state = READY;
    any = any || all;
  }
  return any;
}

/* Runs a warp until every lane waits for the block or has ended; whether any ran. */
static bool
run_warp (unsigned warp, bool reverse)
{
  unsigned first = warp * WARP, count = min (machine.count - first, (unsigned)WARP);
  bool any = false, again = true;
  while (again) {
    for (unsigned l = 0; l < count; l++) {
      unsigned k = first + (reverse ? count - 1 - l : l);
      if (machine.fibers[k].state == READY) {
        to_fiber (k);
        any = true;
      }
    }
    again = release_warp (warp);
  }
  return any;
}

static void
release_block ()
{
  for (unsigned k = 0; k < machine.count; k++) {
    State state = machine.fibers[k].state;
    if (state == AT_WARP)
      die ("lanes wait for others of their warp that will not come");
    if (state == AT_BLOCK)
      machine.fibers[k].state = READY;
  }
}

static void
run_block (bool reverse)
{
  unsigned warps = (machine.count + WARP - 1) / WARP;
  machine.left = machine.count;
  for (unsigned k = 0; k < machine.count; k++)
    prepare (k);
  while (machine.left > 0) {
    for (unsigned w = 0; w < warps; w++)
      run_warp (reverse ? warps - 1 - w : w, reverse);
    if (machine.left > 0)
      release_block ();
  }
  for (unsigned k = 0; k < machine.count; k++)
    if (memcmp (machine.stacks + k * stack_size, &stack_end, sizeof stack_end) != 0)
      die ("a thread's stack ran over");
}

/* --- grids ------------------------------------------------------------------------------------ */

cudaError_t
set_attribute (const void *kernel, cudaFuncAttribute attribute, int value)
{
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize)
    return cudaSuccess;
  if (value > MOST_SHARED)
    return last_error = cudaErrorInvalidValue;
  shared_limits[kernel] = value;
  return cudaSuccess;
}

static bool
fits_device (const void *kernel, dim3 grid, dim3 block, size_t shared)
{
  auto limit = shared_limits.find (kernel);
  size_t most = limit != shared_limits.end () ? (size_t)limit->second : (size_t)PLAIN_SHARED;
  return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7fffffffu && grid.y <= 65535
         && grid.z <= 65535 && block.x > 0 && block.y > 0 && block.z > 0 && block.z <= 64
         && (uint64_t)block.x * block.y * block.z <= MOST_THREADS && shared <= most;
}

/* Dynamic shared memory for one launch, with a guard at its end where no sanitizer has one. */
struct Shared {
  char *data;
  size_t bytes;

  explicit Shared (size_t count) : data (nullptr), bytes (count)
  {
#ifdef __SANITIZE_ADDRESS__
    size_t all = bytes;
#else
    size_t all = bytes + GUARD;
#endif
    void *memory = nullptr;
    if (posix_memalign (&memory, 1024, all > 0 ? all : 1) != 0)
      die ("no memory");
    data = (char *)memory;
    memset (data, GUARD_BYTE, all);
  }
  ~Shared ()
  {
    free (data);
  }
  void
  check () const
  {
#ifndef __SANITIZE_ADDRESS__
    for (size_t k = bytes; k < bytes + GUARD; k++)
      if ((unsigned char)data[k] != GUARD_BYTE)
        die ("a write beyond dynamic shared memory");
#endif
  }
};

void
run_grid (const char *name, const void *kernel, dim3 grid, dim3 block, size_t shared,
          const std::function<void ()> &thread)
{
  std::lock_guard<std::recursive_mutex> lock (one_grid);
  if (!fits_device (kernel, grid, block, shared)) {
    last_error = cudaErrorInvalidConfiguration;
    return;
  }
  if (machine.stacks == nullptr)
    machine.stacks = (char *)mmap (nullptr, MOST_THREADS * stack_size, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  machine.kernel = name;
  machine.thread = &thread;
  machine.count = block.x * block.y * block.z;
  block_size = block;
  grid_size = grid;
  bool reverse = machine.launches++ % 2 == 1;
  Shared memory (shared);
  dynamic_shared = memory.data;
  uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z;
  for (uint64_t b = 0; b < blocks; b++) {
    uint64_t k = reverse ? blocks - 1 - b : b;
    block_index = { (unsigned)(k % grid.x), (unsigned)(k / grid.x % grid.y),
                    (unsigned)(k / grid.x / grid.y) };
    memset (memory.data, NAN_BYTE, shared);
    run_block (reverse);
    memory.check ();
  }
}
} // namespace shim

unsigned
__ballot_sync (unsigned mask, int predicate)
{
  unsigned char (*slots)[16] = shim::warp_slots ();
  slots[shim::lane ()][0] = predicate != 0;
  shim::warp_barrier (mask);
  unsigned ballot = 0, there = mask & shim::live_lanes ();
  for (unsigned l = 0; l < 32; l++)
    if ((there >> l & 1) != 0 && slots[l][0] != 0)
      ballot |= 1u << l;
  shim::warp_barrier (mask);
  return ballot;
}

int
__syncthreads_count (int predicate)
{
  static int counts[3]; /* the next one's is cleared while this one's is read */
  static int turn;
  int own = turn;
  counts[own] += predicate != 0;
  __syncthreads ();
  int count = counts[own];
  turn = (own + 1) % 3;
  counts[(own + 2) % 3] = 0;
  __syncthreads ();
  return count;
}
