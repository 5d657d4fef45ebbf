/* ScopeHost: a model, opened and at home on a backend.
 *
 * Opened, used and freed on the engine's thread. The plain facts are written once, at opening: any
 * thread may read them while it holds a reference. A session's main side gives its references back
 * with scope_engine_release().
 */
#pragma once

#include "analysis/filter.h"
#include "compute/registry.h"

G_BEGIN_DECLS

typedef struct {
  gatomicrefcount refs;
  ScopeModel *model;
  ScopeBackend *backend; /* each host its own: a poisoned one goes with its model */
  ScopeSchedule *schedule;
  ScopeFilterContext *context;
  char *device;
  char *notice; /* why it is not where it was meant to be; NULL if it is */
  gsize train_length;
  double theta; /* the filter's default */
} ScopeHost;

/* On BACKEND, a place of session/place.h. "auto" goes on with the CPU, and says so in the notice,
 * where the device fails or its memory does not hold the weights. */
ScopeHost *scope_host_open (const char *folder, const char *backend, ScopeProgress *progress,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeHost *scope_host_ref (ScopeHost *self);
void scope_host_unref (ScopeHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeHost, scope_host_unref)

G_END_DECLS
