/* ScopeHistory: the one list of everything that a user can set and take back. Undo and redo,
 * session files and the start where the last session ended all work from it, so that a room which
 * registers a parameter here has all four.
 *
 * To add one, in the room that owns it:
 *
 *   the value is a readable and writable GObject property with explicit notify (boolean, int, uint,
 *   uint64, double, string or enum; a property of the room's model object or of a widget alike):
 *
 *     scope_history_bind (scope_session_get_history (session), G_OBJECT (atlas), "sort",
 *                         "atlas.sort", "order of the atlas");
 *
 *   or it is anything else that JSON can say (a range, a list of pins):
 *
 *     static const ScopeParameter pins = { "map.pins", "pinned cells", "pins", get_pins, set_pins
 * }; scope_history_add (history, G_OBJECT (self), &pins);
 *
 * Nothing more: a notification of the property is looked at once the turn of the main loop is over,
 * and if the value is another than before it becomes a step. What changes in one turn is one step,
 * named after the parameter that was registered first (a layer that takes the channel with it is
 * "layer"). Further changes of the same parameters within SCOPE_HISTORY_MERGE_MS join that step: a
 * slider's drag is one. scope_history_break() ends it earlier, where a drag ends.
 *
 * Only what the user chose belongs here. A value that follows from something else (how large the
 * window is, what arrived from the engine) is none: let the property say "fit" instead of numbers.
 * What follows the pointer makes no steps either: give such a parameter no property and call
 * scope_history_touch() where the user means it (scope_session_select() is that for the crosshair).
 *
 * SET is called with whatever a file says: it must refuse, in one line that says what was expected
 * and found, what does not fit, and leave things as they were. Parameters are put back in the order
 * in which they were registered. A parameter is gone with its OWNER. Registering one that a
 * restored session file spoke of sets it at once: views may be made late.
 *
 * Names are for ever: session files hold them. "room.thing", lower case. Main thread only.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_HISTORY (scope_history_get_type ())
G_DECLARE_FINAL_TYPE (ScopeHistory, scope_history, SCOPE, HISTORY, GObject)

#define SCOPE_HISTORY_MERGE_MS 800
#define SCOPE_HISTORY_STEPS    500 /* kept; the oldest go first */

typedef struct {
  const char *name;  /* "atlas.sort" */
  const char *label; /* "order of the atlas", as in "Undone: order of the atlas" */
  const char
      *properties; /* of OWNER, "row,column": notified when it may have changed; NULL: none */
  JsonNode *(*get) (gpointer owner); /* never NULL; a JSON null is a value like any other */
  gboolean (*set) (gpointer owner, JsonNode *value, GError **error);
} ScopeParameter;

/* Properties: "can-undo", "can-redo". */
ScopeHistory *scope_history_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* The strings of PARAMETER are copied. OWNER is held by a weak reference. */
void scope_history_add (ScopeHistory *self, GObject *owner, const ScopeParameter *parameter);
/* PROPERTY of OWNER as it is: numbers, strings and booleans; an enum by its nick; NaN, infinities,
 * G_MAXUINT64 and NULL as null (a double that may be NaN needs G_PARAM_LAX_VALIDATION). What lies
 * outside the property's range is refused. */
void scope_history_bind (ScopeHistory *self, GObject *owner, const char *property, const char *name,
                         const char *label);

/* Parameter NAME may have changed. */
void scope_history_touch (ScopeHistory *self, const char *name);
/* The next change is a step of its own. */
void scope_history_break (ScopeHistory *self);

/* Both return what was done, for a toast, or NULL if there was nothing. */
char *scope_history_undo (ScopeHistory *self);
char *scope_history_redo (ScopeHistory *self);
const char *scope_history_undo_label (ScopeHistory *self); /* NULL: nothing to undo */
const char *scope_history_redo_label (ScopeHistory *self);

/* Something else is open now: no steps any more, and what a file still says of parameters that
 * nobody registered is dropped. */
void scope_history_forget (ScopeHistory *self);
/* What changed in this turn was not the user's doing (a request failed, and its parameter is back
 * where it was): no step, and steps at the top that lead nowhere now go. */
void scope_history_retract (ScopeHistory *self);

/* One parameter's value; NULL if there is none of that name. Caller unrefs. */
JsonNode *scope_history_get (ScopeHistory *self, const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* Every parameter, by name. Caller unrefs. */
JsonObject *scope_history_save (ScopeHistory *self) G_GNUC_WARN_UNUSED_RESULT;
/* Sets what OBJECT says, no step. A member that cannot be set is left out; the first such is ERROR
 * (with its JSON path below PATH; NAME is the file's) and FALSE, after all others were set. */
gboolean scope_history_restore (ScopeHistory *self, JsonObject *object, const char *name,
                                const char *path, GError **error);

/* For SET: "expected EXPECTED, found ..." as ERROR; always FALSE. */
gboolean scope_history_refuse (JsonNode *value, const char *expected, GError **error);

/* Registered names in order; the array is the caller's, the names are the history's. */
GPtrArray *scope_history_names (ScopeHistory *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
