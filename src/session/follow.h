/* Following an object: a table of its signals and of what hears them, for models that stand beside
 * a session and for widgets that show one. Main thread. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct {
  const char *signal;
  GCallback callback; /* its first argument is the follower */
} ScopeFollowed;

/* From now on, until one of the two is gone. FOLLOWER is a GObject as well; COUNT rows. */
void scope_follow (gpointer object, gpointer follower, const ScopeFollowed *signals, gsize count);

typedef struct {
  gpointer object;
  const char *signal;
  GCallback callback;
} ScopeFollowedObject;

/* The same of several objects. */
void scope_follow_each (gpointer follower, const ScopeFollowedObject *signals, gsize count);

G_END_DECLS
