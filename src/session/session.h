/* ScopeSession: the view model. What is open, what is selected, what is on screen, and the newest
 * results for it; it turns changes into requests to its ScopeEngine and results into properties.
 *
 * Main thread only; no call here blocks. Widgets bind to properties and never see the engine.
 * Whatever a user sets is a parameter of its history (history.h): that is how it is undone, saved
 * and restored.
 *
 * Properties (all notify): "model" "text" "busy" "layer" "channel" "filter-on" "filter-spec"
 * "theta" "epsilon" "norm" "palette" "kind" "row" "column" "can-undo" "can-redo" "network"
 * "layer-view" "map" "overview" "decay" "answer" "proof" (the last seven mean: the getter of that
 * name has a new value). Opening replaces model, text and all results in one step, when the first
 * layer of the new text is ready; until then, and if it fails, what was open stays as it is.
 * Signals: "progress" (double fraction, char *what); "failed" (char *message): a request failed;
 * what was open stays open; "notice" (char *message): what was asked for goes on, but not as it was
 * meant (on another device, from another text than a session was saved with).
 */
#pragma once

#include "export/norm.h"
#include "export/palette.h"
#include "export/recipe.h"
#include "session/engine.h"
#include "session/history.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SESSION (scope_session_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSession, scope_session, SCOPE, SESSION, GObject)

ScopeSession *scope_session_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* --- opening ------------------------------------------------------------------------------------
 */
/* TEXT_PATH may be NULL: keep the open text, or none. Backend: "auto". */
void scope_session_open (ScopeSession *self, const char *model_folder, const char *text_path);
void scope_session_open_model (ScopeSession *self, const char *folder);
void scope_session_open_text (ScopeSession *self, const char *path);
void scope_session_cancel (ScopeSession *self); /* whatever is running */
gboolean scope_session_get_busy (ScopeSession *self);
/* Where models are run from now on: a place of session/place.h ("auto" at first). What is open is
 * opened anew there, and stays where it is if that fails. */
gboolean scope_session_set_place (ScopeSession *self, const char *place, GError **error);
const char *scope_session_get_place (ScopeSession *self);

ScopeModel *scope_session_get_model (ScopeSession *self);   /* NULL: none open */
ScopeTokens *scope_session_get_tokens (ScopeSession *self); /* NULL: none open */
const char *scope_session_get_text_name (ScopeSession *self);
const char *scope_session_get_text_path (ScopeSession *self);
const char *scope_session_get_device (ScopeSession *self); /* "CPU: AMD EPYC (avx512, 2 threads)" */
gsize scope_session_get_train_length (ScopeSession *self);

/* --- selection ----------------------------------------------------------------------------------
 */
gsize scope_session_get_layer (ScopeSession *self);
void scope_session_set_layer (ScopeSession *self, gsize layer);
gsize scope_session_get_channel (ScopeSession *self);
void scope_session_set_channel (ScopeSession *self, gsize channel);
/* The crosshair's cell; G_MAXSIZE: none. */
gsize scope_session_get_row (ScopeSession *self);
gsize scope_session_get_column (ScopeSession *self);
/* Where the pointer is: no step of the history. */
void scope_session_set_cursor (ScopeSession *self, gsize row, gsize column);
/* The same, meant: a click, a key, a search's find. It can be undone. */
void scope_session_select (ScopeSession *self, gsize row, gsize column);
/* The pointer is gone: the crosshair is where it was last meant to be, if it was, so that what was
 * passed on the way to a control does not change what the control is about. */
void scope_session_leave_cursor (ScopeSession *self);
ScopeMatrixKind scope_session_get_kind (ScopeSession *self);
void scope_session_set_kind (ScopeSession *self, ScopeMatrixKind kind);
/* Both in one step. SCOPE_MATRIX_SOFTMAX is for layers with shared attention, whose heads are then
 * the channels; elsewhere nothing happens, and selecting a layer without it leaves it for S6. */
