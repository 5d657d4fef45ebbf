#include "ui/export-canvas.h"

#include <glib/gstdio.h>
#include <math.h>

#include "ui/texture.h"

#define MARGIN       16
#define MM_TO_POINTS (72 / 25.4)
#define POINTS_TO_MM (25.4 / 72)
#define USUAL_SCALE  (96 / 25.4) /* logical pixels for a millimetre */
/* What a screen says of itself is believed from 50 to 500 dpi. */
#define LEAST_SCALE (50 / 25.4)
#define MOST_SCALE  (500 / 25.4)
/* Dragged files are for the program that takes them: older ones go. */
#define DRAGGED_SECONDS (24 * 3600)

struct _ScopeExportCanvas {
  GtkWidget parent;
  ScopePreview *preview;
  double zoom;
  double scale;         /* logical pixels for a millimetre */
  gboolean scale_known; /* the screen says its size */
  double width_mm, height_mm; /* of the newest figure */
  GdkTexture *texture;
  GCancellable *drawing; /* NULL: nothing is being drawn */
  gboolean drawn;        /* TEXTURE is the newest figure, as large as it should be */
  char *name;
};

enum { PROP_0, PROP_ZOOM, PROP_DRAWN, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (ScopeExportCanvas, scope_export_canvas, GTK_TYPE_WIDGET)

/* --- scale --------------------------------------------------------------------------------------
 */

/* Of the screen that the window is on. The X server is asked where that is, and waited for: not for
 * every frame. */
static void
find_scale (ScopeExportCanvas *self)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  GdkSurface *surface = native != NULL ? gtk_native_get_surface (native) : NULL;
  GdkMonitor *monitor
      = surface != NULL
            ? gdk_display_get_monitor_at_surface (gdk_surface_get_display (surface), surface)
            : NULL;
  GdkRectangle geometry = { 0 };
  double scale = 0;
  if (monitor != NULL && gdk_monitor_get_width_mm (monitor) > 0) {
    gdk_monitor_get_geometry (monitor, &geometry);
    scale = (double)geometry.width / gdk_monitor_get_width_mm (monitor);
  }
  self->scale_known = scale >= LEAST_SCALE && scale <= MOST_SCALE;
  self->scale = self->scale_known ? scale : USUAL_SCALE;
}

double
scope_export_canvas_get_scale (ScopeExportCanvas *self, gboolean *known)
{
  g_return_val_if_fail (SCOPE_IS_EXPORT_CANVAS (self), USUAL_SCALE);
  *known = self->scale_known;
  return self->scale;
}

/* Logical pixels for a millimetre, as it is zoomed. */
static double
shown_scale (ScopeExportCanvas *self)
{
  return self->zoom * self->scale;
}

/* --- drawing, on a thread of its own
 * --------------------------------------------------------------
 */

typedef struct {
  GWeakRef canvas;
  ScopeFigure *figure;
  double scale; /* device pixels for a point */
  int width, height;
} Drawing;

static void
drawing_free (gpointer data)
{
  Drawing *drawing = data;
  g_weak_ref_clear (&drawing->canvas);
  scope_figure_unref (drawing->figure);
  g_free (drawing);
}

static void
draw_figure (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Drawing *drawing = data;
  cairo_surface_t *surface
      = cairo_image_surface_create (CAIRO_FORMAT_RGB24, drawing->width, drawing->height);
  cairo_t *cr = cairo_create (surface);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, drawing->scale, drawing->scale);
  scope_figure_draw (drawing->figure, cr, drawing->scale, FALSE);
  cairo_destroy (cr);
  g_task_return_pointer (task, scope_texture_opaque (surface), g_object_unref);
  cairo_surface_destroy (surface);
}

static void
drawn_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Drawing *drawing = g_task_get_task_data (G_TASK (result));
  g_autoptr (ScopeExportCanvas) self = g_weak_ref_get (&drawing->canvas);
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), NULL);
  if (self == NULL || texture == NULL || g_task_get_cancellable (G_TASK (result)) != self->drawing)
    return;
  g_clear_object (&self->drawing);
  g_set_object (&self->texture, texture);
  self->drawn = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DRAWN]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
stop_drawing (ScopeExportCanvas *self)
{
  if (self->drawing != NULL)
    g_cancellable_cancel (self->drawing);
  g_clear_object (&self->drawing);
}

