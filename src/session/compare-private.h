/* The inside of ScopeCompare: compare.c says what is compared, compare-request.c gets it. */
#pragma once

#include "session/compare.h"
#include "session/session-private.h"

G_BEGIN_DECLS

/* What a side says for itself. */
typedef struct {
  char *filter, *model, *text; /* NULL: the session's */
  gint layer, channel;         /* -1: the session's */
} ScopeCompareSide;

struct _ScopeCompare {
  GObject parent_instance;
  ScopeSession *session;
  ScopeCompareBench *bench;
  ScopeCompareSide side[SCOPE_N_SIDES];
  ScopeCompareMode mode;
  gboolean shown, shows_text;
  ScopeRange range[SCOPE_N_SIDES];
  gsize pixels; /* 0: no view yet */

  /* What is wanted, and what of it is on its way. */
  gboolean want_coarse, want_fine, want_row;
  gboolean asked_coarse, asked_fine, asked_row;
  gboolean asked; /* an order is under way */
  char *asked_key[SCOPE_N_SIDES], *asked_map_key[SCOPE_N_SIDES];
  char *message;

  /* The newest results, and what they are of. */
  char *key[SCOPE_N_SIDES], *map_key[SCOPE_N_SIDES]; /* of the look, of all that was made of it */
  ScopeLook *look[SCOPE_N_SIDES];
  ScopeMapSpec spec[SCOPE_N_SIDES];
  ScopeMatrixKind kind;
  double most[SCOPE_N_PICTURES];
  ScopeNorm norm[SCOPE_N_PICTURES];
  ScopeComparePicture coarse[SCOPE_N_PICTURES], fine[SCOPE_N_PICTURES];
  ScopeResult *decay;
  ScopeCompareRow *row;
};

/* compare.c */
/* As the side stands now. */
void scope_compare_fill_setting (ScopeCompare *self, ScopeSide side, ScopeSetting *setting);
gsize scope_compare_layer (ScopeCompare *self, ScopeSide side);
gsize scope_compare_channel (ScopeCompare *self, ScopeSide side);
void scope_compare_tell_busy (ScopeCompare *self);
void scope_compare_tell_changed (ScopeCompare *self);

/* compare-request.c */
/* Looks at what is selected now and asks for what is not there. */
void scope_compare_update (ScopeCompare *self);
/* All of it anew, whatever is there. */
void scope_compare_drop (ScopeCompare *self);
void scope_compare_drop_results (ScopeCompare *self);

G_END_DECLS
