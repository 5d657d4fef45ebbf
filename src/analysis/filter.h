/* ScopeFilter: a filter as the user writes it (SPEC), and the plan it makes for an input.
 *
 *   off
 *   longmamba[:theta=1e-5,top=0.2,table=FILE,...]   thresholds from a table, as released
 *   longmamba-online[:theta=1e-5,top=0.2,...]       the largest Δ up to the training-length ΣΔ
 *   longmamba-alpha, -offline, -bound, -norm, -channelwise-topk, -all-topk: the release's other
 * methods decimamba[:beta=0.5,base=2000,layers=12]        fewer tokens in all later layers
 *   mambaextend[:scale=0.5 or file=FILE]            Δ times a number per layer
 *   mamba-modulation[:scale=0.5,form=power]         A times a number per layer, or its power
 *   upi[:share=0.2]                                 Δ L/S in the heads that look farthest
 *
 * Each method describes its parameters (scope_filter_info()), and a SPEC is validated by that
 * description; an unknown method or parameter is an error that lists the known ones. The methods
 * are rows of one registry (filter-methods.c). A filter acts on the prompt; decoding is never
 * filtered. Immutable, reference counted; any thread, but making a plan happens on the schedule's.
 */
#pragma once

#include "analysis/calibrate.h"
#include "compute/plan.h"

G_BEGIN_DECLS

typedef struct _ScopeFilter ScopeFilter;

typedef enum {
  SCOPE_FILTER_REAL,   /* a number in [LOW, HIGH] */
  SCOPE_FILTER_WHOLE,  /* a whole number in it */
  SCOPE_FILTER_CHOICE, /* one of CHOICES */
  SCOPE_FILTER_FILE,
  SCOPE_FILTER_REALS,  /* numbers with slashes between: "0.5/0.6" */
  SCOPE_FILTER_WHOLES, /* whole numbers in the same way */
} ScopeFilterKind;

/* What a form needs to know of a parameter. All texts are static. */
typedef struct {
  const char *name; /* in the SPEC */
  ScopeFilterKind kind;
  const char *unit;     /* "decay", "share", "tokens", "factor", ...; NULL: none */
  double low, high;     /* of numbers */
  gboolean above;       /* LOW itself is not allowed */
  const char *fallback; /* the default as a SPEC would say it; NULL: as SUMMARY says */
  const char *choices;  /* "max|mean" */
  const char *summary;  /* one line */
} ScopeFilterParameter;

typedef struct {
  const char *name;    /* of the method, in the SPEC */
  const char *title;   /* as people write it: "DeciMamba" */
  const char *summary; /* one line */
  const ScopeFilterParameter *const *parameters;
  gsize n_parameters;
} ScopeFilterInfo;

/* The methods, in the order in which they are offered; the first is "off". */
gsize scope_filter_count (void);
const ScopeFilterInfo *scope_filter_info (gsize index);

ScopeFilter *scope_filter_parse (const char *spec, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeFilter *scope_filter_ref (ScopeFilter *self);
void scope_filter_unref (ScopeFilter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFilter, scope_filter_unref)

const char *scope_filter_spec (const ScopeFilter *self); /* as given */
gboolean scope_filter_is_off (const ScopeFilter *self);

/* Everything of a model that filters need beside the text: its table, its training length. Made
 * once per model and shared; keeps calibrations it had to make. On the schedule's thread. */
typedef struct _ScopeFilterContext ScopeFilterContext;
/* TRAIN_LENGTH 0: the table's, else the config's, else 2000. */
ScopeFilterContext *scope_filter_context_new (ScopeSchedule *schedule,
                                              gsize train_length) G_GNUC_WARN_UNUSED_RESULT;
void scope_filter_context_free (ScopeFilterContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFilterContext, scope_filter_context_free)
ScopeSchedule *scope_filter_context_schedule (const ScopeFilterContext *self);

/* The training length and θ that apply to FILTER (which may be off or NULL: the defaults); either
 * may be NULL. */
gboolean scope_filter_context_facts (ScopeFilterContext *self, const ScopeFilter *filter,
                                     gsize *train_length, double *theta, GError **error);

/* *PLAN is NULL if the filter does not act on COUNT tokens: off, or not longer than L (or gate).
 * Where no channel is global the plan is one that changes nothing. Methods with a table take it
 * from table=, else from the model folder if that one's top and reduction are those asked for, else
 * from a calibration on the first L of IDS. */
gboolean scope_filter_plan (const ScopeFilter *self, ScopeFilterContext *context, const gint32 *ids,
                            gsize count, ScopePlan **plan, ScopeProgress *progress, GError **error);

/* The calibration that FILTER (which may be off or NULL) goes by: its table, whose target is the ΣΔ
 * that it aims at in each channel. */
ScopeTable *scope_filter_table (const ScopeFilter *self, ScopeFilterContext *context,
                                const gint32 *ids, gsize count, ScopeProgress *progress,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ln decay over the calibration window of every channel, (layers, channels): the filter's own (its
 * table's, of clamped Δ; for longmamba-online that of the first L tokens run unfiltered), or with
 * no filter the table's or that of the first L tokens, unclamped. A channel is global if it is > ln
 * θ. */
ScopeMatrix *scope_filter_classes (const ScopeFilter *self, ScopeFilterContext *context,
                                   const gint32 *ids, gsize count, ScopeProgress *progress,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
