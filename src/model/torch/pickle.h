/* A pickle as a tree of values. Nothing is ever executed: a call stays a value that says what would
 * have been called on what, and a global that the reader does not know ends the reading, by name.
 *
 * Read are the opcodes of protocols 2 to 5 that dictionaries, lists, tuples, texts, whole numbers
 * and calls need; floats, bytes, sets and numbers above 64 bits are kept as OTHER. Limits: 16 MiB
 * of pickle, 2^20 values, 1000 nested marks. Values may be shared and may contain themselves:
 * whoever walks them limits the depth. Errors are SCOPE_MODEL_ERROR_FORMAT, or _UNSUPPORTED for
 * what is well formed but refused. Immutable after parsing; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SCOPE_PICKLE_NONE,
  SCOPE_PICKLE_BOOLEAN, /* INTEGER */
  SCOPE_PICKLE_INTEGER,
  SCOPE_PICKLE_TEXT,   /* TEXT, LENGTH; valid UTF-8 */
  SCOPE_PICKLE_LONG,   /* TEXT, LENGTH: little-endian two's complement of more than 64 bits */
  SCOPE_PICKLE_TUPLE,  /* ITEMS */
  SCOPE_PICKLE_LIST,   /* ITEMS */
  SCOPE_PICKLE_DICT,   /* ITEMS: key, value, key, value... in the order of insertion */
  SCOPE_PICKLE_GLOBAL, /* INTEGER: what the reader calls it; TEXT, LENGTH: its name without module
                        */
  SCOPE_PICKLE_CALL,   /* CALLEE on the tuple ARGUMENTS; ITEMS as of a DICT if it was given any */
  SCOPE_PICKLE_PERSISTENT, /* ARGUMENTS */
  SCOPE_PICKLE_OTHER,
} ScopePickleKind;

typedef struct _ScopePickleValue ScopePickleValue;
struct _ScopePickleValue {
  ScopePickleKind kind;
  gint64 integer;
  const char *text; /* in the pickle, not terminated */
  gsize length;
  GPtrArray *items; /* (element-type ScopePickleValue), borrowed; NULL if there never were any */
  const ScopePickleValue *callee, *arguments;
};

/* What the reader calls the global NAME ("collections.OrderedDict"), or -1 to refuse it. */
typedef int (*ScopePickleGlobalFunc) (const char *name);

typedef struct _ScopePickle ScopePickle;

/* DATA must outlive the result. *USED (may be NULL) is the pickle's own length: more may follow. */
ScopePickle *scope_pickle_parse (const void *data, gsize length, const char *name,
                                 ScopePickleGlobalFunc find_global, gsize *used,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_pickle_free (ScopePickle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePickle, scope_pickle_free)

const ScopePickleValue *scope_pickle_root (const ScopePickle *self);
/* Every value that the pickle made, by its place; NULL beyond the last. */
const ScopePickleValue *scope_pickle_value (const ScopePickle *self, gsize n);

/* The N-th of ITEMS; NULL beyond the end. */
const ScopePickleValue *scope_pickle_item (const ScopePickleValue *value, gsize n);
gsize scope_pickle_count (const ScopePickleValue *value);
/* Whether VALUE (may be NULL) is TEXT. */
gboolean scope_pickle_is_text (const ScopePickleValue *value, const char *text);

G_END_DECLS
