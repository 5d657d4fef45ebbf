/* The preview's own: its state, and what its files need of one another. Main thread only. */
#pragma once

#include "session/preview.h"

G_BEGIN_DECLS

struct _ScopePreview {
  GObject parent_instance;
  ScopeSession *session;
  ScopeRecipe *recipe;
  ScopeFigure *figure;
  gboolean ready; /* FIGURE is RECIPE's */
  gboolean running;
  char *error;
  GHashTable *known; /* of scope_recipe_panel_key() to ScopeResult: what was made so far, bounded */

  GPtrArray *undone, *redone; /* ScopeRecipe, newest last */
  const char *topic;          /* of the newest step */
  gint64 topic_time;

  ScopeFileFormat format;
  GCancellable *checking; /* NULL: nothing is being looked for */
  GPtrArray *flaws;
  GBytes *bytes[SCOPE_N_PICTURES];

  ScopePreviewDone done; /* of the write that is under way */
  gpointer done_data;
};

typedef enum {
  PREVIEW_0,
  PREVIEW_RECIPE,
  PREVIEW_FIGURE,
  PREVIEW_RUNNING,
  PREVIEW_ERROR,
  PREVIEW_CHECKED,
  PREVIEW_CAN_UNDO,
  PREVIEW_CAN_REDO,
  PREVIEW_FORMAT,
  N_PREVIEW_PROPERTIES
} ScopePreviewProperty;
void scope_preview_notify (ScopePreview *self, ScopePreviewProperty property);

/* preview-run.c: brings the figure in step with the recipe. */
void scope_preview_update (ScopePreview *self);
/* Panels that OTHER has made need not be made again. */
void scope_preview_adopt (ScopePreview *self, ScopePreview *other);
void scope_preview_stop (ScopePreview *self, const char *why);
/* preview-check.c: flaws and bytes of the figure, anew. */
void scope_preview_check (ScopePreview *self);
void scope_preview_forget_check (ScopePreview *self);
/* preview-write.c */
void scope_preview_end_write (ScopePreview *self, const GError *error);

G_END_DECLS
