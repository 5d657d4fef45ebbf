#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define BAR_WIDTH 30
#define BAR_AFTER G_USEC_PER_SEC        /* shorter work shows none */
#define BAR_EVERY (G_USEC_PER_SEC / 10) /* between two drawings */

static void draw_bar (double fraction, const char *what, gpointer data);

/* Process-wide, because a signal has no other way to it. */
static ScopeProgress progress = SCOPE_PROGRESS_INIT (draw_bar, NULL);
static volatile sig_atomic_t caught, working;
static gint64 started, drawn;
static gboolean terminal;

static void
on_signal (int number)
{
  caught = number;
  if (working) {
    scope_progress_cancel (&progress);
    return;
  }
  /* Nothing is half written yet, and reading a terminal or a slow disk cannot be cancelled. */
  static const char line[] = "mambascope-cli: interrupted\n";
  gssize put = write (STDERR_FILENO, line, sizeof line - 1);
  _exit (put < 0 ? 1 : 128 + number);
}

/* What the run goes on after, in one line as errors are. */
static void
tell_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_autofree char *line = g_strdelimit (g_utf8_make_valid (message, -1), "\r\n", ' ');
  cli_progress_end ();
  fprintf (stderr, "mambascope-cli: warning: %s\n", line);
}

void
cli_progress_init (void)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGHUP, &action, NULL);
  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, tell_warning, NULL);
  started = g_get_monotonic_time ();
  terminal = isatty (STDERR_FILENO);
}

ScopeProgress *
cli_progress (void)
{
  return &progress;
}

void
cli_progress_begin (void)
{
  working = 1;
}

int
cli_progress_signal (void)
{
  return caught;
}

static void
draw_bar (double fraction, const char *what, gpointer data)
{
  gint64 now = g_get_monotonic_time ();
  if (!terminal || now - started < BAR_AFTER || now - drawn < BAR_EVERY)
    return;
  drawn = now;
  char bar[BAR_WIDTH + 1];
  memset (bar, '.', BAR_WIDTH);
  memset (bar, '#', (gsize)(fraction * BAR_WIDTH));
  bar[BAR_WIDTH] = '\0';
  fprintf (stderr, "\r[%s] %3.0f %%  %.40s\033[K", bar, 100 * fraction, what != NULL ? what : "");
  fflush (stderr);
}

void
cli_progress_end (void)
{
  if (drawn > 0)
    fputs ("\r\033[K", stderr);
  drawn = 0;
}