static void
redraw (ScopeExportCanvas *self)
{
  ScopeFigure *figure = self->preview != NULL ? scope_preview_get_figure (self->preview) : NULL;
  stop_drawing (self);
  self->drawn = FALSE;
  if (figure == NULL) {
    g_clear_object (&self->texture);
    gtk_widget_queue_draw (GTK_WIDGET (self));
    return;
  }
  Drawing *drawing = g_new0 (Drawing, 1);
  double pixels = shown_scale (self) * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  g_weak_ref_init (&drawing->canvas, self);
  drawing->figure = scope_figure_ref (figure);
  drawing->scale = pixels * POINTS_TO_MM;
  drawing->width = MAX (1, (int)ceil (self->width_mm * pixels));
  drawing->height = MAX (1, (int)ceil (self->height_mm * pixels));
  self->drawing = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (NULL, self->drawing, drawn_cb, NULL);
  g_task_set_task_data (task, drawing, drawing_free);
  g_task_run_in_thread (task, draw_figure);
}

static void
scope_export_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeExportCanvas *self = SCOPE_EXPORT_CANVAS (widget);
  if (self->texture == NULL)
    return;
  double scale = shown_scale (self);
  float width = (float)(self->width_mm * scale), height = (float)(self->height_mm * scale);
  float x = floorf (((float)gtk_widget_get_width (widget) - width) / 2);
  float y = floorf (((float)gtk_widget_get_height (widget) - height) / 2);
  const graphene_rect_t paper = GRAPHENE_RECT_INIT (x, y, width, height);
  const GdkRGBA shade = { 0, 0, 0, 0.35f };
  GskRoundedRect outline;
  gsk_rounded_rect_init_from_rect (&outline, &paper, 0);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &shade, 0, 1, 1, 6);
  gtk_snapshot_append_texture (snapshot, self->texture, &paper);
}

static void
scope_export_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                             int *minimum, int *natural, int *minimum_baseline,
                             int *natural_baseline)
{
  ScopeExportCanvas *self = SCOPE_EXPORT_CANVAS (widget);
  double mm = orientation == GTK_ORIENTATION_HORIZONTAL ? self->width_mm : self->height_mm;
  *minimum = *natural = 2 * MARGIN + (int)ceil (mm * shown_scale (self));
}

/* --- dragging out --------------------------------------------------------------------------------
 */

static void
remove_old (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gint64 limit = g_get_real_time () / G_USEC_PER_SEC - DRAGGED_SECONDS;
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    GStatBuf info;
    if (g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_mtime < limit)
      g_unlink (path);
  }
}

/* The file in the chosen format (a folder of data is none: then PNG), or NULL. */
static char *
write_dragged (ScopeExportCanvas *self)
{
  ScopeFileFormat format = scope_preview_get_format (self->preview);
  if (format >= SCOPE_N_PICTURES)
    format = SCOPE_FILE_PNG;
  GBytes *bytes = scope_preview_get_bytes (self->preview, format);
  g_autofree char *folder
      = g_build_filename (g_get_user_cache_dir (), "mambascope", "dragged", NULL);
  g_autofree char *name = g_strconcat (self->name != NULL ? self->name : "figure", ".",
                                       scope_file_ending (format), NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  if (bytes == NULL || g_mkdir_with_parents (folder, 0700) != 0)
    return NULL;
  remove_old (folder);
  if (!g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes),
                            NULL))
    return NULL;
  return g_steal_pointer (&path);
}

static GdkContentProvider *
drag_prepare_cb (GtkDragSource *source, double x, double y, ScopeExportCanvas *self)
{
  if (!scope_preview_is_ready (self->preview))
    return NULL;
  g_autofree char *path = write_dragged (self);
  return scope_export_content (self->preview, path);
}

static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, ScopeExportCanvas *self)
{
  if (self->texture != NULL)
    gtk_drag_source_set_icon (source, GDK_PAINTABLE (self->texture), 16, 16);
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static void
scope_export_canvas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeExportCanvas *self = SCOPE_EXPORT_CANVAS (object);
  if (id == PROP_ZOOM)
    g_value_set_double (value, self->zoom);
  else
    g_value_set_boolean (value, self->drawn);
}

static void
scope_export_canvas_dispose (GObject *object)
{
  ScopeExportCanvas *self = SCOPE_EXPORT_CANVAS (object);
  stop_drawing (self);
  g_clear_object (&self->texture);
  g_clear_object (&self->preview);
  G_OBJECT_CLASS (scope_export_canvas_parent_class)->dispose (object);
}

static void
scope_export_canvas_finalize (GObject *object)
{
  g_free (SCOPE_EXPORT_CANVAS (object)->name);
  G_OBJECT_CLASS (scope_export_canvas_parent_class)->finalize (object);
}

