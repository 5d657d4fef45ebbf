#include "ui/layer-chart.h"

#include "ui/colours.h"
#include "ui/format.h"

#define BARS      44  /* pixels from 0 to 100 % */
#define MAX_PITCH 34  /* of two bars: a few layers do not fill the width */
#define GAP       0.3 /* of the pitch */
#define TEXT_SIZE 0.82

struct _ScopeLayerChart {
  GtkWidget parent;
  ScopeAtlas *atlas;
  ScopeSession *session;
  gsize hovered; /* G_MAXSIZE: none */
};

G_DEFINE_FINAL_TYPE (ScopeLayerChart, scope_layer_chart, GTK_TYPE_WIDGET)

static double
share (ScopeLayerChart *self, gsize layer)
{
  return (double)scope_atlas_count_global (self->atlas, layer)
         / (double)scope_atlas_get_channels (self->atlas);
}

static PangoLayout *
small_layout (ScopeLayerChart *self, const char *text, int *width, int *height)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (TEXT_SIZE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  /* "100 %" is not turned round where words are read from the right. */
  pango_context_set_base_dir (pango_layout_get_context (layout), PANGO_DIRECTION_LTR);
  pango_layout_context_changed (layout);
  pango_layout_get_pixel_size (layout, width, height);
  return layout;
}

/* Where the bars begin, and how far one is from the next. */
static void
places (ScopeLayerChart *self, double *left, double *pitch, int *line)
{
  int width, title;
  g_autoptr (PangoLayout) widest = small_layout (self, "100 %", &width, line);
  g_autoptr (PangoLayout) name = small_layout (self, "global", &title, line);
  gsize layers = MAX (scope_atlas_get_layers (self->atlas), 1);
  *left = MAX (width, title) + 6;
  *pitch = MIN ((gtk_widget_get_width (GTK_WIDGET (self)) - *left) / (double)layers, MAX_PITCH);
}

static gsize
layer_at (ScopeLayerChart *self, double x)
{
  double left, pitch;
  int line;
  places (self, &left, &pitch, &line);
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x;
  if (x < left || x >= left + pitch * (double)scope_atlas_get_layers (self->atlas))
    return G_MAXSIZE;
  return (gsize)((x - left) / pitch);
}

/* --- drawing ------------------------------------------------------------------------------------
 */

typedef struct {
  GtkSnapshot *snapshot;
  double left, pitch, top, width;
  int line;
  gboolean rtl;
  GdkRGBA text, bar;
} Canvas;

static void
append_label (ScopeLayerChart *self, const Canvas *canvas, const char *text, double x, double y,
              double align, float alpha)
{
  int width, height;
  g_autoptr (PangoLayout) layout = small_layout (self, text, &width, &height);
  GdkRGBA colour = canvas->text;
  colour.alpha *= alpha;
  x -= align * width;
  gtk_snapshot_save (canvas->snapshot);
  gtk_snapshot_translate (
      canvas->snapshot,
      &GRAPHENE_POINT_INIT ((float)(canvas->rtl ? canvas->width - x - width : x), (float)y));
  gtk_snapshot_append_layout (canvas->snapshot, layout, &colour);
  gtk_snapshot_restore (canvas->snapshot);
}

static void
append_box (const Canvas *canvas, const GdkRGBA *colour, double x, double y, double width,
            double height)
{
  if (canvas->rtl)
    x = canvas->width - x - width;
  gtk_snapshot_append_color (canvas->snapshot, colour,
                             &GRAPHENE_RECT_INIT ((float)x, (float)y, (float)width, (float)height));
}

static void
append_bar (ScopeLayerChart *self, const Canvas *canvas, gsize layer)
{
  gboolean selected = layer == scope_session_get_layer (self->session);
  double x = canvas->left + canvas->pitch * ((double)layer + GAP / 2);
  double width = canvas->pitch * (1 - GAP), height = BARS * share (self, layer);
  GdkRGBA trough = canvas->text;
  trough.alpha *= layer == self->hovered ? 0.2f : 0.09f;
  append_box (canvas, &trough, x, canvas->top, width, BARS);
  append_box (canvas, &canvas->bar, x, canvas->top + BARS - height, width, height);
  if (selected)
    append_box (canvas, &canvas->text, x, canvas->top + BARS + 1, width, 2);
}

/* Every so many layers, so that their numbers do not touch; and the selected one. */
static void
append_numbers (ScopeLayerChart *self, const Canvas *canvas)
{
  gsize layers = scope_atlas_get_layers (self->atlas), step = 1;
  gsize selected = scope_session_get_layer (self->session);
  int width, height;
  g_autoptr (PangoLayout) widest = small_layout (self, "888", &width, &height);
  while ((double)step * canvas->pitch < width + 4)
    step += step == 1 ? 1 : step == 2 ? 3 : 5;
  for (gsize layer = 0; layer < layers; layer++) {
    g_autofree char *number = g_strdup_printf ("%" G_GSIZE_FORMAT, layer);
    gsize apart = layer > selected ? layer - selected : selected - layer;
    if (layer != selected && (layer % step != 0 || (double)apart * canvas->pitch < width + 4))
      continue;
    append_label (self, canvas, number, canvas->left + canvas->pitch * ((double)layer + 0.5),
                  canvas->top + BARS + 4, 0.5, layer == selected ? 1 : 0.8f);
  }
}

