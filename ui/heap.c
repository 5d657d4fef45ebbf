#include "ui/heap.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Blocks from here on are the system's again as soon as they are freed: layers of a text. By itself
 * glibc learns to keep those of up to 32 MB. A window's frame of 1920 x 1200 is below it: were it
 * not, each would find all its pages missing. */
#define LARGE_BLOCK (10 << 20)
/* Stays at the end of the heap, for the frames to come. */
#define KEPT (32 << 20)

#define REST_MS 2000

static guint tidy_source; /* 0: nothing was let go of */

void
scope_heap_init (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK);
  mallopt (M_TRIM_THRESHOLD, KEPT);
#endif
}

static void
tidy_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
#ifdef __GLIBC__
  malloc_trim (KEPT);
#endif
  g_task_return_boolean (task, TRUE);
}

static gboolean
tidy_cb (gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_run_in_thread (task, tidy_thread);
  tidy_source = 0;
  return G_SOURCE_REMOVE;
}

void
scope_heap_tidy_soon (void)
{
  g_clear_handle_id (&tidy_source, g_source_remove);
  tidy_source = g_timeout_add_full (G_PRIORITY_LOW, REST_MS, tidy_cb, NULL, NULL);
}

static void
opened_cb (void)
{
  scope_heap_tidy_soon ();
}

/* What runs lets go of more. */
static void
busy_changed_cb (void)
{
  if (tidy_source != 0)
    scope_heap_tidy_soon ();
}

static void
gone_cb (gpointer data, GObject *session)
{
  scope_heap_tidy_soon ();
}

void
scope_heap_follow (ScopeSession *session)
{
  g_signal_connect (session, "notify::model", G_CALLBACK (opened_cb), NULL);
  g_signal_connect (session, "notify::text", G_CALLBACK (opened_cb), NULL);
  g_signal_connect (session, "notify::busy", G_CALLBACK (busy_changed_cb), NULL);
  g_object_weak_ref (G_OBJECT (session), gone_cb, NULL);
}
