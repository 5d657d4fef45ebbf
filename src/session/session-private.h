/* The session's own: its state, and what its files need of one another. Main thread only. */
#pragma once

#include "analysis/channel-atlas.h"
#include "session/session-file.h"
#include "session/session.h"
#include "session/works.h"

G_BEGIN_DECLS

/* STALE: of an older selection, or none. */
typedef enum { OVERVIEW_STALE, OVERVIEW_ASKED, OVERVIEW_READY } ScopeOverviewState;

struct _ScopeSession {
  GObject parent_instance;
  ScopeEngine *engine;
  gboolean busy;
  const char *backend; /* for models to be opened: a place, interned; "cpu" once one has failed */

  /* On its way: a host whose text is still being run, and the path of that text. */
  gboolean opening_model; /* MODEL is under way */
  ScopeHost *opening;
  char *opening_text;
  gboolean moving; /* what is on its way is what was open, on another backend */
  ScopeSessionFile *restoring; /* what is on its way is what this says; or NULL */

  /* Open. Host without stage: a model without a text. */
  ScopeHost *host;
  ScopeStage *stage;
  char *text_name;

  /* Selected. */
  gsize layer, channel, row, column;
  gsize chosen_row, chosen_column; /* where the crosshair was last meant to be; G_MAXSIZE: nowhere */
  ScopeMatrixKind kind;
  gboolean filter_on;
  char *filter;      /* the method that the switch puts on, without its θ */
  char *filter_spec; /* the same with θ, as --filter would say it */
  double theta;      /* NAN: the host's default */
  double epsilon;
  ScopeNormKind norm;
  ScopePalette palette;
  ScopeRange view;
  gsize view_size; /* blocks a side; 0: no view yet */
  gsize sight[SCOPE_N_FIGURES][2]; /* of STRIP and ATLAS; begin = end: nothing was said */

  /* The newest results. */
  ScopeLook *look;
  ScopeLook *network_look; /* the newest that is no preview */
  ScopeResult *map, *overview, *decay;
  ScopeOverviewState overview_state;
  ScopeAnswerView *answer;
  guint answer_run; /* id of the run that gave it */
  double proof;

  ScopeHistory *history;
};

typedef enum {
  PROP_0,
  PROP_MODEL,
  PROP_TEXT,
  PROP_BUSY,
  PROP_LAYER,
  PROP_CHANNEL,
  PROP_FILTER_ON,
  PROP_FILTER_SPEC,
  PROP_THETA,
  PROP_EPSILON,
  PROP_NORM,
  PROP_PALETTE,
  PROP_KIND,
  PROP_ROW,
  PROP_COLUMN,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  PROP_NETWORK,
  PROP_LAYER_VIEW,
  PROP_MAP,
  PROP_OVERVIEW,
  PROP_DECAY,
  PROP_ANSWER,
  PROP_PROOF,
  N_PROPERTIES
} ScopeSessionProperty;

void scope_session_notify (ScopeSession *self, ScopeSessionProperty property);
void scope_session_notify_busy (ScopeSession *self);
/* FALSE if what failed is being done anew elsewhere: the selection is then to be left alone. */
gboolean scope_session_fail (ScopeSession *self, const GError *error);
void scope_session_tell (ScopeSession *self, const char *message); /* "notice" */

/* Posts INPUT (taken over) for SELF. */
void scope_session_post (ScopeSession *self, ScopeRequestKind kind, ScopeEngineWork work,
                         ScopeWorkInput *input, GDestroyNotify destroy_result,
                         ScopeEngineDone done);
void scope_session_fill_setting (ScopeSession *self, ScopeSetting *setting);

/* session-open.c */
/* After ERROR of a failed device: opens what was open, or on its way, anew on the CPU and returns
 * TRUE. */
gboolean scope_session_move (ScopeSession *self, const GError *error);
void scope_session_drop_opening (ScopeSession *self);
void scope_session_drop_open (ScopeSession *self); /* and its results */
/* TEXT_PATH NULL: none. */
void scope_session_open_exactly (ScopeSession *self, const char *model_folder,
                                 const char *text_path);

/* session-views.c: requests for what the selection and the view now need, and their results. */
void scope_session_request_layer (ScopeSession *self);
void scope_session_request_overview (ScopeSession *self); /* and then the view */
void scope_session_request_proof (ScopeSession *self);
void scope_session_take_look (ScopeSession *self, ScopeLook *look); /* takes the reference over */
void scope_session_clear_results (ScopeSession *self);
/* After a cancellation: the selection goes back to what is on screen. */
void scope_session_settle (ScopeSession *self);
gsize scope_session_length (ScopeSession *self); /* tokens; 0: no text */

/* session.c: a kind of map that the selected layer has not is left for S6. */
void scope_session_fit_map (ScopeSession *self);

/* session-settings.c */
void scope_session_settings_init (ScopeSession *self);
void scope_session_settings_clear (ScopeSession *self);
/* The switch, the method and θ become what SETTING says, with no request; "off" keeps the method.
 */
void scope_session_put_setting (ScopeSession *self, const ScopeSetting *setting);
void scope_session_reset_filter (ScopeSession *self); /* for another model; the switch stays */

/* session-keep.c */
/* The setting and the layer that FILE asks for; *LAYER stays where it asks for none. */
void scope_session_restored_setting (const ScopeSessionFile *file, ScopeSetting *setting,
                                     gsize *layer);
/* What was to be restored has been opened. */
void scope_session_finish_restoring (ScopeSession *self);

/* session-shown.c: what the views have set of themselves, by their parameters in the history; what
 * they begin with where a view was never made. */
/* What the map's blocks show. */
ScopeReduce scope_session_shown_reduce (ScopeSession *self);
/* PARAMETER of the history, or NULL. */
JsonNode *scope_session_shown (ScopeSession *self,
                               const char *parameter) G_GNUC_WARN_UNUSED_RESULT;
gint64 scope_session_shown_integer (ScopeSession *self, const char *parameter, gint64 otherwise);
/* The channels whose decay is shown, ascending (gsize): all of LISTED, and where it is not
 * SCOPE_SHOWN_LISTED those of a class or all with them. */
typedef enum { SCOPE_SHOWN_GLOBAL, SCOPE_SHOWN_LISTED, SCOPE_SHOWN_ALL } ScopeShownChannels;
ScopeShownChannels scope_session_shown_channels (ScopeSession *self, GArray **listed);
/* What the atlas shows. */
typedef struct {
  gboolean whole; /* all layers */
  ScopeAtlasSort sort;
  gboolean descending;
  const char *classes; /* "all", "global", "local" */
  gsize first, count;
} ScopeShownAtlas;
ScopeShownAtlas scope_session_shown_atlas (ScopeSession *self);

/* session-parameters.c */
void scope_session_register (ScopeSession *self); /* its parameters in its history */

/* session-read.c: a cell of a map that holds single ones; NULL holds none. */
gboolean scope_session_map_cell (ScopeResult *map, gsize row, gsize column, double *value);

G_END_DECLS
