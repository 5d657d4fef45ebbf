#include <math.h>
#include <string.h>

#include "ui/colour-bar-private.h"
#include "ui/controllers.h"
#include "ui/format.h"

#define LEAST_HEIGHT 40
#define REACH        14   /* pixels; a press this near takes a handle */
#define LEAST_RANGE  0.01 /* of the axis, between the two ends */
#define STEP         0.01 /* of the axis, for a key */

G_DEFINE_FINAL_TYPE (ScopeColourBar, scope_colour_bar, SCOPE_TYPE_DRAWING)

enum { SIGNAL_RANGE_CHANGED, SIGNAL_EPSILON_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- handles -------------------------------------------------------------------------------------
 */

gboolean
scope_colour_bar_has (ScopeColourBar *self, ScopeBarHandle handle)
{
  if (!self->has_axis || handle == SCOPE_BAR_NONE)
    return FALSE;
  return handle == SCOPE_BAR_EPSILON ? !isnan (self->epsilon) : self->axis.kind != SCOPE_NORM_RANK;
}

static double
handle_value (ScopeColourBar *self, ScopeBarHandle handle)
{
  return handle == SCOPE_BAR_HIGH  ? self->norm.high
         : handle == SCOPE_BAR_LOW ? self->norm.low
                                   : self->epsilon;
}

double
scope_colour_bar_place (ScopeColourBar *self, ScopeBarHandle handle)
{
  return scope_norm_apply (&self->axis, handle_value (self, handle));
}

double
scope_colour_bar_y (ScopeColourBar *self, double place)
{
  return self->foot - place * (self->foot - self->top);
}

static void
move_handle (ScopeColourBar *self, ScopeBarHandle handle, double place)
{
  double low = scope_colour_bar_place (self, SCOPE_BAR_LOW);
  double high = scope_colour_bar_place (self, SCOPE_BAR_HIGH);
  place = CLAMP (place, 0.0, 1.0);
  if (handle == SCOPE_BAR_EPSILON) {
    double epsilon = scope_norm_invert (&self->axis, place);
    if (epsilon > 0)
      g_signal_emit (self, signals[SIGNAL_EPSILON_CHANGED], 0, MIN (epsilon, 1.0));
    return;
  }
  if (handle == SCOPE_BAR_HIGH)
    high = MAX (place, low + LEAST_RANGE);
  else
    low = MIN (place, high - LEAST_RANGE);
  if (low < 0 || high > 1)
    return;
  /* The end that stays keeps its value to the bit. */
  g_signal_emit (self, signals[SIGNAL_RANGE_CHANGED], 0,
                 handle == SCOPE_BAR_LOW ? scope_norm_invert (&self->axis, low) : self->norm.low,
                 handle == SCOPE_BAR_HIGH ? scope_norm_invert (&self->axis, high)
                                          : self->norm.high);
}

static ScopeBarHandle
handle_at (ScopeColourBar *self, double x, double y)
{
  ScopeBarHandle found = SCOPE_BAR_NONE;
  double nearest = REACH;
  for (ScopeBarHandle handle = 0; handle < SCOPE_BAR_N_HANDLES; handle++) {
    if (!scope_colour_bar_has (self, handle))
      continue;
    double away = fabs (y - scope_colour_bar_y (self, scope_colour_bar_place (self, handle)));
    /* Where two are on one place, the side tells which is meant. */
    gboolean side = (handle == SCOPE_BAR_EPSILON) == (x < SCOPE_BAR_LEFT);
    away += side ? 0 : REACH / 2.0;
    if (away < nearest) {
      nearest = away;
      found = handle;
    }
  }
  return found;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ScopeColourBar *self)
{
  self->dragged = handle_at (self, x, y);
  if (self->dragged == SCOPE_BAR_NONE) {
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  self->chosen = self->dragged;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeColourBar *self)
{
  double x, y, extent = self->foot - self->top;
  if (self->dragged == SCOPE_BAR_NONE || extent <= 0
      || !gtk_gesture_drag_get_start_point (gesture, &x, &y))
    return;
  move_handle (self, self->dragged, (self->foot - y - dy) / extent);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeColourBar *self)
{
  self->dragged = SCOPE_BAR_NONE;
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, ScopeColourBar *self)
{
  if (n_press == 2 && self->has_axis)
    g_signal_emit (self, signals[SIGNAL_RANGE_CHANGED], 0, NAN, NAN);
}

/* --- keys ----------------------------------------------------------------------------------------
 */

static gboolean
choose_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (widget);
  int by;
  g_variant_get (args, "(i)", &by);
  for (int k = 1; k <= SCOPE_BAR_N_HANDLES; k++) {
    int next = ((int)self->chosen + by * k + 2 * SCOPE_BAR_N_HANDLES) % SCOPE_BAR_N_HANDLES;
    if (!scope_colour_bar_has (self, (ScopeBarHandle)next))
      continue;
    self->chosen = (ScopeBarHandle)next;
    scope_drawing_invalidate (SCOPE_DRAWING (self));
    return TRUE;
  }
  return FALSE;
}

static gboolean
move_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (widget);
  int steps;
  if (!scope_colour_bar_has (self, self->chosen))
    return FALSE;
  g_variant_get (args, "(i)", &steps);
  move_handle (self, self->chosen, scope_colour_bar_place (self, self->chosen) + steps * STEP);
  return TRUE;
}

