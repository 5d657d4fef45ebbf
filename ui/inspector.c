#include "ui/inspector.h"

#include <math.h>

#include "session/follow.h"
#include "ui/fact-row.h"
#include "ui/format.h"
#include "ui/inspector-cell.h"
#include "ui/inspector-channel.h"
#include "ui/inspector-effect.h"
#include "ui/inspector-filter.h"
#include "ui/inspector-what-if.h"
#include "ui/template.h"

struct _ScopeInspector {
  GtkWidget parent;
  ScopeSession *session;
  ScopeEffect *effect_model;
  GtkWidget *scroller;
  GtkExpander *cell_section, *channel_section, *filter_section, *effect_section, *what_if_section,
      *map_section;
  GtkLabel *channel_title;
  ScopeInspectorCell *cell;
  ScopeInspectorChannel *channel;
  ScopeInspectorFilter *filter;
  ScopeInspectorEffect *effect;
  ScopeInspectorWhatIf *what_if;
  ScopeFactRow *shows, *blocks, *exact, *proof;
  GtkWidget *dropped_legend;
};

G_DEFINE_FINAL_TYPE (ScopeInspector, scope_inspector, GTK_TYPE_WIDGET)

static void
show_channel_title (ScopeInspector *self)
{
  const char *noun = scope_format_map_noun (self->session);
  g_autofree char *title = g_strdup_printf ("%c%s %" G_GSIZE_FORMAT, g_ascii_toupper (noun[0]),
                                            noun + 1, scope_session_get_channel (self->session));
  gtk_label_set_text (self->channel_title, title);
}

static void
show_map (ScopeInspector *self)
{
  ScopeResult *map = scope_session_get_map (self->session);
  double proof = scope_session_get_proof (self->session);
  scope_fact_row_take_value (self->proof, scope_format_proof (proof));
  gtk_widget_set_visible (self->dropped_legend, map != NULL && map->dropped != NULL);
}

void
scope_inspector_show_map (ScopeInspector *self, const char *shows, gsize step,
                          const char *evaluated)
{
  g_return_if_fail (SCOPE_IS_INSPECTOR (self));
  g_autofree char *side = scope_format_count (step);
  scope_fact_row_set_value (self->shows, shows);
  scope_fact_row_take_value (self->blocks, step == 1
                                               ? g_strdup ("one cell")
                                               : g_strdup_printf ("%s × %s cells", side, side));
  scope_fact_row_set_value (self->exact, evaluated);
}

/* What the filter does is computed while somebody may see it. */
static void
update_effect (ScopeInspector *self)
{
  gboolean open = gtk_expander_get_expanded (self->effect_section)
                  || gtk_expander_get_expanded (self->filter_section);
  if (self->effect_model != NULL)
    scope_effect_set_active (self->effect_model, open && gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
scope_inspector_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_inspector_parent_class)->map (widget);
  update_effect (SCOPE_INSPECTOR (widget));
}

static void
scope_inspector_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_inspector_parent_class)->unmap (widget);
  update_effect (SCOPE_INSPECTOR (widget));
}

/* As wide as its text needs and no wider: labels that wrap would ask for a line's length. */
static void
scope_inspector_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *child = SCOPE_INSPECTOR (widget)->scroller;
  gtk_widget_measure (child, orientation, -1, minimum, natural, NULL, NULL);
  *natural = *minimum;
}

static void
scope_inspector_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (SCOPE_INSPECTOR (widget)->scroller, width, height, baseline, NULL);
}

static GtkSizeRequestMode
scope_inspector_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
scope_inspector_dispose (GObject *object)
{
  ScopeInspector *self = SCOPE_INSPECTOR (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR);
  g_clear_object (&self->effect_model);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_inspector_parent_class)->dispose (object);
}

/* Where texts run from right to left, a closed GtkExpander that is asked for what is to its left
 * asks its label and its child in turn for ever. Left is onwards there: that, it can answer. */
