/* LongBench's 21 datasets, and the lines of their files.
 *
 * A file is JSON Lines; a line of data is an object with
 *   input, context  strings
 *   answers         a list of strings, at least one; retrieval: each names its paragraph
 *   all_classes     a list of strings (classification), or null
 *   length          words, in Chinese characters: what LongBench-E's buckets go by
 *   dataset         a name, of LongBench-E with or without "_e" behind it; optional in a file that
 *                   is called after its dataset
 *   _id             a string, once a file
 * and anything else, which is not looked at. Strings that are scored are at most
 * SCOPE_LONGBENCH_MAX_TEXT bytes. Any thread. Errors are SCOPE_MODEL_ERROR_FORMAT and begin with
 * the NAME of the line, "hotpotqa.jsonl line 17".
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SCOPE_LONGBENCH_DATASETS 21
#define SCOPE_LONGBENCH_MAX_TEXT ((gsize)1 << 18)

typedef struct _ScopeLongbenchDataset ScopeLongbenchDataset;
struct _ScopeLongbenchDataset {
  const char *name;   /* "hotpotqa" */
  const char *metric; /* "qa_f1" */
  gboolean extended;  /* is part of LongBench-E */
  gboolean one_line;  /* the first line of an answer counts (trec, triviaqa, samsum, lsht) */
  double (*score) (const char *prediction, const char *answer); /* NULL: classification */
  gboolean paragraphs, chinese; /* answers name a paragraph; in Chinese */
};

/* INDEX < SCOPE_LONGBENCH_DATASETS, in LongBench's order. */
const ScopeLongbenchDataset *scope_longbench_dataset (gsize index);
gsize scope_longbench_dataset_index (const ScopeLongbenchDataset *self);
/* By name, "hotpotqa" or "hotpotqa_e": NULL if there is none. *EXTENDED: with "_e". */
const ScopeLongbenchDataset *scope_longbench_dataset_find (const char *name, gboolean *extended);
/* The name of the set: with "_e" if EXTENDED. Caller frees. */
char *scope_longbench_set_name (const ScopeLongbenchDataset *self,
                                gboolean extended) G_GNUC_WARN_UNUSED_RESULT;

/* What a prediction is scored against. */
typedef struct {
  const ScopeLongbenchDataset *dataset;
  gboolean extended; /* of LongBench-E */
  char *id;          /* NULL if there is none */
  char **answers;
  char **classes; /* NULL if there are none */
  gint64 length;  /* -1 if it is not known */
} ScopeLongbenchCase;

/* The best over the answers, from 0 to 1, of PREDICTION (or its first line: "\n" in front does not
 * count). */
double scope_longbench_score (const ScopeLongbenchCase *self, const char *prediction);

/* A line of data. */
typedef struct {
  ScopeLongbenchCase known;
  char *input, *context;
} ScopeLongbenchEntry;

/* HINT is the name of the set that the file is called after, or NULL. */
gboolean scope_longbench_entry_parse (const char *line, gsize length, const char *name,
                                      const char *hint, ScopeLongbenchEntry *out, GError **error);
void scope_longbench_entry_clear (ScopeLongbenchEntry *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeLongbenchEntry, scope_longbench_entry_clear)

/* A line of predictions: "pred", answers, all_classes, and where they are there length, dataset,
 * _id and filter: what LongBench's program writes, too. */
typedef struct {
  ScopeLongbenchCase known;
  char *filter; /* the SPEC, or "-" */
  char *text;
} ScopeLongbenchPrediction;

gboolean scope_longbench_prediction_read (JsonObject *object, const char *name, const char *hint,
                                          ScopeLongbenchPrediction *out, GError **error);
void scope_longbench_prediction_clear (ScopeLongbenchPrediction *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeLongbenchPrediction, scope_longbench_prediction_clear)

/* Lines of a file held in memory: the next one from *AT on that is not blank, FALSE at the end. */
typedef struct {
  const char *text;
  gsize length;   /* without the "\n" */
  gsize number;   /* from 1 */
  gboolean ended; /* with "\n" */
} ScopeLongbenchLine;
gboolean scope_longbench_next_line (const char *data, gsize length, gsize *at,
                                    ScopeLongbenchLine *line);
/* The set that a file is called after, "hotpotqa_e" of ".../hotpotqa_e.jsonl"; NULL if it is none
 * of ours. Caller frees. */
char *scope_longbench_hint (const char *path) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
