/* The inside of ScopeDecayView: what it shows and what it asks for (decay-view.c), its numbers and
 * words (decay-view-words.c), its list of channels (decay-view-list.c). */
#pragma once

#include <adwaita.h>

#include "session/curves.h"
#include "ui/cell-grid.h"
#include "ui/decay-plot.h"
#include "ui/decay-view.h"
#include "ui/fold.h"

G_BEGIN_DECLS

typedef enum { SHOW_GLOBAL, SHOW_CHOSEN, SHOW_ALL, N_SHOWS } Show;

struct _ScopeDecayView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeCurves *curves;
  Show shows;
  GHashTable *chosen; /* channels, as keys */
  gsize hover;        /* G_MAXSIZE: none */
  guint theta_source; /* θ is to be asked for */
  double theta_asked; /* NAN: the default */
  gboolean filling;   /* the list changes by itself */
  GListStore *items;  /* ScopeDecayItem, those that forget least first */
  AdwFlap *flap;
  GtkDropDown *show;
  GtkLabel *summary, *none, *title, *class_label, *list_title;
  GtkLabel *before_head, *after_head, *before_sum, *after_sum, *target_sum, *reached;
  GtkLabel *before_decay, *after_decay, *target_decay;
  GtkWidget *foot, *numbers, *none_button;
  ScopeFold *foot_fold;
  GtkSpinner *spinner;
  GtkToggleButton *list_button;
  GtkStack *pages;
  ScopeDecayPlot *plot;
  ScopeCellGrid *list;
};

/* decay-view.c */
const char *scope_decay_view_noun (ScopeDecayView *self); /* "head" */
gsize scope_decay_view_selected (ScopeDecayView *self);   /* G_MAXSIZE: none */
gboolean scope_decay_view_is_global (ScopeDecayView *self, const ScopeCurvesView *view,
                                     gsize channel);
gboolean scope_decay_view_is_shown (ScopeDecayView *self, const ScopeCurvesView *view,
                                    gsize channel);
void scope_decay_view_show_curves (ScopeDecayView *self);

/* decay-view-words.c */
void scope_decay_view_show_words (ScopeDecayView *self);
/* After the whole text. */
double scope_decay_view_last_ln (const ScopeCurvesView *view, const ScopeMatrix *decay,
                                 gsize channel);
gboolean scope_decay_view_tooltip_cb (ScopeDecayView *self, int x, int y, gboolean keyboard,
                                      GtkTooltip *tooltip);

/* decay-view-list.c */
extern const ScopeCellMaker scope_decay_view_rows;
void scope_decay_view_fill_list (ScopeDecayView *self);
void scope_decay_view_mark_list (ScopeDecayView *self);
void scope_decay_view_select (ScopeDecayView *self, gsize channel);
void scope_decay_view_row_activated_cb (ScopeDecayView *self, guint position);
void scope_decay_view_choose_none_cb (ScopeDecayView *self);
void scope_decay_view_stepped_cb (ScopeDecayView *self, int step);

G_END_DECLS
