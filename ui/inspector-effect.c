#include "ui/inspector-effect.h"

#include "ui/outcome-table.h"
#include "ui/template.h"

struct _ScopeInspectorEffect {
  GtkWidget parent;
  ScopeEffect *effect;
  GtkLabel *state;
  ScopeOutcomeTable *table;
};

G_DEFINE_FINAL_TYPE (ScopeInspectorEffect, scope_inspector_effect, GTK_TYPE_WIDGET)

static const char *const explanations[] = {
  [SCOPE_EFFECT_OFF] = "Switch the filter on to see what it does to the next token.",
  [SCOPE_EFFECT_IDLE] = "The filter does not act on a text of this length.",
  [SCOPE_EFFECT_WAITING] = "Comparing…",
  [SCOPE_EFFECT_ROOM] = "There is no memory for both runs of a text of this length.",
  [SCOPE_EFFECT_READY] = NULL,
};

static void
changed_cb (ScopeInspectorEffect *self)
{
  static const char *const titles[] = { "Without", "This layer", "Whole network" };
  const char *explanation = explanations[scope_effect_get_state (self->effect)];
  const ScopeEffectView *view = scope_effect_get_view (self->effect);
  gtk_label_set_text (self->state, explanation != NULL ? explanation : "");
  gtk_widget_set_visible (GTK_WIDGET (self->state), explanation != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->table), explanation == NULL);
  if (explanation != NULL)
    return;
  ScopeOutcome *const outcomes[] = { view->before, view->layer_only, view->all };
  scope_outcome_table_set (self->table, titles, outcomes, G_N_ELEMENTS (outcomes));
}

static void
scope_inspector_effect_dispose (GObject *object)
{
  ScopeInspectorEffect *self = SCOPE_INSPECTOR_EFFECT (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR_EFFECT);
  g_clear_object (&self->effect);
  G_OBJECT_CLASS (scope_inspector_effect_parent_class)->dispose (object);
}

static void
scope_inspector_effect_class_init (ScopeInspectorEffectClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_effect_dispose;
  g_type_ensure (SCOPE_TYPE_OUTCOME_TABLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector-effect.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeInspectorEffect, state);
  gtk_widget_class_bind_template_child (widget_class, ScopeInspectorEffect, table);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "inspector-effect");
}

static void
scope_inspector_effect_init (ScopeInspectorEffect *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
scope_inspector_effect_set_effect (ScopeInspectorEffect *self, ScopeEffect *effect)
{
  g_return_if_fail (SCOPE_IS_INSPECTOR_EFFECT (self) && self->effect == NULL);
  self->effect = g_object_ref (effect);
  g_signal_connect_object (effect, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
