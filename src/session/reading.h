/* ScopeReading: a value for each token of the open text, which is what colours it: the selected row
 * or column of the map, Δ of the selected channel, or how much each token surprised the model.
 *
 * A ScopeInquiry (inquiry.h: threads, whether somebody looks, "view" and "pending"); it follows the
 * session's selection and its filter. Surprisal is computed some tokens at a time, those in sight
 * first, and is published as it grows; no more than one slab of logits is ever held. What was
 * computed for a network run is kept while the run is.
 *
 * Property of its own (notifies): "colour" (uint, a ScopeReadingKind, writable; a parameter of the
 * session's history).
 */
#pragma once

#include "session/inquiry.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_READING (scope_reading_get_type ())
G_DECLARE_FINAL_TYPE (ScopeReading, scope_reading, SCOPE, READING, ScopeInquiry)

typedef enum {
  SCOPE_READING_ROW,    /* α[i, ·] of the selected row; of the last one while none is selected */
  SCOPE_READING_COLUMN, /* α[·, j] of the selected column; of the first one while none is */
  SCOPE_READING_DELTA,  /* Δ of the selected channel, after the filter */
  SCOPE_READING_SURPRISAL, /* -ln p of each token, given all before it */
  SCOPE_N_READINGS
} ScopeReadingKind;

/* Immutable; the model's own. */
typedef struct {
  ScopeReadingKind kind;
  ScopeMatrixKind matrix; /* of ROW and COLUMN: which map */
  gsize layer, channel;   /* of all but SURPRISAL */
  gsize at;               /* the row or the column; G_MAXSIZE for the others */
  gboolean filtered;      /* the filter acts in it */
  gboolean preview;       /* on this layer alone: the network is being run */
  gsize count;            /* tokens of the text */
  double *values;  /* (count); NaN where there is none: above the diagonal, the surprisal of the
                      first token, what is still to be computed */
  gsize computed;  /* how many of them are as they will be: COUNT unless SURPRISAL grows */
  guint8 *dropped; /* (count) 1 where the filter drops the token in CHANNEL; NULL: nowhere */
  gsize n_dropped;
  ScopeNorm norm; /* for colours: the session's kind, fitted to VALUES. SURPRISAL: linear from 0
                     to ln (vocabulary), that of a blind guess */
  const char
      *missing; /* why there are no values ("attention heads have no Δ"), else NULL; static */
} ScopeReadingView;

ScopeReading *scope_reading_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;

ScopeReadingKind scope_reading_get_colour (ScopeReading *self);
void scope_reading_set_colour (ScopeReading *self, ScopeReadingKind kind);
/* The token that comes first on the screen: surprisal is computed from there on. */
void scope_reading_set_first (ScopeReading *self, gsize token);

/* The newest, which may be of an older selection while PENDING; NULL while none. */
const ScopeReadingView *scope_reading_get_view (ScopeReading *self);

G_END_DECLS
