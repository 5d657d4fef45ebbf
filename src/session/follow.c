#include "session/follow.h"

void
scope_follow (gpointer object, gpointer follower, const ScopeFollowed *signals, gsize count)
{
  for (gsize k = 0; k < count; k++)
    g_signal_connect_object (object, signals[k].signal, signals[k].callback, follower,
                             G_CONNECT_SWAPPED);
}

void
scope_follow_each (gpointer follower, const ScopeFollowedObject *signals, gsize count)
{
  for (gsize k = 0; k < count; k++)
    g_signal_connect_object (signals[k].object, signals[k].signal, signals[k].callback, follower,
                             G_CONNECT_SWAPPED);
}
