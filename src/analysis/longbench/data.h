/* The user's LongBench files, checked line by line before anything is run. Files stay mapped; an
 * entry is read again when its turn comes. Immutable once filled; any thread. */
#pragma once

#include "analysis/longbench/dataset.h"
#include "base/progress.h"

G_BEGIN_DECLS

typedef struct _ScopeLongbenchData ScopeLongbenchData;

/* SETS, "hotpotqa_e", ..., NULL at the end, are those that are wanted; NULL: all. LIMIT is how many
 * entries of a set are taken at most, the first ones. */
ScopeLongbenchData *scope_longbench_data_new (const char *const *sets,
                                              gsize limit) G_GNUC_WARN_UNUSED_RESULT;
void scope_longbench_data_free (ScopeLongbenchData *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLongbenchData, scope_longbench_data_free)

/* A file, or a folder, of which the files that are called after a wanted set are taken, in
 * LongBench's order. Every line is checked; an entry that is there already is an error. */
gboolean scope_longbench_data_add (ScopeLongbenchData *self, const char *path,
                                   ScopeProgress *progress, GError **error);

gsize scope_longbench_data_count (const ScopeLongbenchData *self);
/* Bytes of entry INDEX's line: about what it takes to answer it. */
gsize scope_longbench_data_bytes (const ScopeLongbenchData *self, gsize index);
gboolean scope_longbench_data_read (const ScopeLongbenchData *self, gsize index,
                                    ScopeLongbenchEntry *out, GError **error);
/* Whether any entry is of DATASET. */
gboolean scope_longbench_data_has (const ScopeLongbenchData *self,
                                   const ScopeLongbenchDataset *dataset);

G_END_DECLS
