/* The stack machine that a pickle is a program for. */
#pragma once

#include "base/error.h"
#include "model/torch/pickle.h"

G_BEGIN_DECLS

#define SCOPE_PICKLE_MAX_VALUES ((guint)1 << 20)

struct _ScopePickle {
  const guint8 *data;
  const char *name;
  gsize length, at;
  ScopePickleGlobalFunc find_global;
  GPtrArray *values; /* (element-type ScopePickleValue), every one there is */
  GPtrArray *stack;  /* borrowed */
  GArray *marks;     /* (element-type guint), heights of the stack */
  GHashTable *memo;  /* index to value, borrowed */
  gsize opcode;      /* where the one being read begins */
  const ScopePickleValue *root;
};

G_GNUC_PRINTF (4, 5)
gboolean scope_pickle_fail (const ScopePickle *self, ScopeModelError code, GError **error,
                            const char *format, ...);
gboolean scope_pickle_fail_format (const ScopePickle *self, const char *what, GError **error);

/* The next SIZE bytes, or NULL. */
const guint8 *scope_pickle_take (ScopePickle *self, guint64 size, GError **error);
/* A little-endian number of SIZE bytes. */
gboolean scope_pickle_take_number (ScopePickle *self, guint size, guint64 *out, GError **error);

/* A new value on the stack, or NULL. */
ScopePickleValue *scope_pickle_push (ScopePickle *self, ScopePickleKind kind, GError **error);
/* The part of the stack that belongs to the innermost mark begins here: nothing below is popped. */
guint scope_pickle_floor (const ScopePickle *self);
ScopePickleValue *scope_pickle_pop (ScopePickle *self, GError **error);
ScopePickleValue *scope_pickle_top (ScopePickle *self, GError **error);
gboolean scope_pickle_pop_mark (ScopePickle *self, guint *height, GError **error);
/* Moves all above HEIGHT into VALUE. */
void scope_pickle_move_items (ScopePickle *self, guint height, ScopePickleValue *value);

/* Reads one opcode and does what it says; STOP sets ROOT. */
gboolean scope_pickle_read_opcode (ScopePickle *self, GError **error);

G_END_DECLS
