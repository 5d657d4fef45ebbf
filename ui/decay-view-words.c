/* What the decay view says of a channel: its numbers, beside and below the plot and aloud. */
#include "ui/decay-view-private.h"
#include "ui/decay-words.h"
#include "ui/format.h"
#include "ui/tooltip.h"

static gsize
count_global (ScopeDecayView *self, const ScopeCurvesView *view)
{
  gsize count = 0;
  for (gsize h = 0; h < view->channels; h++)
    count += scope_decay_view_is_global (self, view, h);
  return count;
}

/* "6 of 8 heads global · layer 1 · this layer only" */
static void
show_summary (ScopeDecayView *self, const ScopeCurvesView *view)
{
  if (view == NULL) {
    gtk_label_set_text (self->summary, "");
    return;
  }
  g_autofree char *some = scope_format_count (count_global (self, view));
  g_autofree char *all = scope_format_count (view->channels);
  g_autofree char *text = g_strdup_printf ("%s of %s %ss global · layer %" G_GSIZE_FORMAT "%s%s",
                                           some, all, scope_decay_view_noun (self), view->layer,
                                           view->preview ? " · this layer only" : "",
                                           view->approximate ? " · before: approximate" : "");
  gtk_label_set_text (self->summary, text);
  g_autofree char *more = g_strconcat (
      text, view->approximate ? ": on the stream that the filter leaves" : NULL, NULL);
  scope_set_tooltip (GTK_WIDGET (self->summary), more);
}

static void
set_value (GtkLabel *label, char *text)
{
  gtk_label_set_text (label, text);
  g_free (text);
}

double
scope_decay_view_last_ln (const ScopeCurvesView *view, const ScopeMatrix *decay, gsize channel)
{
  return scope_matrix_get (decay, view->points - 1, channel);
}

static void
show_before (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  gboolean both = view->before != NULL;
  gtk_label_set_text (self->after_head, both ? "after ━" : "now ━");
  gtk_widget_set_visible (GTK_WIDGET (self->before_head), both);
  gtk_widget_set_visible (GTK_WIDGET (self->before_sum), both);
  gtk_widget_set_visible (GTK_WIDGET (self->before_decay), both);
  if (!both)
    return;
  set_value (self->before_sum, scope_format_value (view->sum_before[channel]));
  set_value (self->before_decay,
             scope_decay_words (scope_decay_view_last_ln (view, view->before, channel)));
}

static char *
class_words (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  gboolean global = scope_decay_view_is_global (self, view, channel);
  g_autofree char *class = scope_decay_words (view->class_ln[channel]);
  g_autofree char *theta = scope_decay_words (scope_decay_plot_get_ln_theta (self->plot));
  g_autofree char *length = scope_format_count (view->train_length);
  return g_strdup_printf ("%s: %s over %s tokens, %s θ %s", global ? "● global" : "○ local", class,
                          length, global ? "above" : "not above", theta);
}

static void
show_numbers (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  gboolean any = view != NULL && channel < view->channels;
  gtk_widget_set_visible (self->numbers, any);
  gtk_label_set_text (self->class_label, "");
  if (!any) {
    gtk_label_set_text (self->title, view != NULL ? "Click a curve to select its channel" : "");
    return;
  }
  g_autofree char *noun = g_strdup (scope_decay_view_noun (self));
  noun[0] = g_ascii_toupper (noun[0]);
  set_value (self->title, g_strdup_printf ("%s %" G_GSIZE_FORMAT, noun, channel));
  set_value (self->class_label, class_words (self, view, channel));
  show_before (self, view, channel);
  set_value (self->after_sum, scope_format_value (view->sum_after[channel]));
  set_value (self->target_sum, scope_format_value (view->target[channel]));
  double target = view->target[channel];
  set_value (self->reached, target > 0 ? scope_format_percent (view->sum_after[channel] / target)
                                       : g_strdup ("–"));
  set_value (self->after_decay,
             scope_decay_words (scope_decay_view_last_ln (view, view->after, channel)));
  set_value (self->target_decay, scope_decay_words (view->aim_ln[channel]));
}

static void
say (ScopeDecayView *self, const ScopeCurvesView *view)
{
  gsize channel = scope_decay_view_selected (self);
  GString *out = g_string_new ("Cumulative decay");
  if (view != NULL) {
    g_string_append_printf (out, " of layer %" G_GSIZE_FORMAT ": %s", view->layer,
                            gtk_label_get_text (self->summary));
    if (channel < view->channels) {
      g_autofree char *now
          = scope_decay_words (scope_decay_view_last_ln (view, view->after, channel));
      g_autofree char *aim = scope_decay_words (view->aim_ln[channel]);
      g_autofree char *class = class_words (self, view, channel);
      g_string_append_printf (out,
                              ". Selected: %s %" G_GSIZE_FORMAT ", %s; %s after the whole text, "
                              "calibration aims at %s",
                              scope_decay_view_noun (self), channel, class, now, aim);
    }
  }
  scope_decay_plot_say (self->plot, out->str);
  g_string_free (out, TRUE);
}

/* Of the pointed-at curve while there is one, else of the selected channel. */
void
scope_decay_view_show_words (ScopeDecayView *self)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  show_summary (self, view);
  show_numbers (self, view,
                self->hover != G_MAXSIZE ? self->hover : scope_decay_view_selected (self));
  say (self, view);
}

gboolean
scope_decay_view_tooltip_cb (ScopeDecayView *self, int x, int y, gboolean keyboard,
                             GtkTooltip *tooltip)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  if (keyboard || view == NULL || self->hover >= view->channels)
    return FALSE;
  g_autofree char *class = class_words (self, view, self->hover);
  g_autofree char *now
      = scope_decay_words (scope_decay_view_last_ln (view, view->after, self->hover));
  g_autofree char *words = g_strdup_printf ("%s %" G_GSIZE_FORMAT " · %s · %s after the whole text",
                                            scope_decay_view_noun (self), self->hover, class, now);
  gtk_tooltip_set_text (tooltip, words);
  return TRUE;
}
