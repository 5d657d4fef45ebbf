/* The inside of ScopeHistory: history.c is the object, history-parameters.c what is registered and
 * the end of a turn, history-steps.c what is undone and redone, history-file.c what a file says,
 * history-property.c GObject properties as JSON. Main thread only. */
#pragma once

#include "session/history.h"

G_BEGIN_DECLS

struct _ScopeHistory {
  GObject parent_instance;
  GPtrArray *parameters;  /* ScopeRegistered, as registered */
  GPtrArray *undo, *redo; /* ScopeStep, newest last */
  GHashTable *waiting; /* name: JsonNode that a file gave for a parameter still to be registered */
  guint settling;      /* the source that ends the turn; 0: nothing was touched */
  gboolean applying;   /* the history itself is setting */
  gboolean can_undo, can_redo;
};

/* A parameter of one history. */
typedef struct {
  ScopeHistory *history;
  GObject *owner; /* weak */
  ScopeParameter is;
  char *bound;     /* the property that it is, or NULL */
  JsonNode *value; /* when it was last looked at */
  gboolean touched;
} ScopeRegistered;

typedef struct {
  char *name;
  JsonNode *before, *after;
} ScopeChange;

typedef struct {
  char *label;
  GPtrArray *changes; /* ScopeChange */
  gint64 time;        /* of the newest change; 0: closed */
} ScopeStep;

/* history.c: after a change of UNDO or REDO. */
void scope_history_update_properties (ScopeHistory *self);

/* history-parameters.c */
void scope_registered_free (gpointer self);
JsonNode *scope_registered_get (const ScopeRegistered *self);
gboolean scope_registered_set (const ScopeRegistered *self, JsonNode *value, GError **error);
ScopeRegistered *scope_history_find (ScopeHistory *self, const char *name); /* NULL: none */
/* The turn ends: what was touched and is another than before becomes a step. */
void scope_history_settle (ScopeHistory *self);
/* All values as they are, and no step of it. */
void scope_history_look_at_all (ScopeHistory *self);

/* history-steps.c */
void scope_change_free (gpointer self);
void scope_step_free (gpointer self);
ScopeStep *scope_step_newest (GPtrArray *steps); /* NULL: there is none */
/* Takes STEP over: it is the newest, or goes on where the newest one is still open. */
void scope_history_push (ScopeHistory *self, ScopeStep *step);

/* history-property.c */
/* The value of PROPERTY. */
JsonNode *scope_history_get_property (GObject *owner, const char *property);
/* Refused: another type of value, or one out of the property's range. */
gboolean scope_history_set_property (GObject *owner, const char *property, JsonNode *value,
                                     GError **error);

G_END_DECLS
