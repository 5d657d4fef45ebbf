/* What the files of the atlas share: a batch of work for the engine, and the pictures that are
 * kept. */
#pragma once

#include "session/atlas.h"
#include "session/look.h"

G_BEGIN_DECLS

/* --- atlas-work.c: on the engine's thread -------------------------------------------------------
 */

typedef struct {
  ScopeLook *look; /* the run, and its own layer without computing it again */
  guint64 key;     /* of what the results belong to */
  gsize layer;
  gboolean measure; /* its statistics are wanted */
  gsize n_channels; /* whose pictures are */
  guint *channels;  /* (n_channels), ascending */
} ScopeAtlasTask;

typedef struct {
  guint64 key;
  gsize layer;
  ScopeChannelStats *stats; /* of all its channels; NULL: not wanted */
  gsize n_channels, side;
  gboolean exact;
  guint *channels;
  GBytes **thumbnails; /* (n_channels) */
  guint8 *signatures;  /* (n_channels, SCOPE_SIGNATURE_BYTES) */
} ScopeAtlasBatch;

void scope_atlas_task_free (ScopeAtlasTask *self);
void scope_atlas_batch_free (ScopeAtlasBatch *self);
gpointer scope_atlas_work (gpointer task, ScopeProgress *progress, GError **error);

/* --- atlas-cache.c: the pictures that were used last -------------------------------------------
 */

typedef struct _ScopeAtlasCache ScopeAtlasCache;
ScopeAtlasCache *scope_atlas_cache_new (gsize capacity) G_GNUC_WARN_UNUSED_RESULT;
void scope_atlas_cache_free (ScopeAtlasCache *self);
void scope_atlas_cache_clear (ScopeAtlasCache *self);
void scope_atlas_cache_put (ScopeAtlasCache *self, guint index, guint64 key, GBytes *bytes,
                            gsize side);
/* Borrowed; NULL: not there. KEY may be NULL. */
GBytes *scope_atlas_cache_get (ScopeAtlasCache *self, guint index, guint64 *key, gsize *side);

/* --- atlas.c ------------------------------------------------------------------------------------
 */

struct _ScopeAtlas {
  GObject parent_instance;
  ScopeSession *session;
  gboolean active;

  /* What is asked for. */
  ScopeAtlasScope scope;
  ScopeAtlasSort sort;
  gboolean descending;
  ScopeAtlasClasses shown;
  GArray *wanted; /* guint */

  /* Of what: NULL, nothing is open. KEY: pictures, statistics and signatures belong to it. */
  ScopeLook *look;
  guint64 key;
  gsize layers, channels;
  ScopeMatrix *classes;
  double ln_theta;

  /* What there is. */
  ScopeAtlasCache *pictures;
  ScopeChannelStats **stats; /* (layers): (channels), or NULL */
  guint8 **signatures;       /* (layers): (channels, SCOPE_SIGNATURE_BYTES), or NULL */
  guint **squares; /* (layers): (channels) a signature's product with itself, and 1 more; 0: there
                      is none */
  gsize n_measured, n_signed; /* layers; channels */
  gboolean exact;

  guint *order; /* (n_order) indices */
  guint n_order;
  gint64 ordered_at;
  gboolean order_due; /* statistics have come since */

  gboolean asked;   /* a batch is with the engine, or was when it was told to drop it */
  gboolean stopped; /* no background work until it is asked for again */
};

typedef enum {
  SCOPE_ATLAS_PROP_0,
  SCOPE_ATLAS_PROP_SCOPE,
  SCOPE_ATLAS_PROP_SORT,
  SCOPE_ATLAS_PROP_DESCENDING,
  SCOPE_ATLAS_PROP_CLASSES,
  SCOPE_ATLAS_PROP_PROGRESS,
  SCOPE_ATLAS_PROP_SELECTED,
  SCOPE_ATLAS_N_PROPS
} ScopeAtlasProperty;
extern GParamSpec *scope_atlas_props[SCOPE_ATLAS_N_PROPS];

/* Makes the order anew, and tells of it. */
void scope_atlas_reorder (ScopeAtlas *self);
/* "refreshed" */
void scope_atlas_tell_refreshed (ScopeAtlas *self);

/* --- atlas-store.c ------------------------------------------------------------------------------
 */

/* The session's channel; G_MAXUINT: another map is selected, or none. */
guint scope_atlas_session_index (ScopeAtlas *self);
const guint8 *scope_atlas_signature (ScopeAtlas *self, guint index); /* NULL: none yet */
gboolean scope_atlas_is_global (ScopeAtlas *self, guint index);
double scope_atlas_sort_value (ScopeAtlas *self, guint index);
/* The channels of the scope: half open. */
void scope_atlas_bounds (ScopeAtlas *self, guint *begin, guint *end);
/* Forgets everything. */
void scope_atlas_resize (ScopeAtlas *self, gsize layers, gsize channels);
void scope_atlas_take_stats (ScopeAtlas *self, gsize layer, const ScopeChannelStats *stats);
void scope_atlas_take_signature (ScopeAtlas *self, gsize layer, gsize channel, const guint8 *bytes);
void scope_atlas_release_look (ScopeAtlas *self);
void scope_atlas_close_source (ScopeAtlas *self);
/* LOOK is what the channels are from now on; takes references. */
void scope_atlas_open_source (ScopeAtlas *self, ScopeLook *look);

/* --- atlas-pump.c -------------------------------------------------------------------------------
 */

/* Asks for the next batch if there is one to ask for. */
void scope_atlas_pump (ScopeAtlas *self);
/* After "busy" of the session. */
void scope_atlas_busy_changed (ScopeAtlas *self);

G_END_DECLS
