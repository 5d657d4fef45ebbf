/* A pass of a running recipe: a model run on a text under a filter, and what panels take from it. On
 * the running thread. */
#pragma once

#include "export/recipe-world.h"

G_BEGIN_DECLS

typedef struct {
  const ScopeRecipeWorld *world; /* NULL: no run of the caller's can serve */
  ScopeRecipeModel *model;
  ScopeRecipeText *text;
  const gint32 *ids;
  gsize count;
  ScopeFilter *filter;
  ScopeTrace *trace; /* NULL until it is run */
} ScopePass;

/* What a panel takes from one pass. A panel that compares takes from two, one that needs no run from
 * one that is only opened. */
typedef struct {
  gsize panel;
  const char *filter; /* borrowed from the panel */
  gboolean marks;     /* only the dropped tokens are wanted */
  gboolean before;    /* all lines are, of which the panel's others choose */
  ScopeResult *result;
} ScopeShot;

/* The model and the text of PANEL, checked against what the input expects. */
gboolean scope_pass_open (ScopePass *self, ScopeRecipeWorld *world, gsize panel, const char *filter,
                          ScopeProgress *progress, GError **error);
gboolean scope_pass_run (ScopePass *self, ScopeProgress *progress, GError **error);
void scope_pass_clear (ScopePass *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopePass, scope_pass_clear)

/* FALSE for panels that are made from an opened pass. */
gboolean scope_panel_needs_run (const ScopeRecipePanel *panel);
/* (recipe-make.c) */
ScopeResult *scope_pass_make (ScopePass *self, const ScopeRecipePanel *panel, const ScopeShot *shot,
                              ScopeProgress *progress,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a result says of the pass, where no layer speaks for it. */
void scope_pass_describe (const ScopePass *self, ScopeResult *result);
/* (recipe-atlas.c) */
ScopeResult *scope_pass_atlas (ScopePass *self, const ScopeRecipePanel *panel,
                               ScopeProgress *progress,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether channels of this class are among CLASSES. */
gboolean scope_panel_classes_have (ScopePanelClasses classes, gboolean global);
/* The panel's result from its COUNT shots, in their order; takes the shots' results. */
ScopeResult *scope_panel_combine (const ScopeRecipePanel *panel, ScopeShot *shots, gsize count,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (layers, channels): how well each channel tells what recipe.h says. (recipe-story.c) */
ScopeMatrix *scope_recipe_story (ScopePass *pass, const ScopeMatrix *classes, double ln_theta,
                                 gsize train_length, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ln decay and ln θ by which PASS's channels are classed in PANEL (NULL: no panel says otherwise). */
ScopeMatrix *scope_pass_classes (ScopePass *self, const ScopeRecipePanel *panel, double *ln_theta,
                                 gsize *train_length,
                                 ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
