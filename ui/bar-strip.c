#include "ui/bar-strip.h"

#include "ui/colours.h"

#include <math.h>

#define GAP_FROM 4.0f /* pixels: narrower bars stand side by side */
#define LINE     1.0f

struct _ScopeBarStrip {
  GtkWidget parent;
  double *values, *behind;
  guint count, selected;
  double high, low; /* what the strip's top and bottom are; low <= 0 <= high */
};

G_DEFINE_FINAL_TYPE (ScopeBarStrip, scope_bar_strip, GTK_TYPE_WIDGET)

enum { NO_PROP, PROP_SELECTED, N_PROPS };
static GParamSpec *props[N_PROPS];

/* --- drawing ------------------------------------------------------------------------------------
 */

typedef struct {
  GtkSnapshot *snapshot;
  float width, height, step, zero; /* of the widget, of a bar, of the line */
  double scale;                    /* pixels a unit */
  gboolean rtl;
} Canvas;

static graphene_rect_t
bar_bounds (const Canvas *canvas, guint index, double value)
{
  float gap = canvas->step >= GAP_FROM ? 1 : 0, x = (float)index * canvas->step;
  float length = (float)(fabs (value) * canvas->scale);
  float y = value >= 0 ? canvas->zero - length : canvas->zero;
  if (canvas->rtl)
    x = canvas->width - x - canvas->step;
  return GRAPHENE_RECT_INIT (x + gap / 2, y, canvas->step - gap, length);
}

static void
draw_bars (const ScopeBarStrip *self, const Canvas *canvas, const double *values,
           const GdkRGBA colours[2], float alpha)
{
  for (guint k = 0; values != NULL && k < self->count; k++) {
    GdkRGBA colour = colours[values[k] < 0];
    graphene_rect_t bounds = bar_bounds (canvas, k, values[k]);
    colour.alpha *= alpha * (self->selected != G_MAXUINT && k != self->selected ? 0.6f : 1);
    if (isfinite (values[k]) && bounds.size.height > 0)
      gtk_snapshot_append_color (canvas->snapshot, &colour, &bounds);
  }
}

static void
draw_selection (const ScopeBarStrip *self, const Canvas *canvas, GdkRGBA colour)
{
  if (self->selected >= self->count)
    return;
  graphene_rect_t bounds = bar_bounds (canvas, self->selected, 0);
  float middle = bounds.origin.x + bounds.size.width / 2;
  colour.alpha *= 0.5f;
  gtk_snapshot_append_color (canvas->snapshot, &colour,
                             &GRAPHENE_RECT_INIT (middle - LINE / 2, 0, LINE, canvas->height));
}

static void
scope_bar_strip_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeBarStrip *self = SCOPE_BAR_STRIP (widget);
  Canvas canvas = { .snapshot = snapshot,
                    .width = (float)gtk_widget_get_width (widget),
                    .height = (float)gtk_widget_get_height (widget),
                    .rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL };
  const GdkRGBA colours[2]
      = { scope_named_colour (widget, "scope_global"), scope_named_colour (widget, "scope_local") };
  GdkRGBA ink = scope_named_colour (widget, "window_fg_color"), faint = ink;
  if (self->count == 0)
    return;
  gboolean flat = self->high <= self->low;
  canvas.step = canvas.width / (float)self->count;
  canvas.scale = flat ? 0 : canvas.height / (self->high - self->low);
  canvas.zero = flat ? canvas.height / 2 : (float)(self->high * canvas.scale);
  faint.alpha *= 0.28f;
  const GdkRGBA outlines[2] = { faint, faint };
  draw_selection (self, &canvas, ink);
  draw_bars (self, &canvas, self->behind, outlines, 1);
  draw_bars (self, &canvas, self->values, colours, 1);
  ink.alpha *= 0.4f;
  gtk_snapshot_append_color (snapshot, &ink,
                             &GRAPHENE_RECT_INIT (0, canvas.zero - LINE / 2, canvas.width, LINE));
}

static void
scope_bar_strip_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 96 : 72;
  *natural = *minimum;
}

/* --- pointer and keys ---------------------------------------------------------------------------
 */

static void
motion_cb (ScopeBarStrip *self, double x, double y)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    x = width - x;
  if (self->count > 0 && x >= 0 && x < width)
    scope_bar_strip_set_selected (self, (guint)(x / width * self->count));
}

