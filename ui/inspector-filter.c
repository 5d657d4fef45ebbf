#include "ui/inspector-filter.h"

#include <math.h>

#include "ui/bar-strip.h"
#include "ui/fact-row.h"
#include "ui/filter-form.h"
#include "ui/format.h"
#include "ui/template.h"
#include "ui/tooltip.h"

/* A sum of steps that is zero is drawn this many powers of two under its target. */
#define FLOOR_LOG2 (-8.0)

struct _ScopeInspectorFilter {
  GtkWidget parent;
  ScopeSession *session;
  ScopeEffect *effect;
  ScopeFilterForm *form;
  ScopeFactRow *global, *kept;
  GtkWidget *chart_box;
  GtkLabel *channel;
  ScopeBarStrip *bars;
  GArray *shown; /* gsize: the channel of each bar */
};

G_DEFINE_FINAL_TYPE (ScopeInspectorFilter, scope_inspector_filter, GTK_TYPE_WIDGET)

/* --- numbers ------------------------------------------------------------------------------------
 */

static void
show_shares (ScopeInspectorFilter *self, const ScopeEffectView *view)
{
  gsize global = 0;
  double kept = 0;
  for (gsize h = 0; h < view->n_channels; h++) {
    global += view->channels[h].global;
    kept += view->channels[h].global ? view->channels[h].kept : 0;
  }
  g_autofree char *some = scope_format_count (global);
  g_autofree char *all = scope_format_count (view->n_channels);
  scope_fact_row_take_value (self->global, g_strdup_printf ("%s of %s", some, all));
  scope_fact_row_take_value (self->kept, global > 0 ? scope_format_percent (kept / (double)global)
                                                    : g_strdup ("–"));
}

/* --- ΣΔ by channel ------------------------------------------------------------------------------
 */

/* By how many powers of two SUM is above its target; NAN where there is none. */
static double
above_target (double sum, double target)
{
  if (!(target > 0))
    return NAN;
  return sum > 0 ? fmax (log2 (sum / target), FLOOR_LOG2) : FLOOR_LOG2;
}

static void
show_channel (ScopeInspectorFilter *self)
{
  const ScopeEffectView *view = scope_effect_get_view (self->effect);
  guint bar = scope_bar_strip_get_selected (self->bars);
  if (view == NULL || bar >= self->shown->len) {
    scope_set_fact (self->channel, "Point at a bar, or press an arrow key", TRUE);
    return;
  }
  gsize h = g_array_index (self->shown, gsize, bar);
  const ScopeEffectChannel *channel = &view->channels[h];
  g_autofree char *after = scope_format_brief (channel->after);
  g_autofree char *target = scope_format_brief (channel->target);
  g_autofree char *before = scope_format_brief (channel->before);
  g_autofree char *kept = scope_format_percent (channel->kept);
  g_autofree char *text
      = g_strdup_printf ("%s %" G_GSIZE_FORMAT ": ΣΔ %s, target %s; before %s. Kept %s",
                         scope_format_channel_noun (scope_session_get_model (self->session)), h,
                         after, target, before, kept);
  scope_set_fact (self->channel, text, FALSE);
}

static void
say_bars (ScopeInspectorFilter *self)
{
  g_autofree char *whole = g_strdup_printf (
      "ΣΔ against its target, of %u global %ss; above the line is more than the target",
      self->shown->len, scope_format_channel_noun (scope_session_get_model (self->session)));
  scope_bar_strip_say (self->bars, whole, gtk_label_get_text (self->channel));
}

static void
selected_cb (ScopeInspectorFilter *self)
{
  guint bar = scope_bar_strip_get_selected (self->bars);
  show_channel (self);
  say_bars (self);
  if (bar < self->shown->len && gtk_widget_has_focus (GTK_WIDGET (self->bars)))
    scope_session_set_channel (self->session, g_array_index (self->shown, gsize, bar));
}

/* The channels that the filter is about. */
static void
choose_channels (ScopeInspectorFilter *self, const ScopeEffectView *view)
{
  g_array_set_size (self->shown, 0);
  for (gsize h = 0; h < view->n_channels; h++)
    if (view->channels[h].global)
      g_array_append_val (self->shown, h);
}

static void
show_noun (ScopeInspectorFilter *self)
{
  const char *noun = scope_format_channel_noun (scope_session_get_model (self->session));
  g_autofree char *title = g_strdup_printf ("Global %ss", noun);
  scope_fact_row_set_title (self->global, title);
}

static void
show_bars (ScopeInspectorFilter *self, const ScopeEffectView *view)
{
  choose_channels (self, view);
  guint count = self->shown->len;
  g_autofree double *after = g_new (double, count + 1), *before = g_new (double, count + 1);
  for (guint k = 0; k < count; k++) {
    const ScopeEffectChannel *channel = &view->channels[g_array_index (self->shown, gsize, k)];
    after[k] = above_target (channel->after, channel->target);
    before[k] = above_target (channel->before, channel->target);
  }
  gtk_widget_set_visible (self->chart_box, count > 0);
  scope_bar_strip_set_values (self->bars, after, before, count);
  show_channel (self);
  say_bars (self);
}

static void
changed_cb (ScopeInspectorFilter *self)
{
  const ScopeEffectView *view = scope_effect_get_view (self->effect);
  show_noun (self);
  if (view == NULL) {
    scope_fact_row_set_value (self->global, NULL);
    scope_fact_row_set_value (self->kept, NULL);
    gtk_widget_set_visible (self->chart_box, FALSE);
    return;
  }
  show_shares (self, view);
  show_bars (self, view);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_inspector_filter_dispose (GObject *object)
{
  ScopeInspectorFilter *self = SCOPE_INSPECTOR_FILTER (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR_FILTER);
  g_clear_object (&self->effect);
  g_clear_object (&self->session);
  g_clear_pointer (&self->shown, g_array_unref);
  G_OBJECT_CLASS (scope_inspector_filter_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeInspectorFilter, child)

static void
scope_inspector_filter_class_init (ScopeInspectorFilterClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_filter_dispose;
  g_type_ensure (SCOPE_TYPE_BAR_STRIP);
  g_type_ensure (SCOPE_TYPE_FACT_ROW);
  g_type_ensure (SCOPE_TYPE_FILTER_FORM);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector-filter.ui");
  BIND (form);
  BIND (global);
  BIND (kept);
  BIND (chart_box);
  BIND (channel);
  BIND (bars);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "inspector-filter");
}

static void
scope_inspector_filter_init (ScopeInspectorFilter *self)
{
  self->shown = g_array_new (FALSE, FALSE, sizeof (gsize));
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->bars, "notify::selected", G_CALLBACK (selected_cb), self,
                           G_CONNECT_SWAPPED);
}

void
scope_inspector_filter_set_session (ScopeInspectorFilter *self, ScopeSession *session,
                                    ScopeEffect *effect)
{
  g_return_if_fail (SCOPE_IS_INSPECTOR_FILTER (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->effect = g_object_ref (effect);
  scope_filter_form_set_session (self->form, session);
  g_signal_connect_object (effect, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