void scope_session_set_map (ScopeSession *self, ScopeMatrixKind kind, gsize channel);
/* The value of cell (row, column) of the selected channel, exact, from the layer's Δ, B and C;
 * FALSE while there is no layer. Immediate. For SCOPE_MATRIX_FULL only where the map on screen
 * holds single cells, else FALSE. */
gboolean scope_session_cell (ScopeSession *self, gsize row, gsize column, double *value);

/* --- the filter ---------------------------------------------------------------------------------
 */
gboolean scope_session_get_filter_on (ScopeSession *self);
void scope_session_set_filter_on (ScopeSession *self, gboolean on);
/* The method that the switch puts on, with its parameters: any SPEC of analysis/filter.h but "off"
 * (at first "longmamba"; another model begins with that again). θ is a value of its own for all
 * methods: a theta= in SPEC sets it, and none leaves it. "filter-spec" notifies, whether the switch
 * is on or not. FALSE with ERROR, and nothing changed, for what is no SPEC; a method that turns out
 * not to run on what is open fails later, and the one before is back. */
gboolean scope_session_set_filter (ScopeSession *self, const char *spec, GError **error);
/* SPEC with θ in it where θ was set and the method knows it: "longmamba:top=0.1,theta=1e-05".
 * Borrowed until the filter or θ changes. */
const char *scope_session_get_filter (ScopeSession *self);
/* In (0, 1]. NAN at set: the table's default; at get: no model yet. */
double scope_session_get_theta (ScopeSession *self);
void scope_session_set_theta (ScopeSession *self, double theta);
/* What --filter would say for what is on screen: get_filter()'s, or "off". Caller frees. */
char *scope_session_get_filter_spec (ScopeSession *self) G_GNUC_WARN_UNUSED_RESULT;

/* --- how maps are shown -------------------------------------------------------------------------
 */
/* The field's threshold, in (0, 1]; 1e-3. What is no such number changes nothing. */
#define SCOPE_DEFAULT_EPSILON 1e-3
double scope_session_get_epsilon (ScopeSession *self);
void scope_session_set_epsilon (ScopeSession *self, double epsilon);
ScopeNormKind scope_session_get_norm (ScopeSession *self);
void scope_session_set_norm (ScopeSession *self, ScopeNormKind norm);
ScopePalette scope_session_get_palette (ScopeSession *self);
void scope_session_set_palette (ScopeSession *self, ScopePalette palette);

/* --- undo ---------------------------------------------------------------------------------------
 */
/* Where a room adds its own parameters. Borrowed. */
ScopeHistory *scope_session_get_history (ScopeSession *self);
/* As scope_history_undo() and _redo(): what was done, or NULL. Caller frees. */
char *scope_session_undo (ScopeSession *self);
char *scope_session_redo (ScopeSession *self);
gboolean scope_session_get_can_undo (ScopeSession *self);
gboolean scope_session_get_can_redo (ScopeSession *self);

/* --- what the network run yielded ("network") ---------------------------------------------------
 */
typedef struct {
  gboolean filtered; /* the filter acted (it does not on short inputs) */
  gsize layers, channels;
  double *global_share; /* (layers): share of global channels */
  gsize bytes;          /* memory held by the trace */
  double seconds;       /* the forward pass */
} ScopeNetworkView;
const ScopeNetworkView *scope_session_get_network (ScopeSession *self); /* NULL while none */

/* --- the layer being looked at ("layer-view") ---------------------------------------------------
 */
typedef struct {
  gsize layer;
  gsize n_channels;
  ScopeChannelStats *channels; /* (n_channels), in channel order */
  double ln_theta;
  gboolean preview; /* the switch acts on this layer alone: the network is being run anew */
  double seconds;   /* to recompute and measure it */
} ScopeLayerView;
const ScopeLayerView *scope_session_get_layer_view (ScopeSession *self); /* NULL while none */

/* --- the map on screen ("map") ------------------------------------------------------------------
 */
