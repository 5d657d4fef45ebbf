/* Predictions of LongBench, in memory and, line by line as they are made, in a file.
 *
 * The file is JSON Lines. The first line of ours says what the predictions depend on:
 *   {"longbench": 1, "model": ..., "model_hash": ..., "config_hash": ..., "precision": ...,
 *    "max_tokens": N (0: none), "train_length": N (0: the model's)}
 * and every other one is a prediction: dataset, _id, filter, pred, answers, all_classes, length,
 * prompt_tokens, cut_tokens, backend. LongBench's own files, which have no first line of that kind,
 * no _id and no filter, can be read but not gone on with.
 *
 * Not for several threads at a time. Errors are SCOPE_MODEL_ERROR_FORMAT, which name the file and
 * the line, and SCOPE_ERROR_FILE.
 */
#pragma once

#include "analysis/longbench/dataset.h"

G_BEGIN_DECLS

typedef struct {
  const char *model; /* its name, for people: it is not compared */
  const char *model_hash, *config_hash, *precision;
  gint64 max_tokens, train_length;
} ScopeLongbenchHeader;

/* What is written beside a prediction. */
typedef struct {
  gsize prompt_tokens; /* that the model read */
  gsize cut_tokens;    /* that were cut out of the middle */
  const char *backend;
} ScopeLongbenchRun;

typedef struct _ScopeLongbenchPredictions ScopeLongbenchPredictions;

/* In memory alone. */
ScopeLongbenchPredictions *scope_longbench_predictions_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Adds the lines of the file at PATH. A prediction that is there already is an error. */
gboolean scope_longbench_predictions_read (ScopeLongbenchPredictions *self, const char *path,
                                           GError **error);
/* A file to be gone on with, or a new one: what is there is read, and what is added is appended. A
 * last line that is not whole, as a killed program leaves it, is taken off. Refused where the
 * file's first line is not that of HEADER, and while another run has it open. */
ScopeLongbenchPredictions *
scope_longbench_predictions_open (const char *path, const ScopeLongbenchHeader *header,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_longbench_predictions_free (ScopeLongbenchPredictions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLongbenchPredictions, scope_longbench_predictions_free)

gsize scope_longbench_predictions_count (const ScopeLongbenchPredictions *self);
const ScopeLongbenchPrediction *
scope_longbench_predictions_nth (const ScopeLongbenchPredictions *self, gsize index);
/* That of the entry (whose id is known) under FILTER, or NULL. */
const ScopeLongbenchPrediction *
scope_longbench_predictions_find (const ScopeLongbenchPredictions *self,
                                  const ScopeLongbenchCase *known, const char *filter);
/* A new one: FILTER and TEXT are UTF-8. In the file when this returns. */
gboolean scope_longbench_predictions_add (ScopeLongbenchPredictions *self,
                                          const ScopeLongbenchCase *known, const char *filter,
                                          const char *text, const ScopeLongbenchRun *run,
                                          GError **error);

G_END_DECLS
