#include "ui/inspector-channel.h"

#include <math.h>

#include "ui/fact-row.h"
#include "ui/format.h"
#include "ui/template.h"

struct _ScopeInspectorChannel {
  GtkWidget parent;
  ScopeSession *session;
  ScopeDissect *dissect;
  ScopeEffect *effect;
  ScopeFactRow *class, *decay, *class_decay, *field, *life, *rank, *kept, *sum, *target, *mean,
      *rates;
};

G_DEFINE_FINAL_TYPE (ScopeInspectorChannel, scope_inspector_channel, GTK_TYPE_WIDGET)

static char *
tokens_text (double tokens)
{
  if (tokens == 1 || (isfinite (tokens) && tokens >= 100))
    return scope_format_tokens ((gsize)llround (MIN (tokens, 1e15)));
  g_autofree char *number = scope_format_value (tokens);
  return g_strdup_printf ("%s tokens", number);
}

/* "−12.5 > ln θ", for the class is a comparison. */
static char *
class_decay_text (const ScopeChannelFacts *facts)
{
  g_autofree char *decay = scope_format_brief (facts->class_decay);
  g_autofree char *theta = scope_format_brief (facts->ln_theta);
  return g_strdup_printf ("%s %s %s", decay, facts->stats.global ? ">" : "≤", theta);
}

static char *
rates_text (const ScopeChannelFacts *facts)
{
  g_autofree char *low = scope_format_brief (facts->rate_low);
  g_autofree char *high = scope_format_brief (facts->rate_high);
  return facts->rate_low == facts->rate_high ? g_steal_pointer (&low)
                                             : g_strdup_printf ("%s … %s", low, high);
}

static char *
rank_text (const ScopeChannelFacts *facts)
{
  g_autofree char *rank = scope_format_count (facts->rank);
  g_autofree char *channels = scope_format_count (facts->channels);
  return g_strdup_printf ("%s of %s", rank, channels);
}

static void
show_facts (ScopeInspectorChannel *self, const ScopeChannelFacts *facts)
{
  const ScopeChannelStats *stats = &facts->stats;
  scope_fact_row_set_value (self->class, stats->global ? "global" : "local");
  scope_fact_row_take_value (self->decay, scope_format_value (stats->ln_decay));
  scope_fact_row_take_value (self->class_decay, class_decay_text (facts));
  scope_fact_row_take_value (self->field, tokens_text ((double)stats->field_length));
  scope_fact_row_take_value (self->life, tokens_text (stats->half_life));
  scope_fact_row_take_value (self->rank, rank_text (facts));
  scope_fact_row_take_value (self->kept, scope_format_percent (stats->kept_fraction));
  scope_fact_row_take_value (self->sum, scope_format_value (facts->sum_delta));
  scope_fact_row_take_value (self->mean, scope_format_value (facts->mean_delta));
  scope_fact_row_take_value (self->rates, rates_text (facts));
}

/* Softmax attention forgets nothing by itself, and no filter acts on it: only its class is left. */
static void
show_rows (ScopeInspectorChannel *self, gboolean ssm)
{
  ScopeFactRow *const rows[]
      = { self->decay, self->class_decay, self->field,  self->life, self->rank,
          self->kept,  self->sum,         self->target, self->mean, self->rates };
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++)
    gtk_widget_set_visible (GTK_WIDGET (rows[k]), ssm);
  if (!ssm)
    scope_fact_row_set_value (self->class, "softmax");
}

static void
show_target (ScopeInspectorChannel *self)
{
  const ScopeEffectView *view = scope_effect_get_view (self->effect);
  gsize channel = scope_session_get_channel (self->session);
  gboolean known = view != NULL && channel < view->n_channels
                   && view->layer == scope_session_get_layer (self->session)
                   && scope_session_get_kind (self->session) != SCOPE_MATRIX_SOFTMAX;
  scope_fact_row_take_value (self->target,
                             scope_format_value (known ? view->channels[channel].target : NAN));
}

static void
changed_cb (ScopeInspectorChannel *self)
{
  ScopeChannelFacts facts;
  show_rows (self, scope_session_get_kind (self->session) != SCOPE_MATRIX_SOFTMAX);
  if (!scope_dissect_get_channel (self->dissect, &facts))
    return; /* while the next layer is on its way the last one's facts stay */
  show_facts (self, &facts);
  show_target (self);
}

static void
scope_inspector_channel_dispose (GObject *object)
{
  ScopeInspectorChannel *self = SCOPE_INSPECTOR_CHANNEL (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR_CHANNEL);
  g_clear_object (&self->dissect);
  g_clear_object (&self->effect);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_inspector_channel_parent_class)->dispose (object);
}

#define BIND(child)                                                                                \
  gtk_widget_class_bind_template_child (widget_class, ScopeInspectorChannel, child)

static void
scope_inspector_channel_class_init (ScopeInspectorChannelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_channel_dispose;
  g_type_ensure (SCOPE_TYPE_FACT_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector-channel.ui");
  BIND (class);
  BIND (decay);
  BIND (class_decay);
  BIND (field);
  BIND (life);
  BIND (rank);
  BIND (kept);
  BIND (sum);
  BIND (target);
  BIND (mean);
  BIND (rates);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "inspector-channel");
}

static void
scope_inspector_channel_init (ScopeInspectorChannel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
scope_inspector_channel_set_session (ScopeInspectorChannel *self, ScopeSession *session,
                                     ScopeDissect *dissect, ScopeEffect *effect)
{
  static const char *const changes[] = { "notify::channel", "notify::kind", "notify::layer-view" };
  g_return_if_fail (SCOPE_IS_INSPECTOR_CHANNEL (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->dissect = g_object_ref (dissect);
  self->effect = g_object_ref (effect);
  for (guint k = 0; k < G_N_ELEMENTS (changes); k++)
    g_signal_connect_object (session, changes[k], G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (effect, "changed", G_CALLBACK (show_target), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