/* What part of the map is visible and at how many device pixels; the session asks for a coarse
 * result first, then for one at that resolution. No pixels: somebody else sees to the resolution
 * (ScopeTiles), and the coarse result is all. */
void scope_session_set_view (ScopeSession *self, ScopeRange range, gsize pixel_rows,
                             gsize pixel_columns);
/* The newest map (kind SCOPE_RESULT_MAP): its RANGE may differ from the view until the next one
 * arrives. NULL while none. Borrowed. */
ScopeResult *scope_session_get_map (ScopeSession *self);
/* The whole map of the selected channel, coarse: for the fit view, the minimap and the norm. */
ScopeResult *scope_session_get_overview (ScopeSession *self);

/* --- the decay curves ("decay") -----------------------------------------------------------------
 */
ScopeResult *scope_session_get_decay (ScopeSession *self); /* NULL while none */

/* --- the answer ("answer") ----------------------------------------------------------------------
 */
typedef struct {
  gboolean filtered; /* of the network run that gave it, which may be the one before the switch */
  gsize count;
  ScopeStep *steps;  /* the greedy continuation */
  char **pieces;     /* (count) valid UTF-8 for the screen */
  char *text;        /* all of it as the tokenizer decodes it */
  double perplexity; /* of the last SCORED tokens of the text */
  gsize scored;
} ScopeAnswerView;
const ScopeAnswerView *scope_session_get_answer (ScopeSession *self); /* NULL while none */

/* --- the proof ("proof"): of the selected channel, max |(α + D) u - y| / max |y|; NAN while none
 * -- */
double scope_session_get_proof (ScopeSession *self);

/* --- figures ------------------------------------------------------------------------------------
 */
/* What can be drawn of what is selected; the last two have the form of LongMamba's figures 1 and 2
 * (export/recipe.h: presets). */
typedef enum {
  SCOPE_FIGURE_MAP,     /* as much of it as is visible */
  SCOPE_FIGURE_COMPARE, /* what Compare compares, as it shows it */
  SCOPE_FIGURE_DECAY,
  SCOPE_FIGURE_FIELDS,
  SCOPE_FIGURE_ATLAS,
  SCOPE_FIGURE_STRIP, /* the words in sight; else those before the crosshair's query or the end */
  SCOPE_FIGURE_SWEEP,
  SCOPE_FIGURE_LAYERS,
  SCOPE_FIGURE_MAPS,
  SCOPE_FIGURE_PIPELINE,
  SCOPE_N_FIGURES
} ScopeFigureKind;
/* What a view has in sight: tokens of the text (SCOPE_FIGURE_STRIP), places in the atlas's order
 * (SCOPE_FIGURE_ATLAS); half open. Figures show that. */
void scope_session_set_sight (ScopeSession *self, ScopeFigureKind kind, gsize begin, gsize end);
/* The recipe that draws it, in the session's palette and norm; NULL before a text is open. Whether
 * the text is long enough for it, running it tells. */
ScopeRecipe *scope_session_recipe (ScopeSession *self,
                                   ScopeFigureKind kind) G_GNUC_WARN_UNUSED_RESULT;

/* --- command lines and samples ------------------------------------------------------------------
 */
/* The mambascope-cli line that gives what is on screen. Caller frees. */
char *scope_session_command_line (ScopeSession *self) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a view by its tab's name ("map", "decay", "atlas", "text", "sweep"); for others, the
 * map's. What Compare compares, it says itself (compare.h). */
char *scope_session_view_command (ScopeSession *self, const char *view) G_GNUC_WARN_UNUSED_RESULT;

/* Folder with the bundled samples ($MAMBASCOPE_SAMPLES, the build's, the installed), or NULL. */
const char *scope_session_samples_folder (void);
/* NAME of the folder's KIND ("models", "texts"), if it is there, or NULL. Caller frees. */
char *scope_session_sample_path (const char *kind, const char *name) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
