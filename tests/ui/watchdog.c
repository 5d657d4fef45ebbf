#include "watchdog.h"

#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static struct {
  GdkFrameClock *clock;
  gulong handler;
  WatchdogLap lap;
  gint64 lap_begin, last_frame;
  gint64 awake,
      awake_cpu; /* when poll() returned, us; AWAKE 0: it has not; atomic for the tracer */
  pthread_t main_thread, tracer;
  gboolean tracing;
  gint stop; /* atomic */
} dog;

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
}

static gint
poll_cb (GPollFD *fds, guint count, gint timeout)
{
  if (dog.awake != 0)
    count_turn ();
  __atomic_store_n (&dog.awake, 0, __ATOMIC_RELEASE);
  gint result = g_poll (fds, count, timeout);
  dog.awake_cpu = cpu_time ();
  __atomic_store_n (&dog.awake, g_get_monotonic_time (), __ATOMIC_RELEASE);
  return result;
}

/* --- where a long turn is -----------------------------------------------------------------------
 */

static void
on_signal (int number)
{
  void *frames[40];
  /* glibc's are safe here once the first call has loaded what they need. */
  int count = backtrace (frames, G_N_ELEMENTS (frames)); /* NOLINT(bugprone-signal-handler) */
  static const char line[] = "--- a turn of the main loop takes long:\n";
  if (write (STDERR_FILENO, line, sizeof line - 1) > 0)
    backtrace_symbols_fd (frames, count, STDERR_FILENO); /* NOLINT(bugprone-signal-handler) */
}

static void *
tracer_main (void *data)
{
  gint64 told = 0;
  while (!g_atomic_int_get (&dog.stop)) {
    gint64 awake = __atomic_load_n (&dog.awake, __ATOMIC_ACQUIRE);
    if (awake != 0 && awake != told
        && g_get_monotonic_time () - awake > (gint64)(WATCHDOG_STALL_MS * 1000)) {
      told = awake;
      pthread_kill (dog.main_thread, SIGUSR2);
    }
    g_usleep (1000);
  }
  return NULL;
}

static void
start_tracer (void)
{
  void *first[1];
  backtrace (first, 1); /* loads what it needs, which a signal handler must not */
  signal (SIGUSR2, on_signal);
  dog.main_thread = pthread_self ();
  dog.tracing = pthread_create (&dog.tracer, NULL, tracer_main, NULL) == 0;
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
  if (g_getenv ("MAMBASCOPE_STALL_TRACE") != NULL)
    start_tracer ();
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
  return lap;
}

void
watchdog_stop (void)
{
  if (dog.tracing) {
    g_atomic_int_set (&dog.stop, 1);
    pthread_join (dog.tracer, NULL);
  }
  g_main_context_set_poll_func (NULL, NULL);
  g_clear_signal_handler (&dog.handler, dog.clock);
  g_clear_object (&dog.clock);
}
