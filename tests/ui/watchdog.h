/* The watchdog: how long each turn of the main loop takes, and how many frames a window paints.
 *
 * A turn is the time from the moment poll() returns to the next call of it: all that events,
 * timers, results and drawing take. It is told in the clock's time and in the main thread's own
 * processor time: the two differ where other work holds the processors. With MAMBASCOPE_STALL_TRACE=N
 * in the environment, a turn that has taken N ms of its own time tells on stderr where it was,
 * millisecond by millisecond. One at a time; main thread.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WATCHDOG_STALL_MS 16.0

typedef struct {
  double seconds;
  guint turns;
  double longest, longest_cpu; /* ms, of one turn */
  guint stalls, stalls_cpu;    /* turns longer than WATCHDOG_STALL_MS */
  guint frames;
  double slowest; /* ms between two frames */
} WatchdogLap;

void watchdog_start (GtkWidget *window);
/* What happened since the start or the last lap; the next one begins. */
WatchdogLap watchdog_lap (void);
void watchdog_stop (void);

G_END_DECLS
