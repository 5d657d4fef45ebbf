#include "ui/samples.h"

#include "session/session.h"

/* Of both filter models: channels of the one, heads of the other. */
static const char held[]
    = "A quarter of each layer was held at almost no decay, and training skipped tokens of small "
      "\u0394 as the filter does.";

const ScopeSample scope_samples[] = {
  { "rescue-mamba2-5m", "pass-key.txt", "The lost pass key",
    "A model forgets what it was told to remember, and one switch brings it back.",
    "Mamba-2, 4.8 M parameters\n4096 tokens: 16 times its\u00a0training\u00a0length",
    "Two of eight heads a layer began training with almost no decay, to provoke at this size a "
    "failure that large models show by themselves." },
  { "novel-mamba-6m", "the-tide-books.txt", "A story in channels",
    "A small Mamba reads with 6144 channels: some hold a word, some hold a page.",
    "Mamba, 6.3 M parameters\n4494 tokens: 4 times its\u00a0training\u00a0length", NULL },
  { "novel-mamba2-6m", "the-tide-books.txt", "The same in heads",
    "Its Mamba-2 sister reads with 96 heads, each with a memory of its own.",
    "Mamba-2, 6.2 M parameters\n4494 tokens: 4 times its\u00a0training\u00a0length", NULL },
  { "filter-mamba-5m", "pass-key.txt", "The key once more",
    "A Mamba, which has no heads, forgets it and gets it back channel by channel.",
    "Mamba, 4.6 M parameters\n4096 tokens: 16 times its\u00a0training\u00a0length", held },
  { "filter-mamba2-5m", "pass-key.txt", "The pass key, by a better reader", NULL, NULL, held },
};
const guint scope_n_samples = G_N_ELEMENTS (scope_samples);

const ScopeSampleText scope_sample_texts[] = {
  { "pass-key.txt", "A story with a pass key" },
  { "the-tide-books.txt", "The Tide Books" },
  { "the-letter.txt", "The Letter" },
};
const guint scope_n_sample_texts = G_N_ELEMENTS (scope_sample_texts);

char *
scope_sample_model_path (const ScopeSample *sample)
{
  return scope_session_sample_path ("models", sample->model);
}

char *
scope_sample_text_path (const char *file)
{
  return scope_session_sample_path ("texts", file);
}
