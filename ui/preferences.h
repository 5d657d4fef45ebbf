/* What the user prefers, from one start to the next: a key file in the user's configuration folder,
 * read once, written whenever something is set. One for the process; main thread. A value in the
 * file that is none falls back to its default, as does a file that cannot be read. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

typedef enum { SCOPE_SCHEME_SYSTEM, SCOPE_SCHEME_LIGHT, SCOPE_SCHEME_DARK } ScopeScheme;

typedef struct {
  char *place; /* session/place.h */
  int threads; /* 0: one for each processor */
  int memory;  /* MB that runs of the network may hold side by side */
  ScopePalette palette;
  ScopeNormKind norm;
  double epsilon;
  gboolean restore; /* begin where the last window ended */
  ScopeScheme scheme;
} ScopePreferences;

#define SCOPE_THREADS_MOST 1024
#define SCOPE_MEMORY_UNIT  G_GUINT64_CONSTANT (1000000) /* a megabyte */
#define SCOPE_MEMORY_LEAST 64
#define SCOPE_MEMORY_MOST  1000000

/* May be changed, and then saved. */
ScopePreferences *scope_preferences_get (void);
/* Failing to write is not worth a message. */
void scope_preferences_save (void);

/* At the start of the process: threads, memory, colours. */
void scope_preferences_apply (void);
/* Memory and colours alone: what can change while it runs. */
void scope_preferences_apply_again (void);
/* To a session that is new: where it runs, and how its maps are shown. */
void scope_preferences_apply_to (ScopeSession *session);

G_END_DECLS
