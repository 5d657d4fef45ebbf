/* ScopeFilter: a filter as the user writes it (SPEC), and the plan it makes for an input.
 *
 *   off
 *   longmamba[:theta=1e-5,top=0.2,table=FILE,gate=N]   LongMamba as released: thresholds from a table
 *   longmamba-online[:theta=1e-5,top=0.2,gate=N]       keep the largest Δ up to the training-length ΣΔ
 *
 * Parameters are validated with their units; an unknown method or parameter is an error that lists
 * the known ones. The methods are rows of one registry (filter-methods.c). Immutable, reference
 * counted; any thread, but making a plan happens on the schedule's.
 */
#pragma once

#include "analysis/calibrate.h"
#include "compute/plan.h"

G_BEGIN_DECLS

typedef struct _ScopeFilter ScopeFilter;

ScopeFilter *scope_filter_parse (const char *spec, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeFilter *scope_filter_ref (ScopeFilter *self);
void scope_filter_unref (ScopeFilter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFilter, scope_filter_unref)

const char *scope_filter_spec (const ScopeFilter *self); /* as given */
gboolean scope_filter_is_off (const ScopeFilter *self);

/* Everything of a model that filters need beside the text: its table, its training length. Made once
 * per model and shared; keeps calibrations it had to make. On the schedule's thread. */
typedef struct _ScopeFilterContext ScopeFilterContext;
/* TRAIN_LENGTH 0: the table's, else the config's, else 2000. */
ScopeFilterContext *scope_filter_context_new (ScopeSchedule *schedule,
                                              gsize train_length) G_GNUC_WARN_UNUSED_RESULT;
void scope_filter_context_free (ScopeFilterContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFilterContext, scope_filter_context_free)
ScopeSchedule *scope_filter_context_schedule (const ScopeFilterContext *self);

/* The training length and θ that apply to FILTER (which may be off or NULL: the defaults). */
gboolean scope_filter_context_facts (ScopeFilterContext *self, const ScopeFilter *filter,
                                     gsize *train_length, double *theta, GError **error);

/* *PLAN is NULL if the filter does not act on COUNT tokens: off, or not longer than L (or gate). Where
 * no channel is global the plan is one that changes nothing. `longmamba` takes its table from table=,
 * else from the model folder if that one's top is the one asked for, else from a calibration on the
 * first L of IDS. */
gboolean scope_filter_plan (const ScopeFilter *self, ScopeFilterContext *context,
                            const gint32 *ids, gsize count, ScopePlan **plan,
                            ScopeProgress *progress, GError **error);

/* The calibration that FILTER (which may be off or NULL) goes by: its table, whose target is the ΣΔ
 * that it aims at in each channel. */
ScopeTable *scope_filter_table (const ScopeFilter *self, ScopeFilterContext *context,
                                const gint32 *ids, gsize count, ScopeProgress *progress,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ln decay over the calibration window of every channel, (layers, channels): the filter's own (its
 * table's, of clamped Δ; for longmamba-online that of the first L tokens run unfiltered), or with no
 * filter the table's or that of the first L tokens, unclamped. A channel is global if it is > ln θ. */
ScopeMatrix *scope_filter_classes (const ScopeFilter *self, ScopeFilterContext *context,
                                   const gint32 *ids, gsize count, ScopeProgress *progress,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
