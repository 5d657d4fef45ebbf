#include "ui/samples.h"

#include "session/session.h"

const ScopeSample scope_samples[] = {
  { "rescue-mamba2-5m", "pass-key.txt", "The lost pass key",
    "A model forgets what it was told to remember, and one switch brings it back.",
    "Mamba-2, 4.8 M parameters\n4\u202f096 tokens: 16 times its training length",
    "Two of the eight heads of each layer were started with almost no decay when this model was "
    "trained, to provoke at this size a failure that large models show by themselves." },
  { "novel-mamba-6m", "the-tide-books.txt", "A story in 6\u202f144 channels",
    "A small Mamba reads a story: channels that hold a word, and channels that hold a page.",
    "Mamba, 6.3 M parameters\n4\u202f494 tokens: 4 times its training length", NULL },
  { "novel-mamba2-6m", "the-tide-books.txt", "The same story in 96 heads",
    "Its Mamba-2 sister: one rate of forgetting for each head, and maps that show it.",
    "Mamba-2, 6.2 M parameters\n4\u202f494 tokens: 4 times its training length", NULL },
  { "filter-mamba-5m", "pass-key.txt", "The pass key once more",
    "A Mamba, which has no heads, forgets it and gets it back channel by channel.",
    "Mamba, 4.6 M parameters\n4\u202f096 tokens: 16 times its training length",
    "A quarter of the channels of each layer were started with almost no decay and held there, "
    "and in training tokens with a small \u0394 were skipped as the filter skips them." },
  { "filter-mamba2-5m", "pass-key.txt", "The pass key, by a better reader", NULL, NULL,
    "Two of the eight heads of each layer were started with almost no decay and held there, and "
    "in training tokens with a small \u0394 were skipped as the filter skips them." },
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
