/* What stalls.c does to a window, a step at a time. Main thread. */
#pragma once

#include "harness.h"

G_BEGIN_DECLS

#define STALL_SAMPLE "novel-mamba-6m"

/* What is open while a step is done. */
typedef enum {
  STALL_ON_NOTHING,
  STALL_ON_SAMPLE,
  STALL_ON_MANY_CHANNELS,
  STALL_ON_LONG_TEXT
} StallStage;

typedef struct {
  StallStage stage;
  const char *view, *name;
  void (*run) (ScopeWindow *window);
  gboolean long_way; /* left out of a quick run: other tests go it too */
} StallStep;

extern gboolean stall_quick; /* on the sample alone, short ways, and an eighth of each step */
/* In the order of their stages. */
extern const StallStep stall_steps[];
extern const guint stall_n_steps;
/* An action of the window. */
void stall_activate (ScopeWindow *window, const char *name, GVariant *target);

G_END_DECLS