static void
scope_layer_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeLayerChart *self = SCOPE_LAYER_CHART (widget);
  Canvas canvas = { .snapshot = snapshot, .width = gtk_widget_get_width (widget) };
  if (self->atlas == NULL || scope_atlas_get_layers (self->atlas) == 0)
    return;
  places (self, &canvas.left, &canvas.pitch, &canvas.line);
  canvas.top = canvas.line / 2.0;
  canvas.rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &canvas.text);
  canvas.bar = scope_named_colour (widget, "scope_global");
  append_label (self, &canvas, "100 %", canvas.left - 6, 0, 1, 0.8f);
  append_label (self, &canvas, "0 %", canvas.left - 6, BARS, 1, 0.8f);
  if (3 * canvas.line <= BARS + canvas.line) /* what the bars are, between their ends */
    append_label (self, &canvas, "global", canvas.left - 6, BARS / 2.0, 1, 0.8f);
  for (gsize layer = 0; layer < scope_atlas_get_layers (self->atlas); layer++)
    append_bar (self, &canvas, layer);
  append_numbers (self, &canvas);
}

static void
scope_layer_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  int width, line;
  g_autoptr (PangoLayout) layout
      = small_layout (SCOPE_LAYER_CHART (widget), "100 %", &width, &line);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = 160;
    *natural = 480;
  } else {
    *minimum = *natural = BARS + 4 + line + line / 2 + 1;
  }
}

/* --- words --------------------------------------------------------------------------------------
 */

static char *
describe (ScopeLayerChart *self, gsize layer)
{
  g_autofree char *percent = scope_format_percent (share (self, layer));
  const char *noun = scope_format_channel_noun (scope_session_get_model (self->session));
  return g_strdup_printf ("Layer %" G_GSIZE_FORMAT ": %s global, %" G_GSIZE_FORMAT
                          " of %" G_GSIZE_FORMAT " %ss",
                          layer, percent, scope_atlas_count_global (self->atlas, layer),
                          scope_atlas_get_channels (self->atlas), noun);
}

static void
update (ScopeLayerChart *self)
{
  gsize layers = scope_atlas_get_layers (self->atlas);
  gsize layer = scope_session_get_layer (self->session);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (layer >= layers)
    return;
  g_autofree char *spoken = describe (self, layer);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double)(layers - 1),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double)layer,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, spoken, -1);
}

static gboolean
query_tooltip_cb (ScopeLayerChart *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  gsize layer = keyboard ? scope_session_get_layer (self->session) : layer_at (self, x);
  if (layer >= scope_atlas_get_layers (self->atlas))
    return FALSE;
  g_autofree char *text = describe (self, layer);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* --- input --------------------------------------------------------------------------------------
 */

static void
pressed_cb (GtkGestureClick *gesture, int presses, double x, double y, ScopeLayerChart *self)
{
  gsize layer = layer_at (self, x);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (layer != G_MAXSIZE)
    scope_session_set_layer (self->session, layer);
}

static void
hover (ScopeLayerChart *self, gsize layer)
{
  if (layer == self->hovered)
    return;
  self->hovered = layer;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, ScopeLayerChart *self)
{
  hover (self, layer_at (self, x));
}

static void
leave_cb (GtkEventControllerMotion *motion, ScopeLayerChart *self)
{
  hover (self, G_MAXSIZE);
}

static gboolean
key_cb (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state,
        ScopeLayerChart *self)
{
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  gsize layer = scope_session_get_layer (self->session);
  if (key == (rtl ? GDK_KEY_Right : GDK_KEY_Left) && layer > 0)
    scope_session_set_layer (self->session, layer - 1);
  else if (key == (rtl ? GDK_KEY_Left : GDK_KEY_Right))
    scope_session_set_layer (self->session, layer + 1);
  else if (key == GDK_KEY_Home)
    scope_session_set_layer (self->session, 0);
  else if (key == GDK_KEY_End)
    scope_session_set_layer (self->session, scope_atlas_get_layers (self->atlas));
  else
    return FALSE;
  return TRUE;
}

static void
scope_layer_chart_dispose (GObject *object)
{
  ScopeLayerChart *self = SCOPE_LAYER_CHART (object);
  g_clear_object (&self->atlas);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_layer_chart_parent_class)->dispose (object);
}

static void
scope_layer_chart_class_init (ScopeLayerChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_layer_chart_dispose;
  widget_class->measure = scope_layer_chart_measure;
  widget_class->snapshot = scope_layer_chart_snapshot;
  gtk_widget_class_set_css_name (widget_class, "layer-chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
scope_layer_chart_init (ScopeLayerChart *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  self->hovered = G_MAXSIZE;
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Share of global channels by layer", -1);
}

void
scope_layer_chart_set_atlas (ScopeLayerChart *self, ScopeAtlas *atlas, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_LAYER_CHART (self) && self->atlas == NULL);
  self->atlas = g_object_ref (atlas);
  self->session = g_object_ref (session);
  g_signal_connect_object (atlas, "refreshed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::layer", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}
