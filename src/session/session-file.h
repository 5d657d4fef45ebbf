/* Session files, "NAME.mambascope": which model, which text, and every parameter of the history.
 *
 *   { "schema": "mambascope-session", "version": 1,
 *     "model": { "path": "/models/mamba-130m", "hash": "…" },
 *     "text": { "path": "/texts/holmes.txt", "hash": "…" },          or null: none was open
 *     "parameters": { "selection.layer": 12, "filter.on": true, … } }
 *
 * docs/session.schema.json says the same. Model and text are named, not held: PATH finds them, and
 * HASH (of the weights; of the token ids; may be absent) tells whether they are still the same. A
 * text's path may be "@ids.json". A parameter that this program does not know is kept out of the
 * way (another room of another build may know it); anything else that is not in this list is
 * refused, and so is a version above this one. No display, no session: any thread.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SCOPE_SESSION_FILE_ENDING  ".mambascope"
#define SCOPE_SESSION_FILE_VERSION 1

typedef struct {
  char *path;
  char *hash; /* NULL: not known */
} ScopeSessionFileSource;

typedef struct {
  char *name;                         /* of the file, for messages */
  ScopeSessionFileSource model, text; /* text.path NULL: none */
  JsonObject *parameters;
} ScopeSessionFile;

/* NAME is for messages, which name the JSON path. Errors are SCOPE_MODEL_ERROR_FORMAT, and
 * SCOPE_MODEL_ERROR_UNSUPPORTED for a newer version. */
ScopeSessionFile *scope_session_file_parse (const char *data, gsize length, const char *name,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same session prints the same text. Caller frees. */
char *scope_session_file_print (const ScopeSessionFile *self) G_GNUC_WARN_UNUSED_RESULT;
void scope_session_file_free (ScopeSessionFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSessionFile, scope_session_file_free)

/* Paths that are not found from here may be found beside the file: they then say so. */
ScopeSessionFile *scope_session_file_load (const char *path,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Replaces PATH in one step. */
gboolean scope_session_file_save (const ScopeSessionFile *self, const char *path, GError **error);

/* PATH (which may be "@ids.json") as it is, or, if there is nothing and its last part lies in the
 * folder of FILE, that. Caller frees. */
char *scope_session_file_find (const char *path, const char *file) G_GNUC_WARN_UNUSED_RESULT;
/* Whether PATH, likewise, is there. A model may also be an id of a cache: ask for texts and folders
 * only. */
gboolean scope_session_file_exists (const char *path);

G_END_DECLS
