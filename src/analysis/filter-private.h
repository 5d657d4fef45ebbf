/* What the filter methods share: parsed values, the registry, the context's tables, and what all
 * methods with a table aim at. Not for other rooms. */
#pragma once

#include "analysis/filter.h"

G_BEGIN_DECLS

/* What a method that aims at a table's decay goes by (filter-aim.c). */
typedef struct _ScopeFilterAim ScopeFilterAim;
/* The Δ at which a global channel is cut, from its Δ, which may be reordered; +-inf: none, or all,
 * are kept. */
typedef double (*ScopeSelectFunc) (const ScopeFilterAim *aim, gsize layer, gsize channel,
                                   double *values, gsize count);

/* One row of the registry. The calls happen on the schedule's thread. */
typedef struct {
  ScopeFilterInfo info;
  gboolean needs_alpha; /* a table is of no use without the shares of tokens to keep */
  /* Called where the filter acts on the input; NULL for off. */
  ScopePlan *(*plan) (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                      gsize count, ScopeProgress *progress, GError **error);
  /* The table whose ln decay classifies the channels; NULL: as without a filter. */
  ScopeTable *(*table) (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                        gsize count, ScopeProgress *progress, GError **error);
  /* The rule of a method whose plan is scope_filter_aim_plan: one of the two; the ScopePlanShape's
   * data is a ScopeFilterAim. */
  ScopeSelectFunc select;
  gboolean equal_stays; /* Δ equal to the one at the cut are kept */
  ScopePlanShape shape;
} ScopeFilterMethod;

extern const ScopeFilterMethod scope_filter_off, scope_filter_longmamba, scope_filter_online,
    scope_filter_alpha, scope_filter_offline, scope_filter_bound, scope_filter_norm,
    scope_filter_channel_topk, scope_filter_all_topk, scope_filter_decimamba,
    scope_filter_mambaextend, scope_filter_modulation, scope_filter_upi;

/* ---- filter-parameters.c: what methods have in common */

extern const ScopeFilterParameter scope_parameter_theta, scope_parameter_top, scope_parameter_table,
    scope_parameter_gate, scope_parameter_reduce, scope_parameter_lookup, scope_parameter_b,
    scope_parameter_k, scope_parameter_scale, scope_parameter_file;

/* ---- filter.c */

const ScopeFilterMethod *scope_filter_method (gsize index);
const ScopeFilterMethod *scope_filter_get_method (const ScopeFilter *self);
gboolean scope_filter_needs_alpha (const ScopeFilter *self);
/* Whether the SPEC sets the parameter NAME. */
gboolean scope_filter_gives (const ScopeFilter *self, const char *name);
/* Its number, or OTHERWISE. */
double scope_filter_real (const ScopeFilter *self, const char *name, double otherwise);
gsize scope_filter_size (const ScopeFilter *self, const char *name, gsize otherwise);
/* Its text as given, or the default, which may be NULL. */
const char *scope_filter_text (const ScopeFilter *self, const char *name);
gboolean scope_filter_chooses (const ScopeFilter *self, const char *name, const char *choice);
/* Numbers of a list; NULL if it is not given. */
const GArray *scope_filter_list (const ScopeFilter *self, const char *name); /* of double */

/* "longmamba:theta=1e-05,top=0,gate=N": the parameters that the SPEC sets, and with these numbers
 * (pairs of const char * and double, then NULL) those that the run decided. Caller frees. */