static guint
key_target (const ScopeBarStrip *self, guint key, gboolean rtl)
{
  guint last = self->count - 1, now = MIN (self->selected, self->count);
  gboolean none = self->selected >= self->count;
  if (rtl && (key == GDK_KEY_Left || key == GDK_KEY_Right))
    key = key == GDK_KEY_Left ? GDK_KEY_Right : GDK_KEY_Left;
  switch (key) {
  case GDK_KEY_Left:
    return none || now == 0 ? 0 : now - 1;
  case GDK_KEY_Right:
    return none ? 0 : MIN (now + 1, last);
  case GDK_KEY_Home:
    return 0;
  case GDK_KEY_End:
    return last;
  default:
    return G_MAXUINT;
  }
}

static gboolean
key_cb (ScopeBarStrip *self, guint key, guint code, GdkModifierType state)
{
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  guint target = self->count > 0 && (state & gtk_accelerator_get_default_mod_mask ()) == 0
                     ? key_target (self, key, rtl)
                     : G_MAXUINT;
  if (target == G_MAXUINT)
    return GDK_EVENT_PROPAGATE;
  scope_bar_strip_set_selected (self, target);
  return GDK_EVENT_STOP;
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
find_range (ScopeBarStrip *self)
{
  const double *const rows[] = { self->values, self->behind };
  self->high = self->low = 0;
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++)
    for (guint k = 0; rows[r] != NULL && k < self->count; k++)
      if (isfinite (rows[r][k])) {
        self->high = fmax (self->high, rows[r][k]);
        self->low = fmin (self->low, rows[r][k]);
      }
}

void
scope_bar_strip_set_values (ScopeBarStrip *self, const double *values, const double *behind,
                            guint count)
{
  g_return_if_fail (SCOPE_IS_BAR_STRIP (self));
  g_free (self->values);
  g_free (self->behind);
  self->values = g_memdup2 (values, count * sizeof *values);
  self->behind = behind != NULL ? g_memdup2 (behind, count * sizeof *behind) : NULL;
  self->count = count;
  find_range (self);
  if (self->selected != G_MAXUINT && self->selected >= count)
    scope_bar_strip_set_selected (self, G_MAXUINT);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
scope_bar_strip_get_count (ScopeBarStrip *self)
{
  g_return_val_if_fail (SCOPE_IS_BAR_STRIP (self), 0);
  return self->count;
}

guint
scope_bar_strip_get_selected (ScopeBarStrip *self)
{
  g_return_val_if_fail (SCOPE_IS_BAR_STRIP (self), G_MAXUINT);
  return self->selected;
}

void
scope_bar_strip_set_selected (ScopeBarStrip *self, guint index)
{
  g_return_if_fail (SCOPE_IS_BAR_STRIP (self));
  if (index == self->selected)
    return;
  self->selected = index;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SELECTED]);
}

void
scope_bar_strip_say (ScopeBarStrip *self, const char *whole, const char *selected)
{
  g_return_if_fail (SCOPE_IS_BAR_STRIP (self));
  double last = self->count > 0 ? self->count - 1 : 0;
  double now = self->selected < self->count ? self->selected : 0;
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, whole,
      GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, last,
      GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, now, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
      selected != NULL ? selected : "", -1);
}

static void
scope_bar_strip_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, SCOPE_BAR_STRIP (object)->selected);
}

static void
scope_bar_strip_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  scope_bar_strip_set_selected (SCOPE_BAR_STRIP (object), g_value_get_uint (value));
}

static void
scope_bar_strip_finalize (GObject *object)
{
  ScopeBarStrip *self = SCOPE_BAR_STRIP (object);
  g_free (self->values);
  g_free (self->behind);
  G_OBJECT_CLASS (scope_bar_strip_parent_class)->finalize (object);
}

static void
scope_bar_strip_class_init (ScopeBarStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = scope_bar_strip_get_property;
  object_class->set_property = scope_bar_strip_set_property;
  object_class->finalize = scope_bar_strip_finalize;
  props[PROP_SELECTED]
      = g_param_spec_uint ("selected", NULL, NULL, 0, G_MAXUINT, G_MAXUINT,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  widget_class->measure = scope_bar_strip_measure;
  widget_class->snapshot = scope_bar_strip_snapshot;
  gtk_widget_class_set_css_name (widget_class, "bar-strip");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
scope_bar_strip_init (ScopeBarStrip *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  self->selected = G_MAXUINT;
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}