static gboolean
reset_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  if (!SCOPE_COLOUR_BAR (widget)->has_axis)
    return FALSE;
  g_signal_emit (widget, signals[SIGNAL_RANGE_CHANGED], 0, NAN, NAN);
  return TRUE;
}

static void
add_controllers (ScopeColourBar *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GCallback focus = G_CALLBACK (scope_drawing_invalidate);
  scope_controllers_add_drag (widget, G_CALLBACK (drag_begin_cb), G_CALLBACK (drag_update_cb),
                              G_CALLBACK (drag_end_cb));
  scope_controllers_add_press (widget, GDK_BUTTON_PRIMARY, G_CALLBACK (pressed_cb));
  scope_controllers_add_focus (widget, focus, focus);
}

/* --- GtkWidget -----------------------------------------------------------------------------------
 */

static gboolean
is_seen (ScopeColourBar *self)
{
  return self->label != NULL && self->foot - self->top >= LEAST_HEIGHT;
}

static GskRenderNode *
scope_colour_bar_draw (ScopeDrawing *drawing)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (drawing);
  return is_seen (self) ? scope_colour_bar_paint (self) : NULL;
}

static void
scope_colour_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (widget);
  if (!is_seen (self))
    return;
  GTK_WIDGET_CLASS (scope_colour_bar_parent_class)->snapshot (widget, snapshot);
  if (self->menu != NULL)
    gtk_widget_snapshot_child (widget, self->menu, snapshot);
}

static void
scope_colour_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL
                            ? scope_colour_bar_width (SCOPE_COLOUR_BAR (widget))
                            : 60;
}

static void
scope_colour_bar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (widget);
  GTK_WIDGET_CLASS (scope_colour_bar_parent_class)->size_allocate (widget, width, height, baseline);
  if (self->menu == NULL)
    return;
  int wide, high;
  gtk_widget_measure (self->menu, GTK_ORIENTATION_HORIZONTAL, -1, &wide, NULL, NULL, NULL);
  gtk_widget_measure (self->menu, GTK_ORIENTATION_VERTICAL, -1, &high, NULL, NULL, NULL);
  double x = SCOPE_BAR_LEFT + SCOPE_BAR_WIDTH / 2 - wide / 2.0;
  double y = MIN (self->foot + 10, height - high);
  GskTransform *place
      = gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT ((float)MAX (0, x), (float)y));
  gtk_widget_allocate (self->menu, wide, high, -1, place);
}

static void
scope_colour_bar_dispose (GObject *object)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (object);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  G_OBJECT_CLASS (scope_colour_bar_parent_class)->dispose (object);
}

static void
scope_colour_bar_finalize (GObject *object)
{
  g_free (SCOPE_COLOUR_BAR (object)->label);
  G_OBJECT_CLASS (scope_colour_bar_parent_class)->finalize (object);
}

