/* The bundled samples: which model is shown on which text, and the story in a line. Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *model; /* folder below models/ */
  const char *text;  /* file below texts/ */
  const char *title;
  const char *story; /* NULL: in the menu alone, without a card on the start page */
  const char *facts; /* family, tokens, training length */
  const char *note;  /* what must be said with it; or NULL */
} ScopeSample;

extern const ScopeSample scope_samples[];
extern const guint scope_n_samples;

typedef struct {
  const char *file, *title;
} ScopeSampleText;

extern const ScopeSampleText scope_sample_texts[];
extern const guint scope_n_sample_texts;

/* NULL where the samples are not installed. Caller frees. */
char *scope_sample_model_path (const ScopeSample *sample) G_GNUC_WARN_UNUSED_RESULT;
char *scope_sample_text_path (const char *file) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