static gboolean
scope_inspector_focus (GtkWidget *widget, GtkDirectionType direction)
{
  if (direction == GTK_DIR_LEFT && gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    direction = GTK_DIR_TAB_FORWARD;
  return GTK_WIDGET_CLASS (scope_inspector_parent_class)->focus (widget, direction);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeInspector, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (scroller);
  BIND (cell_section);
  BIND (channel_section);
  BIND (filter_section);
  BIND (effect_section);
  BIND (what_if_section);
  BIND (map_section);
  BIND (channel_title);
  BIND (cell);
  BIND (channel);
  BIND (filter);
  BIND (effect);
  BIND (what_if);
  BIND (shows);
  BIND (blocks);
  BIND (exact);
  BIND (proof);
  BIND (dropped_legend);
}

static void
scope_inspector_class_init (ScopeInspectorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_dispose;
  widget_class->map = scope_inspector_map;
  widget_class->unmap = scope_inspector_unmap;
  widget_class->measure = scope_inspector_measure;
  widget_class->size_allocate = scope_inspector_size_allocate;
  widget_class->get_request_mode = scope_inspector_get_request_mode;
  widget_class->focus = scope_inspector_focus;
  g_type_ensure (SCOPE_TYPE_FACT_ROW);
  g_type_ensure (SCOPE_TYPE_INSPECTOR_CELL);
  g_type_ensure (SCOPE_TYPE_INSPECTOR_CHANNEL);
  g_type_ensure (SCOPE_TYPE_INSPECTOR_FILTER);
  g_type_ensure (SCOPE_TYPE_INSPECTOR_EFFECT);
  g_type_ensure (SCOPE_TYPE_INSPECTOR_WHAT_IF);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector.ui");
  bind_children (widget_class);
  gtk_widget_class_set_css_name (widget_class, "inspector");
}

static void
scope_inspector_init (ScopeInspector *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* Which sections are open is kept with the session. */
static void
remember_sections (ScopeInspector *self)
{
  const struct {
    GtkExpander *section;
    const char *name;
  } sections[] = {
    { self->cell_section, "inspector.cell" },       { self->channel_section, "inspector.channel" },
    { self->filter_section, "inspector.filter" },   { self->effect_section, "inspector.effect" },
    { self->what_if_section, "inspector.what-if" }, { self->map_section, "inspector.map" },
  };
  for (guint k = 0; k < G_N_ELEMENTS (sections); k++) {
    scope_history_bind (scope_session_get_history (self->session), G_OBJECT (sections[k].section),
                        "expanded", sections[k].name, "section of the inspector");
    g_signal_connect_object (sections[k].section, "notify::expanded", G_CALLBACK (update_effect),
                             self, G_CONNECT_SWAPPED);
    /* A closed GtkExpander offers the keyboard to its child, which is in no window then. */
    g_object_bind_property (sections[k].section, "expanded",
                            gtk_expander_get_child (sections[k].section), "can-focus",
                            G_BINDING_SYNC_CREATE);
  }
}

static void
give_models (ScopeInspector *self)
{
  g_autoptr (ScopeDissect) dissect = scope_dissect_new (self->session);
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  self->effect_model = scope_effect_new (self->session);
  scope_inspector_cell_set_session (self->cell, self->session, dissect);
  scope_inspector_channel_set_session (self->channel, self->session, dissect, self->effect_model);
  scope_inspector_filter_set_session (self->filter, self->session, self->effect_model);
  scope_inspector_effect_set_effect (self->effect, self->effect_model);
  scope_inspector_what_if_set_session (self->what_if, self->session, what_if);
}

void
scope_inspector_set_session (ScopeInspector *self, ScopeSession *session)
{
  static const ScopeFollowed connections[] = {
    { "notify::channel", G_CALLBACK (show_channel_title) },
    { "notify::kind", G_CALLBACK (show_channel_title) },
    { "notify::layer-view", G_CALLBACK (show_channel_title) },
    { "notify::map", G_CALLBACK (show_map) },
    { "notify::proof", G_CALLBACK (show_map) },
  };
  g_return_if_fail (SCOPE_IS_INSPECTOR (self) && self->session == NULL);
  self->session = g_object_ref (session);
  give_models (self);
  remember_sections (self);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  show_channel_title (self);
  show_map (self);
  update_effect (self);
}
