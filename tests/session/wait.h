/* Waiting in tests that iterate a main context themselves. */
#pragma once

#include <glib.h>

static inline gboolean
wait_is_late (gpointer data)
{
  g_error ("%s did not happen within 60 s", (const char *)data);
  return G_SOURCE_REMOVE;
}

#define WAIT(condition)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint late = g_timeout_add_seconds (60, wait_is_late, (gpointer) #condition);                  \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (late);                                                                        \
  }                                                                                                \
  G_STMT_END

/* For what a worker does by itself, while main does not iterate. */
#define WAIT_ASLEEP(condition)                                                                     \
  for (guint spin = 0; !(condition); spin++) {                                                     \
    g_assert_cmpuint (spin, <, 5000);                                                              \
    g_usleep (2000);                                                                               \
  }