char *scope_filter_canonical (const ScopeFilter *self, ...) G_GNUC_NULL_TERMINATED;
/* FALSE, with "filter METHOD: ..." */
gboolean scope_filter_refuse (const char *method, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* ---- filter-context.c */

/* The table of FILTER's table=, else the model folder's; *TABLE (borrowed) is NULL if there is
 * neither. FILTER may be NULL. */
gboolean scope_filter_context_table (ScopeFilterContext *self, const ScopeFilter *filter,
                                     ScopeTable **table, GError **error);
/* Calibrated on the first L of IDS with this clamp share; kept for the next time. */
ScopeTable *scope_filter_context_calibrate (ScopeFilterContext *self, const ScopeFilter *filter,
                                            const gint32 *ids, gsize count, double top,
                                            ScopeProgress *progress,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
const ScopeConfig *scope_filter_context_config (const ScopeFilterContext *self);
/* Something else that was measured on a text's beginning, kept under KEY; NULL if it is not known.
 */
ScopeMatrix *scope_filter_context_recall (ScopeFilterContext *self, const char *key);
void scope_filter_context_keep (ScopeFilterContext *self, const char *key, ScopeMatrix *matrix);

/* ---- filter-aim.c: methods that aim at a table's decay in its global channels */

struct _ScopeFilterAim {
  ScopeTable *table;
  gsize index;  /* the table's length for the input */
  gsize tokens; /* of the input */
  gsize k;      /* how many are kept, where the method counts */
  double ln_theta, b;
  ScopeSelectFunc select; /* the method's */
  gboolean equal_stays;   /* the method's; longmamba's, by its drop= */
};

/* The table of such a method: the explicit one, else the model folder's if it was made as the SPEC
 * asks, else one calibrated on the text's own beginning. */
ScopeTable *scope_filter_aim_table (const ScopeFilter *filter, ScopeFilterContext *context,
                                    const gint32 *ids, gsize count, ScopeProgress *progress,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeFilterAim *scope_filter_aim_new (const ScopeFilter *filter, ScopeFilterContext *context,
                                      const gint32 *ids, gsize count, ScopeProgress *progress,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_filter_aim_free (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFilterAim, scope_filter_aim_free)
gboolean scope_filter_aim_is_global (const ScopeFilterAim *self, gsize layer, gsize channel);
/* A plan of thresholds that owns SELF. */
ScopePlan *scope_filter_aim_thresholds (ScopeFilterAim *self, const ScopeFilter *filter,
                                        gboolean needs_delta,
                                        ScopePlanResolve resolve) G_GNUC_WARN_UNUSED_RESULT;
/* The plan of a method that has a rule and nothing else. */
ScopePlan *scope_filter_aim_plan (const ScopeFilter *filter, ScopeFilterContext *context,
                                  const gint32 *ids, gsize count, ScopeProgress *progress,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- filter-select.c: choosing among the Δ of a channel. VALUES are reordered. Any thread. */

/* The first value, from the largest down, that TARGET has no room for; -inf if it has for all. */
double scope_select_within (double *values, gsize count, double target);
/* So far off, relative, are Δ of this precision still equal: equal Δ at a cut stay or go together,
 * on every processor. */
double scope_select_rounding (const ScopeMatrix *delta);
/* The threshold above which Δ are kept for a cut at VALUE. */
double scope_select_cut (double value, gboolean stays, double rounding);
/* The value of rank RANK < COUNT, from the largest (0) down. */
double scope_select_rank (double *values, gsize count, gsize rank);
/* The threshold of the global channels, each from its Δ; -inf in the others. In parallel. */
void scope_select_thresholds (const ScopeFilterAim *aim, gsize layer, const ScopeMatrix *delta,
                              double *threshold);
/* The KEEP of SCORES >= 0 (ascending) that are largest, of equal ones, by ROUNDING, the earlier;
 * gsize. */
GArray *scope_select_largest (const double *scores, gsize count, gsize keep,
                              double rounding) G_GNUC_WARN_UNUSED_RESULT;

/* ---- filter-delta.c: a layer's Δ, (tokens, channels) */

/* A copy in float64, its first ROWS rows times FACTORS (channels); these may be NULL if ROWS is 0.
 */
ScopeMatrix *scope_scale_delta (const ScopeMatrix *delta, gsize rows, const double *factors,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The squared Euclidean length of each of the first ROWS tokens' Δ, over the channels of MASK
 * (channels) that are not 0, or over all; caller frees. */
double *scope_score_tokens (const ScopeMatrix *delta, gsize rows, const guint8 *mask);
/* scope_select_rounding() of these squares. */
double scope_score_rounding (const ScopeMatrix *delta);

/* ---- filter-layers.c: a number for each layer */

/* scale= or file= of FILTER: one number for all layers, or one for each; OTHERWISE where neither is
 * given. (layers) doubles; caller frees. */
double *scope_filter_layer_numbers (const ScopeFilter *filter, const ScopeConfig *config,
                                    double otherwise, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
