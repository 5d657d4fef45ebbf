#include "ui/number-grid.h"

#include "ui/colours.h"

#define PAD_X      8.0f
#define PAD_Y      4.0f
#define GAP        1.0f
#define STRONGEST  0.5f /* of the ground: text stays readable on it */
#define MARK_WIDTH 2.0f

struct _ScopeNumberGrid {
  GtkWidget parent;
  char **rows, **columns, **cells;
  char *widest; /* that the headings of rows have room for; or NULL */
  double *shades;
  guint n_rows, n_columns;
  guint row, column;           /* the cursor */
  guint mark_row, mark_column; /* or NONE */
  float heading, cell, line;   /* widths of the row headings and of a cell; a row's height */
};

G_DEFINE_FINAL_TYPE (ScopeNumberGrid, scope_number_grid, GTK_TYPE_WIDGET)

enum { NO_PROP, PROP_ROW, PROP_COLUMN, N_PROPS };
static GParamSpec *props[N_PROPS];
enum { SIGNAL_ACTIVATED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- sizes --------------------------------------------------------------------------------------
 */

static float
widest (PangoLayout *layout, char **texts)
{
  float most = 0;
  for (char **text = texts; text != NULL && *text != NULL; text++) {
    int width, height;
    pango_layout_set_text (layout, *text, -1);
    pango_layout_get_pixel_size (layout, &width, &height);
    most = MAX (most, (float)width);
  }
  return most;
}

static void
find_sizes (ScopeNumberGrid *self)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "0");
  char *room[] = { self->widest, NULL };
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  self->line = (float)height + 2 * PAD_Y;
  self->heading = MAX (widest (layout, self->rows), widest (layout, room)) + 2 * PAD_X;
  self->cell = MAX (widest (layout, self->columns), widest (layout, self->cells)) + 2 * PAD_X;
}

static void
scope_number_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  ScopeNumberGrid *self = SCOPE_NUMBER_GRID (widget);
  find_sizes (self);
  float across = self->heading + self->cell * (float)self->n_columns;
  float down = self->line * (float)(self->n_rows + 1);
  *minimum = (int)(orientation == GTK_ORIENTATION_HORIZONTAL ? across : down) + 1;
  *natural = *minimum;
}

/* Wider than it must be: the cells share what there is. */
static float
cell_width (ScopeNumberGrid *self)
{
  float room = (float)gtk_widget_get_width (GTK_WIDGET (self)) - self->heading;
  return self->n_columns > 0 ? MAX (room / (float)self->n_columns, self->cell) : self->cell;
}

/* --- drawing ------------------------------------------------------------------------------------
 */

typedef struct {
  GtkSnapshot *snapshot;
  PangoLayout *layout;
  GdkRGBA ink, faint, ground, mark;
  float cell;
} Canvas;

/* In the middle of a cell, or at the end of a heading. */
static void
draw_text (const Canvas *canvas, const char *text, const GdkRGBA *colour, graphene_rect_t room,
           gboolean heading)
{
  int width, height;
  pango_layout_set_text (canvas->layout, text, -1);
  pango_layout_get_pixel_size (canvas->layout, &width, &height);
  float left
      = heading ? room.size.width - (float)width - PAD_X : (room.size.width - (float)width) / 2;
  graphene_point_t at
      = { room.origin.x + left, room.origin.y + (room.size.height - (float)height) / 2 };
  gtk_snapshot_save (canvas->snapshot);
  gtk_snapshot_translate (canvas->snapshot, &at);
  gtk_snapshot_append_layout (canvas->snapshot, canvas->layout, colour);
  gtk_snapshot_restore (canvas->snapshot);
}

static graphene_rect_t
cell_bounds (const ScopeNumberGrid *self, const Canvas *canvas, guint row, guint column)
{
  return GRAPHENE_RECT_INIT (self->heading + canvas->cell * (float)column + GAP,
                             self->line * (float)(row + 1) + GAP, canvas->cell - 2 * GAP,
                             self->line - 2 * GAP);
}

static void
draw_frame (const Canvas *canvas, graphene_rect_t bounds, GdkRGBA colour, float width)
{
  const float widths[4] = { width, width, width, width };
  const GdkRGBA colours[4] = { colour, colour, colour, colour };
  GskRoundedRect outline;
  gsk_rounded_rect_init_from_rect (&outline, &bounds, 3);
  gtk_snapshot_append_border (canvas->snapshot, &outline, widths, colours);
}