static void
add_bindings (GtkWidgetClass *widget_class)
{
  static const struct {
    guint key;
    int steps;
  } moves[] = { { GDK_KEY_Up, 1 },       { GDK_KEY_KP_Up, 1 },    { GDK_KEY_Down, -1 },
                { GDK_KEY_KP_Down, -1 }, { GDK_KEY_Page_Up, 10 }, { GDK_KEY_Page_Down, -10 } };
  for (guint k = 0; k < G_N_ELEMENTS (moves); k++)
    gtk_widget_class_add_binding (widget_class, moves[k].key, 0, move_cb, "(i)", moves[k].steps);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, choose_cb, "(i)", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, choose_cb, "(i)", 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, reset_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_BackSpace, 0, reset_cb, NULL);
}

static void
scope_colour_bar_class_init (ScopeColourBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_colour_bar_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_colour_bar_finalize;
  SCOPE_DRAWING_CLASS (klass)->draw = scope_colour_bar_draw;
  widget_class->measure = scope_colour_bar_measure;
  widget_class->snapshot = scope_colour_bar_snapshot;
  widget_class->size_allocate = scope_colour_bar_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "colour-bar");
  add_bindings (widget_class);
  signals[SIGNAL_RANGE_CHANGED]
      = g_signal_new ("range-changed", SCOPE_TYPE_COLOUR_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[SIGNAL_EPSILON_CHANGED]
      = g_signal_new ("epsilon-changed", SCOPE_TYPE_COLOUR_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
scope_colour_bar_init (ScopeColourBar *self)
{
  self->epsilon = NAN;
  self->dragged = SCOPE_BAR_NONE;
  add_controllers (self);
}

/* --- public --------------------------------------------------------------------------------------
 */

static void
set_axis (ScopeColourBar *self, const ScopeNorm *axis)
{
  gboolean other = axis->kind != self->axis.kind;
  self->axis = *axis;
  if (other) /* its numbers are wider or narrower */
    gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
describe (ScopeColourBar *self)
{
  g_autofree char *low = scope_format_value (self->norm.low);
  g_autofree char *high = scope_format_value (self->norm.high);
  g_autofree char *spoken = g_strdup_printf ("Colour scale of %s: %s, from %s to %s", self->label,
                                             scope_norm_name (self->norm.kind), low, high);
  g_autofree char *epsilon = scope_format_value (self->epsilon);
  g_autofree char *more
      = isnan (self->epsilon)
            ? NULL
            : g_strdup_printf ("Field boundary at %s. Left and Right choose an end of the range or "
                               "the boundary, Up and Down move it, Delete resets the range.",
                               epsilon);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  if (more != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    more, -1);
}

void
scope_colour_bar_set_scale (ScopeColourBar *self, ScopePalette palette, const ScopeNorm *norm,
                            const char *label)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self));
  char *copied = g_strdup (label);
  g_free (self->label);
  self->label = copied;
  self->palette = palette;
  self->norm = *norm;
  if (!self->has_axis)
    set_axis (self, norm);
  describe (self);
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

void
scope_colour_bar_set_span (ScopeColourBar *self, double top, double foot)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self));
  if (top == self->top && foot == self->foot)
    return;
  self->top = top;
  self->foot = foot;
  if (self->menu != NULL)
    gtk_widget_queue_allocate (GTK_WIDGET (self));
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

void
scope_colour_bar_set_axis (ScopeColourBar *self, const ScopeNorm *axis)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self));
  if (!self->has_axis)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  self->has_axis = TRUE;
  set_axis (self, axis);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

void
scope_colour_bar_set_bins (ScopeColourBar *self, const float *bins, gsize count)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self) && count <= SCOPE_BAR_BINS);
  memcpy (self->bins, bins, count * sizeof *bins);
  self->n_bins = count;
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

void
scope_colour_bar_set_epsilon (ScopeColourBar *self, double epsilon)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self));
  self->epsilon = epsilon;
  if (self->label != NULL)
    describe (self);
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

void
scope_colour_bar_set_menu (ScopeColourBar *self, GMenuModel *menu)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self) && self->menu == NULL);
  self->menu = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->menu), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->menu), menu);
  gtk_widget_set_tooltip_text (self->menu, "Matrix, norm, palette and range of the colours");
  gtk_widget_add_css_class (self->menu, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Matrix, norm, palette and range of the colours", -1);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
