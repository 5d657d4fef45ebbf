/* What the filter methods share: a parsed SPEC, the registry, and the context's tables. Not for
 * other rooms. */
#pragma once

#include "analysis/filter.h"

G_BEGIN_DECLS

/* Parameters of all methods; each method says which it knows. */
typedef enum {
  SCOPE_FILTER_THETA = 1 << 0,
  SCOPE_FILTER_TOP = 1 << 1,
  SCOPE_FILTER_TABLE = 1 << 2,
  SCOPE_FILTER_GATE = 1 << 3,
} ScopeFilterParameter;

/* One row of the registry. Both calls happen on the schedule's thread. */
typedef struct {
  const char *name;
  guint parameters; /* ScopeFilterParameter */
  /* Called where the filter acts on the input; NULL for off. */
  ScopePlan *(*plan) (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                      gsize count, ScopeProgress *progress, GError **error);
  /* The table whose ln decay classifies the channels; NULL: as without a filter. */
  ScopeTable *(*table) (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                        gsize count, ScopeProgress *progress, GError **error);
} ScopeFilterMethod;

struct _ScopeFilter {
  gatomicrefcount references;
  char *spec;
  const ScopeFilterMethod *method;
  guint given; /* ScopeFilterParameter: which of these the SPEC sets */
  double theta, top;
  char *table;
  gsize gate;
};

extern const ScopeFilterMethod scope_filter_off, scope_filter_longmamba, scope_filter_online;

gsize scope_filter_method_count (void);
const ScopeFilterMethod *scope_filter_method (gsize index);

/* "longmamba:theta=1e-05,top=0,table=FILE,gate=N": with these values for what the SPEC left open,
 * so that it says all there is to say. Caller frees. */
char *scope_filter_canonical (const ScopeFilter *self, double theta, double top);

/* The table of FILTER's table=, else the model folder's; *TABLE (borrowed) is NULL if there is
 * neither. FILTER may be NULL. */
gboolean scope_filter_context_table (ScopeFilterContext *self, const ScopeFilter *filter,
                                     ScopeTable **table, GError **error);
/* Calibrated on the first L of IDS with this clamp share; kept for the next time. */
ScopeTable *scope_filter_context_calibrate (ScopeFilterContext *self, const ScopeFilter *filter,
                                            const gint32 *ids, gsize count, double top,
                                            ScopeProgress *progress,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