static void
draw_row (const ScopeNumberGrid *self, const Canvas *canvas, guint row)
{
  graphene_rect_t heading
      = GRAPHENE_RECT_INIT (0, self->line * (float)(row + 1), self->heading, self->line);
  draw_text (canvas, self->rows[row], row == self->row ? &canvas->ink : &canvas->faint, heading,
             TRUE);
  for (guint column = 0; column < self->n_columns; column++) {
    guint index = row * self->n_columns + column;
    graphene_rect_t bounds = cell_bounds (self, canvas, row, column);
    GdkRGBA ground = canvas->ground;
    ground.alpha *= STRONGEST * (float)self->shades[index];
    gtk_snapshot_append_color (canvas->snapshot, &ground, &bounds);
    draw_text (canvas, self->cells[index], &canvas->ink, bounds, FALSE);
    if (row == self->mark_row && column == self->mark_column)
      draw_frame (canvas, bounds, canvas->mark, MARK_WIDTH);
  }
}

static void
draw_cursor (const ScopeNumberGrid *self, const Canvas *canvas)
{
  graphene_rect_t bounds = cell_bounds (self, canvas, self->row, self->column);
  draw_frame (canvas, bounds, canvas->ink, 1);
  if (gtk_widget_has_visible_focus (GTK_WIDGET (self)))
    draw_frame (canvas, *graphene_rect_inset (&bounds, 2, 2), canvas->mark, 1);
}

static void
scope_number_grid_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeNumberGrid *self = SCOPE_NUMBER_GRID (widget);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, NULL);
  Canvas canvas = { snapshot,
                    layout,
                    scope_named_colour (widget, "window_fg_color"),
                    scope_named_colour (widget, "window_fg_color"),
                    scope_named_colour (widget, "scope_global"),
                    scope_named_colour (widget, "accent_color"),
                    cell_width (self) };
  canvas.faint.alpha *= 0.7f;
  for (guint column = 0; column < self->n_columns; column++) {
    graphene_rect_t room = cell_bounds (self, &canvas, 0, column);
    room.origin.y = 0;
    draw_text (&canvas, self->columns[column], column == self->column ? &canvas.ink : &canvas.faint,
               room, FALSE);
  }
  for (guint row = 0; row < self->n_rows; row++)
    draw_row (self, &canvas, row);
  if (self->row < self->n_rows && self->column < self->n_columns)
    draw_cursor (self, &canvas);
}

/* --- the cursor ---------------------------------------------------------------------------------
 */

void
scope_number_grid_set_cursor (ScopeNumberGrid *self, guint row, guint column)
{
  g_return_if_fail (SCOPE_IS_NUMBER_GRID (self));
  gboolean rows = row != self->row, columns = column != self->column;
  if (!rows && !columns)
    return;
  self->row = row;
  self->column = column;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (rows)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ROW]);
  if (columns)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_COLUMN]);
}

/* Whether there is a cell at the place. */
static gboolean
find_cell (ScopeNumberGrid *self, double x, double y, guint *row, guint *column)
{
  double across = (x - self->heading) / cell_width (self), down = y / self->line - 1;
  if (across < 0 || down < 0 || across >= self->n_columns || down >= self->n_rows)
    return FALSE;
  *row = (guint)down;
  *column = (guint)across;
  return TRUE;
}

static void
pressed_cb (ScopeNumberGrid *self, int presses, double x, double y)
{
  guint row, column;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!find_cell (self, x, y, &row, &column))
    return;
  scope_number_grid_set_cursor (self, row, column);
  if (presses == 2)
    g_signal_emit (self, signals[SIGNAL_ACTIVATED], 0);
}

static guint
moved (guint at, int step, guint count)
{
  return step < 0 ? (at > 0 ? at - 1 : 0) : MIN (at + 1, count - 1);
}

static gboolean
move (ScopeNumberGrid *self, guint key)
{
  guint row = self->row, column = self->column;
  switch (key) {
  case GDK_KEY_Left:
  case GDK_KEY_Right:
    column = moved (column, key == GDK_KEY_Left ? -1 : 1, self->n_columns);
    break;
  case GDK_KEY_Up:
  case GDK_KEY_Down:
    row = moved (row, key == GDK_KEY_Up ? -1 : 1, self->n_rows);
    break;
  case GDK_KEY_Home:
    column = 0;
    break;
  case GDK_KEY_End:
    column = self->n_columns - 1;
    break;
  default:
    return FALSE;
  }
  scope_number_grid_set_cursor (self, row, column);
  return TRUE;
}

