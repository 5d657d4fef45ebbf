/* ScopePreview: a figure on its way out. It holds the recipe that is being edited, with undo, and
 * keeps in step with it: the figure, what the preflight finds in it, and the bytes of its files.
 *
 * Changes of style are drawn anew at once from the results that are there; panels without one are
 * run on the session's engine (SCOPE_REQUEST_PREVIEW), where the open model and its runs serve
 * those that name them. Preflight and bytes are made on a thread of their own after every change,
 * so that copying, dragging and writing need not wait.
 *
 * Main thread only; no call here blocks. Properties (read-only, all notify): "recipe" "figure"
 * "running" "error" "checked" "can-undo" "can-redo" "format" (each means: its getter has a new
 * value). The engine knows one preview at a time: a newer one's request cancels an older one's,
 * which then says so.
 */
#pragma once

#include "export/preflight.h"
#include "export/recipe-edit.h"
#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PREVIEW (scope_preview_get_type ())
G_DECLARE_FINAL_TYPE (ScopePreview, scope_preview, SCOPE, PREVIEW, GObject)

typedef enum {
  SCOPE_FILE_PNG,
  SCOPE_FILE_PDF,
  SCOPE_FILE_SVG,
  SCOPE_N_PICTURES,                   /* before this: one file */
  SCOPE_FILE_DATA = SCOPE_N_PICTURES, /* a folder of .npy, .csv and .tex */
  SCOPE_N_FILES
} ScopeFileFormat;
const char *scope_file_ending (ScopeFileFormat format); /* "png", …; "data" for the folder */

/* Takes RECIPE over. */
ScopePreview *scope_preview_new (ScopeSession *session,
                                 ScopeRecipe *recipe) G_GNUC_WARN_UNUSED_RESULT;

/* Borrowed until the next change. A preset is one until it has run. */
const ScopeRecipe *scope_preview_get_recipe (ScopePreview *self);
/* The newest figure, of an older recipe while a newer one is run; NULL: none yet. Borrowed. */
ScopeFigure *scope_preview_get_figure (ScopePreview *self);
gboolean scope_preview_is_running (ScopePreview *self);
/* Why the recipe has no figure; NULL: it has, or is on its way. */
const char *scope_preview_get_error (ScopePreview *self);
/* The figure is that of the recipe as it is: what is exported is what is shown. */
gboolean scope_preview_is_ready (ScopePreview *self);
/* Lets go of the results of panels that the recipe has no more: of a figure that nobody edits. To
 * undo a removal then is to run them again. By itself it keeps 64 MiB of results at most, or those
 * of the recipe where they are more. */
void scope_preview_forget (ScopePreview *self);
void scope_preview_cancel (ScopePreview *self);    /* running and writing */
void scope_preview_run_again (ScopePreview *self); /* after a failure or a cancellation */

/* --- changing -----------------------------------------------------------------------------------
 */
/* The recipe, to be changed now and followed by scope_preview_changed(): one step of undo. Changes
 * with the same TOPIC (static) that follow close upon each other are one step; NULL: never. */
ScopeRecipe *scope_preview_begin (ScopePreview *self, const char *topic) G_GNUC_WARN_UNUSED_RESULT;
void scope_preview_changed (ScopePreview *self);
void scope_preview_replace (ScopePreview *self, ScopeRecipe *recipe); /* takes it; one step */
/* OTHER's panels at the end, with the results that it has; it has run. One step. */
void scope_preview_append (ScopePreview *self, ScopePreview *other);
gboolean scope_preview_can_undo (ScopePreview *self);
gboolean scope_preview_can_redo (ScopePreview *self);
void scope_preview_undo (ScopePreview *self);
void scope_preview_redo (ScopePreview *self);
/* What is exported; no step of undo. PNG at first. */
ScopeFileFormat scope_preview_get_format (ScopePreview *self);
void scope_preview_set_format (ScopePreview *self, ScopeFileFormat format);

/* --- what was found ("checked") -----------------------------------------------------------------
 */
/* (element-type ScopeFlaw), for the format; NULL while they are being looked for. */
const GPtrArray *scope_preview_get_flaws (ScopePreview *self);
void scope_preview_mend (ScopePreview *self, const ScopeFlaw *flaw); /* one step */
/* The file as it would be written, to the byte that of mambascope-cli figure; NULL while it is
 * being made. PNG and SVG always, PDF while it is the format. Borrowed. */
GBytes *scope_preview_get_bytes (ScopePreview *self, ScopeFileFormat format);

/* --- writing ------------------------------------------------------------------------------------
 */
typedef struct {
  const char *path;                      /* of the file, or of the folder of data */
  gboolean data, latex, caption, recipe; /* beside it: NAME-data/, NAME.tex, .txt, .json */
} ScopePreviewFiles;
/* Their paths, the chosen one first. Free with g_strfreev(). */
GStrv scope_preview_list_files (ScopePreview *self,
                                const ScopePreviewFiles *files) G_GNUC_WARN_UNUSED_RESULT;
/* Writes them; each appears whole, in that order. DONE once, on the main thread, with
 * SCOPE_ERROR_CANCELLED after scope_preview_cancel() or a newer write; not once SELF is gone. Needs
 * scope_preview_is_ready(). */
typedef void (*ScopePreviewDone) (ScopePreview *self, const GError *error, gpointer data);
void scope_preview_write (ScopePreview *self, const ScopePreviewFiles *files, ScopePreviewDone done,
                          gpointer data);

G_END_DECLS
