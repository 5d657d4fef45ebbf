/* What the monkey does: random valid input, one step at a time. Main thread. */
#pragma once

#include "harness.h"

G_BEGIN_DECLS

typedef struct {
  GRand *dice;
  ScopeWindow *window;
  guint64 steps;
  char last[256];    /* what was done */
  char *session;     /* a session file */
  GPtrArray *others; /* gpointer *: windows beside WINDOW and their sessions; NULL once gone */
} Monkey;

extern Monkey monkey;

/* Notes what is done; with MAMBASCOPE_MONKEY_TELL set it is printed. */
void monkey_doing (const char *format, ...) G_GNUC_PRINTF (1, 2);
void monkey_step (void);
/* Closes every other window as a user closes it, and what it asks about that. */
void monkey_close_others (void);
/* A model of the samples and a text of theirs. */
void monkey_open_sample (ScopeWindow *window);

/* monkey-widgets.c: widgets are used as the keyboard uses them, wherever they are. */
void monkey_activate (void);
void monkey_set_value (void);
void monkey_use_dialog (void); /* an action of an export window */

/* monkey-home.c: where memory is compared. */
/* Opens the same sample in the same view, with nothing else about; FALSE: it does not come to rest,
 * or a window that was closed stays, and that was said. */
gboolean monkey_go_home (void);
/* Looks at every view, in every size of letters: what is made once, when it is seen first, is
 * there. */
gboolean monkey_see_all (void);
gboolean monkey_others_are_gone (void);
gsize monkey_allocated (void); /* bytes given out */
gsize monkey_resident (void);  /* with what the allocator keeps for later */
gsize monkey_held (void);      /* given out once no thread works any more */
void monkey_tell_heap (void);

G_END_DECLS