static gboolean
key_cb (ScopeNumberGrid *self, guint key, guint code, GdkModifierType state)
{
  if (self->n_rows == 0 || self->n_columns == 0
      || (state & gtk_accelerator_get_default_mod_mask ()) != 0)
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space) {
    g_signal_emit (self, signals[SIGNAL_ACTIVATED], 0);
    return GDK_EVENT_STOP;
  }
  return move (self, key) ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
drop (ScopeNumberGrid *self)
{
  g_clear_pointer (&self->rows, g_strfreev);
  g_clear_pointer (&self->columns, g_strfreev);
  g_clear_pointer (&self->cells, g_strfreev);
  g_clear_pointer (&self->shades, g_free);
}

void
scope_number_grid_set (ScopeNumberGrid *self, char **rows, char **columns, char **cells,
                       const double *shades)
{
  g_return_if_fail (SCOPE_IS_NUMBER_GRID (self));
  drop (self);
  self->rows = rows;
  self->columns = columns;
  self->cells = cells;
  self->n_rows = g_strv_length (rows);
  self->n_columns = g_strv_length (columns);
  self->shades = g_memdup2 (shades, (gsize)self->n_rows * self->n_columns * sizeof *shades);
  if (self->row >= self->n_rows || self->column >= self->n_columns)
    scope_number_grid_set_cursor (self, 0, 0);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
scope_number_grid_set_heading (ScopeNumberGrid *self, const char *text)
{
  g_return_if_fail (SCOPE_IS_NUMBER_GRID (self));
  g_free (self->widest);
  self->widest = g_strdup (text);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
scope_number_grid_set_mark (ScopeNumberGrid *self, guint row, guint column)
{
  g_return_if_fail (SCOPE_IS_NUMBER_GRID (self));
  self->mark_row = row;
  self->mark_column = column;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
scope_number_grid_get_row (ScopeNumberGrid *self)
{
  g_return_val_if_fail (SCOPE_IS_NUMBER_GRID (self), 0);
  return self->row;
}

guint
scope_number_grid_get_column (ScopeNumberGrid *self)
{
  g_return_val_if_fail (SCOPE_IS_NUMBER_GRID (self), 0);
  return self->column;
}

void
scope_number_grid_get_extent (ScopeNumberGrid *self, guint row, double *top, double *bottom)
{
  g_return_if_fail (SCOPE_IS_NUMBER_GRID (self));
  *top = self->line * (row + 1);
  *bottom = *top + self->line;
}

void
scope_number_grid_say (ScopeNumberGrid *self, const char *whole, const char *cursor)
{
  g_return_if_fail (SCOPE_IS_NUMBER_GRID (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, whole,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, cursor, -1);
}

static void
scope_number_grid_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const ScopeNumberGrid *self = SCOPE_NUMBER_GRID (object);
  g_value_set_uint (value, id == PROP_ROW ? self->row : self->column);
}

static void
scope_number_grid_finalize (GObject *object)
{
  drop (SCOPE_NUMBER_GRID (object));
  g_free (SCOPE_NUMBER_GRID (object)->widest);
  G_OBJECT_CLASS (scope_number_grid_parent_class)->finalize (object);
}

static void
scope_number_grid_class_init (ScopeNumberGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  object_class->get_property = scope_number_grid_get_property;
  object_class->finalize = scope_number_grid_finalize;
  props[PROP_ROW] = g_param_spec_uint ("row", NULL, NULL, 0, G_MAXUINT, 0, read);
  props[PROP_COLUMN] = g_param_spec_uint ("column", NULL, NULL, 0, G_MAXUINT, 0, read);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[SIGNAL_ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass),
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  widget_class->measure = scope_number_grid_measure;
  widget_class->snapshot = scope_number_grid_snapshot;
  gtk_widget_class_set_css_name (widget_class, "number-grid");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GRID);
}

static void
scope_number_grid_init (ScopeNumberGrid *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  self->mark_row = self->mark_column = SCOPE_NUMBER_GRID_NONE;
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}