static void
monitor_cb (ScopeExportCanvas *self)
{
  double before = self->scale;
  find_scale (self);
  if (self->scale == before)
    return;
  gtk_widget_queue_resize (GTK_WIDGET (self));
  redraw (self);
}

/* The monitor is known from now on. */
static void
scope_export_canvas_realize (GtkWidget *widget)
{
  ScopeExportCanvas *self = SCOPE_EXPORT_CANVAS (widget);
  GTK_WIDGET_CLASS (scope_export_canvas_parent_class)->realize (widget);
  GdkSurface *surface = gtk_native_get_surface (gtk_widget_get_native (widget));
  g_signal_connect_object (surface, "enter-monitor", G_CALLBACK (monitor_cb), self,
                           G_CONNECT_SWAPPED);
  find_scale (self);
  redraw (self);
}

static void
scope_export_canvas_class_init (ScopeExportCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  object_class->get_property = scope_export_canvas_get_property;
  object_class->dispose = scope_export_canvas_dispose;
  object_class->finalize = scope_export_canvas_finalize;
  widget_class->snapshot = scope_export_canvas_snapshot;
  widget_class->measure = scope_export_canvas_measure;
  widget_class->realize = scope_export_canvas_realize;
  properties[PROP_ZOOM]
      = g_param_spec_double ("zoom", NULL, NULL, SCOPE_EXPORT_ZOOM_LEAST, SCOPE_EXPORT_ZOOM_MOST, 1,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_DRAWN] = g_param_spec_boolean ("drawn", NULL, NULL, FALSE,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  gtk_widget_class_set_css_name (widget_class, "export-canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_export_canvas_init (ScopeExportCanvas *self)
{
  GtkDragSource *drag = gtk_drag_source_new ();
  self->zoom = 1;
  self->scale = USUAL_SCALE;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  g_signal_connect (drag, "prepare", G_CALLBACK (drag_prepare_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (redraw), NULL);
}

static void
figure_changed_cb (ScopeExportCanvas *self)
{
  ScopeFigure *figure = scope_preview_get_figure (self->preview);
  double width = 0, height = 0;
  if (figure != NULL)
    scope_figure_size (figure, &width, &height);
  self->width_mm = width * POINTS_TO_MM;
  self->height_mm = height * POINTS_TO_MM;
  g_autofree char *label = figure != NULL
                               ? g_strdup_printf ("Preview of the figure, %.1f by %.1f millimetres",
                                                  self->width_mm, self->height_mm)
                               : g_strdup ("Preview: no figure yet");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  redraw (self);
}

void
scope_export_canvas_set_preview (ScopeExportCanvas *self, ScopePreview *preview)
{
  g_return_if_fail (SCOPE_IS_EXPORT_CANVAS (self) && self->preview == NULL);
  self->preview = g_object_ref (preview);
  g_signal_connect_object (preview, "notify::figure", G_CALLBACK (figure_changed_cb), self,
                           G_CONNECT_SWAPPED);
  figure_changed_cb (self);
}

void
scope_export_canvas_get_size (ScopeExportCanvas *self, double *width_mm, double *height_mm)
{
  g_return_if_fail (SCOPE_IS_EXPORT_CANVAS (self));
  *width_mm = self->width_mm;
  *height_mm = self->height_mm;
}

double
scope_export_canvas_get_zoom (ScopeExportCanvas *self)
{
  g_return_val_if_fail (SCOPE_IS_EXPORT_CANVAS (self), 1);
  return self->zoom;
}

void
scope_export_canvas_set_zoom (ScopeExportCanvas *self, double zoom)
{
  g_return_if_fail (SCOPE_IS_EXPORT_CANVAS (self));
  zoom = CLAMP (zoom, SCOPE_EXPORT_ZOOM_LEAST, SCOPE_EXPORT_ZOOM_MOST);
  if (zoom == self->zoom)
    return;
  self->zoom = zoom;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  redraw (self);
}

void
scope_export_canvas_set_name (ScopeExportCanvas *self, const char *name)
{
  g_return_if_fail (SCOPE_IS_EXPORT_CANVAS (self));
  char *copy = g_strdup (name);
  g_free (self->name);
  self->name = copy;
}

gboolean
scope_export_canvas_is_drawn (ScopeExportCanvas *self)
{
  g_return_val_if_fail (SCOPE_IS_EXPORT_CANVAS (self), FALSE);
  return self->drawn;
}
