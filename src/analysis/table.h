/* ScopeTable: what LongMamba's calibration yields and its filter reads (longmamba.json).
 *
 * For each layer and channel: ln of the decay over the calibration window (the class), ΣΔ over it
 * (the target), and the threshold g and the share of tokens to keep at each length of a grid. JSON,
 * versioned, with the model's hash inside; refused with a reason for another model. Immutable,
 * reference counted; any thread.
 */
#pragma once

#include "base/matrix.h"
#include "model/model.h"

G_BEGIN_DECLS

typedef struct _ScopeTable ScopeTable;

/* Copies LENGTHS, which ascend; takes references to the matrices, all float64. LN_DECAY and TARGET
 * are (layers, channels); THRESHOLD has one (layers, channels) matrix per length, and so has ALPHA,
 * the share of tokens to keep, or it is NULL (tables that were written without). TOP in [0, 1] is
 * the clamp share C, THETA the default θ. */
ScopeTable *scope_table_new (const char *model_hash, gsize train_length, double theta, double top,
                             gsize windows, const char *reduction, const gsize *lengths,
                             gsize n_lengths, ScopeMatrix *ln_decay, ScopeMatrix *target,
                             ScopeMatrix *const *threshold,
                             ScopeMatrix *const *alpha) G_GNUC_WARN_UNUSED_RESULT;
/* A table of another model is SCOPE_ANALYSIS_ERROR_FILTER; a malformed file names the JSON path. */
ScopeTable *scope_table_read (const char *path, ScopeModel *model,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Every number is written so that it reads back to the bit. */
gboolean scope_table_write (const ScopeTable *self, const char *path, GError **error);
ScopeTable *scope_table_ref (ScopeTable *self);
void scope_table_unref (ScopeTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTable, scope_table_unref)

const char *scope_table_model_hash (const ScopeTable *self);
gsize scope_table_windows (const ScopeTable *self);
const char *scope_table_reduction (const ScopeTable *self); /* "max" or "mean" */
gsize scope_table_train_length (const ScopeTable *self);
double scope_table_theta (const ScopeTable *self);
double scope_table_top (const ScopeTable *self);
const ScopeMatrix *scope_table_ln_decay (const ScopeTable *self);
const ScopeMatrix *scope_table_target (const ScopeTable *self);
gsize scope_table_n_lengths (const ScopeTable *self);
gsize scope_table_length (const ScopeTable *self, gsize index);
const ScopeMatrix *scope_table_threshold (const ScopeTable *self, gsize index);
const ScopeMatrix *scope_table_alpha (const ScopeTable *self, gsize index); /* NULL: it has none */
/* The grid length nearest to LENGTH, ties to the shorter. */
gsize scope_table_nearest (const ScopeTable *self, gsize length);

G_END_DECLS
