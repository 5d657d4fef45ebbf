/* What the files of this folder share: checks, rows of doubles, and the way to and from the
 * backend's memory. Not for other rooms. */
#pragma once

#include "analysis/attention.h"
#include "analysis/calibrate.h"
#include "compute/registry.h"

G_BEGIN_DECLS

/* Rows of a map that are dense at a time where the map as a whole is not kept. */
#define SCOPE_DENSE_ROWS 128

const ScopeConfig *scope_layer_config (const ScopeLayerTrace *layer);
/* "head" in Mamba-2 and hybrid models, "channel" in Mamba. */
const char *scope_channel_noun (const ScopeConfig *config);

struct _ScopeResult;
/* What every result of a layer's run says of itself, and the layer with it. (result-make.c) */
void scope_result_describe_run (struct _ScopeResult *self, ScopeLayerTrace *layer);
void scope_result_describe_layer (struct _ScopeResult *self, ScopeLayerTrace *layer);
/* DROPPED of the tokens of its columns, of SPEC's channel; NULL where the filter drops none. */
gboolean scope_result_add_dropped (struct _ScopeResult *self, ScopeLayerTrace *layer,
                                   const ScopeMapSpec *spec, GError **error);
/* "layer 3 · head 5", or "layer 3" if CHANNEL is negative; caller frees. */
char *scope_result_layer_title (ScopeLayerTrace *layer, gssize channel);
/* The same of a map: "layer 3 · attention head 5". */
char *scope_result_map_title (ScopeLayerTrace *layer, const ScopeMapSpec *spec);

/* The message names what was asked for and what there is. */
gboolean scope_check_channel (const ScopeLayerTrace *layer, gsize channel, GError **error);
gboolean scope_check_range (const ScopeLayerTrace *layer, ScopeRange range, GError **error);
gboolean scope_check_rows (const ScopeLayerTrace *layer, const gsize *rows, gsize count,
                           GError **error);

/* COUNT elements of a row from column BEGIN on, or of a column from row BEGIN on, as doubles. */
void scope_matrix_read_row (const ScopeMatrix *self, gsize row, gsize begin, gsize count,
                            double *out);
void scope_matrix_read_column (const ScopeMatrix *self, gsize column, gsize begin, gsize count,
                               double *out);
/* ---- columns.c: FUNC for each column of [BEGIN, END), on several threads at once, with its first
 * COUNT values in memory of their own, which it may change. */
typedef void (*ScopeColumnFunc) (gsize column, double *values, gpointer data);
void scope_matrix_each_column (const ScopeMatrix *self, gsize begin, gsize end, gsize count,
                               ScopeColumnFunc func, gpointer data);

/* COUNT doubles over ROW, from its first column on. */
void scope_matrix_write_row (ScopeMatrix *self, gsize row, const double *values, gsize count);

/* A matrix of the type that the backend computes in. */
ScopeMatrix *scope_backend_matrix (ScopeBackend *backend, gsize rows, gsize columns,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Backend memory that goes with the block it is declared in: g_auto (ScopeScratch). */
typedef struct {
  ScopeBackend *backend;
  ScopeTensor tensor;
} ScopeScratch;
gboolean scope_scratch_alloc (ScopeScratch *self, ScopeBackend *backend, ScopeType type, gsize rows,
                              gsize columns, GError **error);
void scope_scratch_clear (ScopeScratch *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeScratch, scope_scratch_clear)

/* Dense host rows (ROWS x COLUMNS of the tensor's type, HOST_STRIDE elements apart) to and from a
 * tensor. Reading waits for what was queued. */
gboolean scope_tensor_get_rows (ScopeBackend *backend, const ScopeTensor *tensor, void *host,
                                gsize host_stride, GError **error);
gboolean scope_tensor_set_rows (ScopeBackend *backend, const ScopeTensor *tensor, const void *host,
                                gsize host_stride, GError **error);

/* The numbers of a ScopeCalibration that a user may have got wrong. (calibrate.c) */
gboolean scope_calibration_check (const ScopeCalibration *settings, GError **error);

/* A table's numbers while they are being made, float64 and zeroed. */
typedef struct {
  ScopeMatrix *ln_decay, *target; /* (layers, channels) */
  GPtrArray *threshold, *alpha;   /* per length a ScopeMatrix (layers, channels) */
} ScopeTableNumbers;
gboolean scope_table_numbers_init (ScopeTableNumbers *self, const ScopeConfig *config,
                                   gsize n_lengths, GError **error);
void scope_table_numbers_clear (ScopeTableNumbers *self);

/* ---- clamp.c: one channel over a window of COUNT values. DELTA is the matrix that they are of.
 * Any thread. */

/* The class, and the target ΣΔ, of VALUES clamped by TOP, which are left as scope_calibrate_clamp()
 * leaves them. */
typedef struct {
  double ln_decay, target;
} ScopeChannelWindow;
ScopeChannelWindow scope_channel_window (const ScopeMatrix *delta, const ScopeMatrix *a,
                                         gsize channel, double *values, gsize count, double top);
/* ln decay; exact only where it is above ENOUGH. */
double scope_channel_decay (const ScopeMatrix *delta, const ScopeMatrix *a, gsize channel,
                            const double *values, gsize count, double enough);

/* ---- entered.c: layers that not all tokens enter (scope_layer_trace_entered()). A token's place
 * is its row among those that do. */
gsize scope_entered_before (const ScopeLayerTrace *layer, gsize token); /* how many before TOKEN */
gsize scope_entered_token (const ScopeLayerTrace *layer, gsize place);
gboolean scope_entered_has (const ScopeLayerTrace *layer, gsize token);
gsize scope_entered_count (const ScopeLayerTrace *layer);
/* Rows and columns of RANGE whose tokens did not enter become zeros. */
void scope_entered_blank (const ScopeLayerTrace *layer, ScopeRange range, ScopeMatrix *tile);

/* RANGE as RUN fills it, some rows at a time: those from ROW on into OUT. CELL_WORK: multiply-adds.
 */
typedef gboolean (*ScopeRowsFunc) (gpointer data, gsize row, ScopeTensor out, GError **error);
ScopeMatrix *scope_tile_by_rows (ScopeBackend *backend, ScopeRange range, gsize cell_work,
                                 ScopeRowsFunc run, gpointer data, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- softmax.c: the same of a hybrid layer's shared attention */
gboolean scope_softmax_check (ScopeLayerTrace *layer, gsize head, GError **error);
ScopeMatrix *scope_softmax_tile (ScopeLayerTrace *layer, gsize head, ScopeRange range,
                                 ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT; /* unchecked */
/* As scope_field_starts(), of one head. */
gboolean scope_softmax_starts (ScopeLayerTrace *layer, gsize head, const gsize *rows, gsize count,
                               double epsilon, gint32 *out, ScopeProgress *progress,
                               GError **error);

/* RANGE of the S6 kernel of spec->channel, unchecked. */
ScopeMatrix *scope_attention_kernel (ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                                     ScopeRange range, ScopeProgress *progress,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The full map of one channel over the columns of RANGE: what every tile of it shares. */
typedef struct _ScopeFullMap ScopeFullMap;
ScopeFullMap *scope_full_map_new (ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                                  ScopeRange range, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_full_map_free (ScopeFullMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFullMap, scope_full_map_free)
/* COUNT rows from ROW on, (count, columns of the range), unchecked. */
ScopeMatrix *scope_full_map_rows (ScopeFullMap *self, gsize row, gsize count,
                                  ScopeProgress *progress,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scope_map_spec_check (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                               GError **error);

G_END_DECLS
