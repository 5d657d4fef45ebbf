/* ScopeAtlas: all channels of the selected layer, or of the model, in an order; and small pictures
 * of those that somebody looks at.
 *
 * A GListModel of ScopeAtlasItem, which are made as they are asked for. Follows its session by
 * itself while it is active; asks the engine for one small batch at a time: first the pictures that
 * are wanted, then, layer by layer, the statistics of the whole model, then what the similarities
 * need. Main thread only; nothing here computes longer than a sort of the channels takes.
 *
 * Pictures, similarities and orders are those of analysis/channel-atlas.h.
 *
 * Properties (all notify): "scope" "sort" "descending" "classes" (uint or boolean, writable),
 * "progress" (double: of what goes on in the background; NAN: nothing does), "selected" (uint: the
 * place of the session's layer and channel; G_MAXUINT: not in the list). Signals: "refreshed": what
 * cells show has changed; every change of the order ("items-changed") is followed by that of
 * "selected".
 */
#pragma once

#include "analysis/channel-atlas.h"
#include "session/session.h"

G_BEGIN_DECLS

typedef enum { SCOPE_ATLAS_LAYER, SCOPE_ATLAS_MODEL } ScopeAtlasScope;

typedef enum { SCOPE_ATLAS_ALL, SCOPE_ATLAS_GLOBAL, SCOPE_ATLAS_LOCAL } ScopeAtlasClasses;

#define SCOPE_TYPE_ATLAS_ITEM (scope_atlas_item_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAtlasItem, scope_atlas_item, SCOPE, ATLAS_ITEM, GObject)
/* layer * channels + channel: the name of a channel in all calls here. */
guint scope_atlas_item_get_index (ScopeAtlasItem *self);

#define SCOPE_TYPE_ATLAS (scope_atlas_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAtlas, scope_atlas, SCOPE, ATLAS, GObject)

ScopeAtlas *scope_atlas_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
/* FALSE at first: then it asks for nothing and is empty or out of date. */
void scope_atlas_set_active (ScopeAtlas *self, gboolean active);

ScopeAtlasScope scope_atlas_get_scope (ScopeAtlas *self);
void scope_atlas_set_scope (ScopeAtlas *self, ScopeAtlasScope scope);
ScopeAtlasSort scope_atlas_get_sort (ScopeAtlas *self);
void scope_atlas_set_sort (ScopeAtlas *self, ScopeAtlasSort sort); /* unknown values come last */
gboolean scope_atlas_get_descending (ScopeAtlas *self);
void scope_atlas_set_descending (ScopeAtlas *self, gboolean descending);
ScopeAtlasClasses scope_atlas_get_classes (ScopeAtlas *self);
void scope_atlas_set_classes (ScopeAtlas *self, ScopeAtlasClasses classes);

typedef struct {
  gsize layer, channel;
  gboolean global;                /* by the calibration window */
  const ScopeChannelStats *stats; /* borrowed until the next "refreshed"; NULL: not measured yet */
  double value;                   /* what the order goes by; ln decay if that is the index; NAN */
} ScopeAtlasEntry;
/* FALSE if there is no such channel. */
gboolean scope_atlas_entry (ScopeAtlas *self, guint index, ScopeAtlasEntry *out);

/* Pictures of these channels, the most urgent first: replaces what was wanted before. */
void scope_atlas_want (ScopeAtlas *self, const guint *indices, gsize count);
/* (SIDE, SIDE) bytes, rows first: 0 above the diagonal, else 1 (nothing) to 255 (the largest
 * block). SIDE is less than SCOPE_ATLAS_SIDE for shorter texts. Of an older run until it is made
 * anew; NULL until it is made. Borrowed until control goes back to the main loop. */
GBytes *scope_atlas_thumbnail (ScopeAtlas *self, guint index, gsize *side);
/* Whether the newest pictures cover every cell or samples of each block. */
gboolean scope_atlas_get_exact (ScopeAtlas *self);

gsize scope_atlas_get_total (ScopeAtlas *self);    /* channels before the filter of classes */
gsize scope_atlas_get_layers (ScopeAtlas *self);   /* of the model; 0: nothing is open */
gsize scope_atlas_get_channels (ScopeAtlas *self); /* of a layer */
gsize scope_atlas_count_global (ScopeAtlas *self, gsize layer);
guint scope_atlas_get_selected (ScopeAtlas *self);
/* Makes the channel the session's, and its layer. */
void scope_atlas_select (ScopeAtlas *self, guint index);

/* What goes on in the background: caller frees; NULL: nothing does. */
double scope_atlas_get_progress (ScopeAtlas *self);
char *scope_atlas_describe_progress (ScopeAtlas *self) G_GNUC_WARN_UNUSED_RESULT;
/* Stops it, until scope_atlas_resume() or another order. */
void scope_atlas_cancel (ScopeAtlas *self);
void scope_atlas_resume (ScopeAtlas *self);
/* It was stopped before its end. */
gboolean scope_atlas_is_stopped (ScopeAtlas *self);

G_END_DECLS
