#include "watchdog.h"

#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 64 /* of one turn */
#define DEPTH   64

static struct {
  GdkFrameClock *clock;
  gulong handler;
  WatchdogLap lap;
  gint64 lap_begin, last_frame;
  gint64 awake, awake_cpu; /* when poll() returned, us; AWAKE 0: it has not */
  gboolean sampling;
  double least; /* ms of its own: such a turn is told of */
  timer_t sampler;
  guint n_samples; /* of this turn; the signal handler's */
  struct {
    int depth;
    void *frames[DEPTH];
  } samples[SAMPLES];
} dog;

/* --- where a long turn is -----------------------------------------------------------------------
 */

/* Every millisecond of a turn, what the main thread is doing. Not by its own time, which the kernel
 * looks at four times more seldom. */
static void
on_sample (int number)
{
  guint at = dog.n_samples;
  if (at >= SAMPLES)
    return;
  /* glibc's is safe here once the first call has loaded what it needs. */
  dog.samples[at].depth
      = backtrace (dog.samples[at].frames, DEPTH); /* NOLINT(bugprone-signal-handler) */
  dog.n_samples = at + 1;
}

static void
tell_samples (double cpu)
{
  char line[80];
  for (guint k = 0; k < dog.n_samples; k++) {
    int length = g_snprintf (line, sizeof line, "--- a turn of %.1f ms, after %u:\n", cpu, k + 1);
    if (write (STDERR_FILENO, line, (gsize)length) > 0)
      backtrace_symbols_fd (dog.samples[k].frames, dog.samples[k].depth, STDERR_FILENO);
  }
}

static void
set_sampling (gboolean on)
{
  const struct itimerspec every = { { 0, on ? 1000000 : 0 }, { 0, on ? 1000000 : 0 } };
  if (dog.sampling)
    timer_settime (dog.sampler, 0, &every, NULL);
}

static void
start_sampling (const char *least)
{
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2 };
  struct sigaction action = { .sa_handler = on_sample, .sa_flags = SA_RESTART };
  void *first[1];
  backtrace (first, 1); /* loads what it needs, which a signal handler must not */
  sigaction (SIGUSR2, &action, NULL);
  event._sigev_un._tid = (pid_t)syscall (SYS_gettid);
  dog.least = g_ascii_strtod (least, NULL);
  dog.sampling = timer_create (CLOCK_MONOTONIC, &event, &dog.sampler) == 0;
}

/* --- turns --------------------------------------------------------------------------------------
 */

static gint64
cpu_time (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
count_turn (void)
{
  double clock = (double)(g_get_monotonic_time () - dog.awake) / 1000;
  double cpu = (double)(cpu_time () - dog.awake_cpu) / 1000;
  dog.lap.turns++;
  dog.lap.longest = MAX (dog.lap.longest, clock);
  dog.lap.longest_cpu = MAX (dog.lap.longest_cpu, cpu);
  dog.lap.stalls += clock > WATCHDOG_STALL_MS;
  dog.lap.stalls_cpu += cpu > WATCHDOG_STALL_MS;
  if (dog.sampling && cpu > dog.least)
    tell_samples (cpu);
}

static gint
poll_cb (GPollFD *fds, guint count, gint timeout)
{
  set_sampling (FALSE); /* it would wake poll() */
  if (dog.awake != 0)
    count_turn ();
  gint result = g_poll (fds, count, timeout);
  dog.awake_cpu = cpu_time ();
  dog.awake = g_get_monotonic_time ();
  dog.n_samples = 0;
  set_sampling (TRUE);
  return result;
}

/* --- frames -------------------------------------------------------------------------------------
 */

static void
after_paint_cb (void)
{
  gint64 now = g_get_monotonic_time ();
  if (dog.last_frame != 0)
    dog.lap.slowest = MAX (dog.lap.slowest, (double)(now - dog.last_frame) / 1000);
  dog.last_frame = now;
  dog.lap.frames++;
}

/* --- public -------------------------------------------------------------------------------------
 */

void
watchdog_start (GtkWidget *window)
{
  dog.clock = g_object_ref (gtk_widget_get_frame_clock (window));
  dog.handler = g_signal_connect (dog.clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
  g_main_context_set_poll_func (NULL, poll_cb);
  const char *least = g_getenv ("MAMBASCOPE_STALL_TRACE");
  if (least != NULL)
    start_sampling (least);
  watchdog_lap ();
}

WatchdogLap
watchdog_lap (void)
{
  gint64 now = g_get_monotonic_time ();
  WatchdogLap lap = dog.lap;
  lap.seconds = (double)(now - dog.lap_begin) / G_USEC_PER_SEC;
  dog.lap = (WatchdogLap){ 0 };
  dog.lap_begin = now;
  dog.last_frame = 0;
  if (dog.awake != 0) { /* what the caller did in this turn is not what it measures */
    dog.awake = now;
    dog.awake_cpu = cpu_time ();
    dog.n_samples = 0;
  }
  return lap;
}

void
watchdog_stop (void)
{
  if (dog.sampling)
    timer_delete (dog.sampler);
  g_main_context_set_poll_func (NULL, NULL);
  g_clear_signal_handler (&dog.handler, dog.clock);
  g_clear_object (&dog.clock);
}
