#include "analysis/longbench/dataset.h"

#include <string.h>

#include "analysis/longbench/metrics.h"

#define QA       .metric = "qa_f1", .score = scope_longbench_qa_f1
#define QA_ZH    .metric = "qa_f1_zh_chars", .score = scope_longbench_qa_f1_zh_chars
#define ROUGE    .metric = "rouge_l", .score = scope_longbench_rouge_l
#define ROUGE_ZH .metric = "rouge_l_zh_chars", .score = scope_longbench_rouge_l_zh_chars
#define CLASSES  .metric = "classification"
#define COUNT    .metric = "count", .score = scope_longbench_count
#define CODE     .metric = "code_similarity", .score = scope_longbench_code_similarity
#define FIND     .metric = "retrieval", .score = scope_longbench_retrieval, .paragraphs = TRUE
#define FIND_ZH                                                                                    \
  .metric = "retrieval_zh", .score = scope_longbench_retrieval_zh, .paragraphs = TRUE,             \
  .chinese = TRUE
#define E        .extended = TRUE
#define ONE_LINE .one_line = TRUE

static const ScopeLongbenchDataset datasets[] = {
  { .name = "narrativeqa", QA },
  { .name = "qasper", QA, E },
  { .name = "multifieldqa_en", QA, E },
  { .name = "multifieldqa_zh", QA_ZH },
  { .name = "hotpotqa", QA, E },
  { .name = "2wikimqa", QA, E },
  { .name = "musique", QA },
  { .name = "dureader", ROUGE_ZH },
  { .name = "gov_report", ROUGE, E },
  { .name = "qmsum", ROUGE },
  { .name = "multi_news", ROUGE, E },
  { .name = "vcsum", ROUGE_ZH },
  { .name = "trec", CLASSES, E, ONE_LINE },
  { .name = "triviaqa", QA, E, ONE_LINE },
  { .name = "samsum", ROUGE, E, ONE_LINE },
  { .name = "lsht", CLASSES, ONE_LINE },
  { .name = "passage_count", COUNT, E },
  { .name = "passage_retrieval_en", FIND, E },
  { .name = "passage_retrieval_zh", FIND_ZH },
  { .name = "lcc", CODE, E },
  { .name = "repobench-p", CODE, E },
};
G_STATIC_ASSERT (G_N_ELEMENTS (datasets) == SCOPE_LONGBENCH_DATASETS);

const ScopeLongbenchDataset *
scope_longbench_dataset (gsize index)
{
  return &datasets[index];
}

gsize
scope_longbench_dataset_index (const ScopeLongbenchDataset *self)
{
  return (gsize)(self - datasets);
}

const ScopeLongbenchDataset *
scope_longbench_dataset_find (const char *name, gboolean *extended)
{
  *extended = g_str_has_suffix (name, "_e");
  gsize length = strlen (name) - (*extended ? 2 : 0);
  for (gsize d = 0; d < G_N_ELEMENTS (datasets); d++)
    if (strlen (datasets[d].name) == length && memcmp (datasets[d].name, name, length) == 0)
      return *extended && !datasets[d].extended ? NULL : &datasets[d];
  return NULL;
}

char *
scope_longbench_set_name (const ScopeLongbenchDataset *self, gboolean extended)
{
  return g_strconcat (self->name, extended ? "_e" : NULL, NULL);
}

char *
scope_longbench_hint (const char *path)
{
  gboolean extended;
  g_autofree char *name = g_path_get_basename (path);
  if (!g_str_has_suffix (name, ".jsonl"))
    return NULL;
  name[strlen (name) - strlen (".jsonl")] = '\0';
  return scope_longbench_dataset_find (name, &extended) != NULL ? g_steal_pointer (&name) : NULL;
}

double
scope_longbench_score (const ScopeLongbenchCase *self, const char *prediction)
{
  const ScopeLongbenchDataset *dataset = self->dataset;
  g_autofree char *line = NULL;
  if (dataset->one_line) {
    prediction += strspn (prediction, "\n");
    prediction = line = g_strndup (prediction, strcspn (prediction, "\n"));
  }
  double best = 0;
  for (gsize a = 0; self->answers[a] != NULL; a++) {
    const char *answer = self->answers[a];
    double score = dataset->score != NULL
                       ? dataset->score (prediction, answer)
                       : scope_longbench_classification (prediction, answer,
                                                         (const char *const *)self->classes);
    best = MAX (best, score);
  }
  return best;
}
