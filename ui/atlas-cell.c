#include "ui/atlas-cell.h"

#include <math.h>

#include "export/number.h"
#include "ui/colours.h"
#include "ui/format.h"

#define PAD       4
#define ICON      0.8          /* of a line */
#define WIDEST    "−0.0012345" /* what a value may take */
#define WIDE      2            /* values fit below the picture: then one stands beside the name */
#define TEXT_SIZE 0.86

/* 0xAARRGGBB, not premultiplied. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define STRAIGHT_FORMAT GDK_MEMORY_B8G8R8A8
#else
#define STRAIGHT_FORMAT GDK_MEMORY_A8R8G8B8
#endif

struct _ScopeAtlasCell {
  GtkWidget parent;
  ScopeAtlas *atlas;
  ScopeSession *session;
  guint index;
  int size;

  /* What is drawn. */
  GBytes *picture;
  ScopePalette palette;
  GdkTexture *texture;
  char *name, *value, *spoken;
  ScopeAtlasSort sort; /* that VALUE is of */
  gboolean global;
  PangoLayout *layouts[3]; /* name, class, value; NULL: to be made */
  int line, widest;        /* of the text; 0: to be measured */
};

enum { LAYOUT_NAME, LAYOUT_CLASS, LAYOUT_VALUE };

G_DEFINE_FINAL_TYPE (ScopeAtlasCell, scope_atlas_cell, GTK_TYPE_WIDGET)

char *
scope_atlas_format_value (ScopeAtlasSort sort, double value)
{
  if (isnan (value))
    return g_strdup ("…");
  if (sort == SCOPE_ATLAS_BY_FIELD)
    return scope_format_count ((gsize)value);
  if (sort == SCOPE_ATLAS_BY_KEPT)
    return scope_format_percent (value);
  if (isinf (value))
    return g_strdup ("∞");
  /* Numbers beside one another keep their zeros. */
  double size = fabs (value);
  return value == 0 || (size >= 1e-3 && size < 1e5) ? scope_write_significant (value, 4)
                                                    : scope_format_value (value);
}

/* --- drawing ------------------------------------------------------------------------------------
 */

static const guint32 *
colours (ScopePalette palette)
{
  static guint32 table[256];
  static gboolean made;
  static ScopePalette of;
  if (!made || of != palette)
    for (guint k = 1; k < 256; k++)
      table[k] = scope_palette_colour (palette, (k - 1) / 254.0);
  made = TRUE;
  of = palette;
  return table; /* 0 stays transparent: above the diagonal there is nothing */
}

/* What a pixel shows: of block FIRST so many 256ths, the rest of the next one. */
typedef struct {
  guint first, share;
} Mix;

static Mix *
make_mixes (gsize width, gsize side)
{
  Mix *mixes = g_new (Mix, width);
  for (gsize k = 0; k < width; k++) {
    gsize begin = k * side, edge = (begin / width + 1) * width; /* in WIDTH-ths of a block */
    guint share = begin + side <= edge ? 256 : (guint)((edge - begin) * 256 / side);
    mixes[k] = (Mix){ (guint)(begin / width), share };
  }
  return mixes;
}

/* Two channels at a time. */
static inline guint32
mix (guint32 a, guint32 b, guint share)
{
  const guint32 pair = 0x00ff00ff, half = 0x00800080;
  guint rest = 256 - share;
  guint32 low = ((a & pair) * share + (b & pair) * rest + half) >> 8;
  guint32 high = ((a >> 8) & pair) * share + ((b >> 8) & pair) * rest + half;
  return (low & pair) | (high & ~pair);
}

/* A row of blocks, and an end for the last to be mixed with. */
static void
mix_along (const guint8 *blocks, const guint32 *table, const Mix *mixes, gsize width, gsize side,
           guint32 *out)
{
  for (gsize k = 0; k < width; k++) {
    guint first = mixes[k].first, next = first + 1 < side ? first + 1 : first;
    out[k] = mix (table[blocks[first]], table[blocks[next]], mixes[k].share);
  }
}

/* A pixel on the diagonal is transparent in part: its colours as they are without that. */
static inline guint32
straight (guint32 pixel)
{
  guint alpha = pixel >> 24, out = alpha << 24;
  if (alpha == 0 || alpha == 255)
    return pixel;
  for (guint shift = 0; shift < 24; shift += 8)
    out |= MIN ((pixel >> shift & 255) * 255 / alpha, 255) << shift;
  return out;
}

/* Of just as many pixels as it is shown with, so that no renderer has to scale it, frame by frame,
 * nor blurs blocks that are whole pixels wide. WIDTH is at least SIDE: a pixel touches two blocks a
 * way at most. */
static GdkTexture *
make_texture (const guint8 *picture, gsize side, gsize width, ScopePalette palette)
{
  const guint32 *table = colours (palette);
  g_autofree Mix *mixes = make_mixes (width, side);
  g_autofree guint32 *lines = g_new (guint32, 2 * width);
  guint32 *pixels = g_new (guint32, width * width), *here = lines, *below = lines + width;
  mix_along (picture, table, mixes, width, side, below);
  for (gsize r = 0; r < width; r++) {
    gsize block = mixes[r].first;
    if (r == 0 || block != mixes[r - 1].first) { /* one row of blocks on */
      guint32 *free_line = here;
      here = below;
      below = free_line;
      mix_along (picture + MIN (block + 1, side - 1) * side, table, mixes, width, side, below);
    }
    for (gsize c = 0; c < width; c++)
      pixels[r * width + c] = straight (mix (here[c], below[c], mixes[r].share));
  }
  /* Without GL, GTK 4.8 is three times as slow to paint the premultiplied formats. */
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, width * width * sizeof *pixels);
  return gdk_memory_texture_new ((int)width, (int)width, STRAIGHT_FORMAT, bytes,
                                 width * sizeof *pixels);
}

static void
append_picture (ScopeAtlasCell *self, GtkSnapshot *snapshot, float x, const GdkRGBA *colour)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x, PAD, (float)self->size, (float)self->size);
  GdkRGBA faint = *colour;
  gsize side;
  GBytes *picture = scope_atlas_thumbnail (self->atlas, self->index, &side);
  if (picture == NULL) { /* on its way */
    faint.alpha *= 0.07f;
    gtk_snapshot_append_color (snapshot, &faint, &bounds);
    return;
  }
  if (self->texture == NULL) {
    gsize pixels = (gsize)self->size * (gsize)gtk_widget_get_scale_factor (GTK_WIDGET (self));
    self->texture
        = make_texture (g_bytes_get_data (picture, NULL), side, MAX (pixels, side), self->palette);
  }
  gtk_snapshot_append_texture (snapshot, self->texture, &bounds);
}

static PangoLayout *
make_layout (ScopeAtlasCell *self, const char *text, gboolean bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  /* A number's sign stands before it, whatever the desktop's language. */
  pango_context_set_base_dir (pango_layout_get_context (layout), PANGO_DIRECTION_LTR);
  pango_attr_list_insert (attributes, pango_attr_scale_new (TEXT_SIZE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static PangoLayout *
layout_of (ScopeAtlasCell *self, guint which, const char *text)
{
  if (self->layouts[which] == NULL)
    self->layouts[which] = make_layout (self, text, which == LAYOUT_NAME);
  return self->layouts[which];
}

static void
append_text (GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, const GdkRGBA *colour)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

/* The icon of the class, in its colour: the same as in the sidebar. */
static void
append_icon (ScopeAtlasCell *self, GtkSnapshot *snapshot, double x, double y, int size)
{
  GtkWidget *widget = GTK_WIDGET (self);
  const char *name = self->global ? "scope-global-symbolic" : "scope-local-symbolic";
  GdkRGBA colour = scope_named_colour (widget, self->global ? "scope_global" : "scope_local");
  g_autoptr (GtkIconPaintable) icon = gtk_icon_theme_lookup_icon (
      gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)), name, NULL, size,
      gtk_widget_get_scale_factor (widget), gtk_widget_get_direction (widget), 0);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, size, size,
                                            &colour, 1);
  gtk_snapshot_restore (snapshot);
}

/* The same for all cells, so that the grid need not ask each. */
static void
measure_text (ScopeAtlasCell *self)
{
  if (self->line > 0)
    return;
  g_autoptr (PangoLayout) sample = make_layout (self, WIDEST, FALSE);
  pango_layout_get_pixel_size (sample, &self->widest, &self->line);
}

static gboolean
is_wide (ScopeAtlasCell *self)
{
  return self->size >= WIDE * self->widest;
}

static void
append_words (ScopeAtlasCell *self, GtkSnapshot *snapshot, double left, const GdkRGBA *colour)
{
  PangoLayout *name = layout_of (self, LAYOUT_NAME, self->name);
  PangoLayout *kind = layout_of (self, LAYOUT_CLASS, self->global ? "global" : "local");
  PangoLayout *value = layout_of (self, LAYOUT_VALUE, self->value);
  gboolean wide = is_wide (self);
  int line = self->line, icon = (int)(ICON * line), width;
  double top = PAD + self->size + 2, end = left + MAX (self->size, self->widest);
  pango_layout_get_pixel_size (value, &width, NULL);
  append_text (snapshot, name, left, top, colour);
  append_icon (self, snapshot, left, top + line + (line - icon) / 2.0, icon);
  append_text (snapshot, kind, left + icon + 4, top + line, colour);
  append_text (snapshot, value, wide ? end - width : left, wide ? top : top + 2 * line, colour);
}

static void
scope_atlas_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeAtlasCell *self = SCOPE_ATLAS_CELL (widget);
  GdkRGBA colour;
  if (self->index == G_MAXUINT || self->name == NULL)
    return;
  measure_text (self);
  int wide = MAX (self->size, self->widest);
  float left = floorf ((float)(gtk_widget_get_width (widget) - wide) / 2);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  append_picture (self, snapshot, left, &colour);
  append_words (self, snapshot, left, &colour);
}

static void
scope_atlas_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  ScopeAtlasCell *self = SCOPE_ATLAS_CELL (widget);
  measure_text (self);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = MAX (self->size, self->widest) + 2 * PAD;
  else
    *minimum = self->size + 2 * PAD + 2 + (is_wide (self) ? 2 : 3) * self->line;
  *natural = *minimum;
}

/* --- contents -----------------------------------------------------------------------------------
 */

static void
clear_layouts (ScopeAtlasCell *self)
{
  for (guint k = 0; k < G_N_ELEMENTS (self->layouts); k++)
    g_clear_object (&self->layouts[k]);
}

static char *
describe (ScopeAtlasCell *self, const ScopeAtlasEntry *entry)
{
  static const char *const measures[SCOPE_ATLAS_N_SORTS]
      = { "ln decay", "field", "half-life", "kept", "similarity", "ln decay" };
  const char *noun = scope_format_channel_noun (scope_session_get_model (self->session));
  return g_strdup_printf ("Layer %" G_GSIZE_FORMAT ", %s %" G_GSIZE_FORMAT ", %s, %s %s",
                          entry->layer, noun, entry->channel, entry->global ? "global" : "local",
                          measures[scope_atlas_get_sort (self->atlas)], self->value);
}

static void
speak (ScopeAtlasCell *self)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  self->spoken, -1);
  if (item != NULL) /* has the focus of the keyboard */
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    self->spoken, -1);
}

static gboolean
refresh_words (ScopeAtlasCell *self)
{
  ScopeAtlasEntry entry;
  if (!scope_atlas_entry (self->atlas, self->index, &entry))
    return FALSE;
  gboolean model = scope_atlas_get_scope (self->atlas) == SCOPE_ATLAS_MODEL;
  g_autofree char *name
      = model ? g_strdup_printf ("%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT, entry.layer, entry.channel)
              : g_strdup_printf ("%" G_GSIZE_FORMAT, entry.channel);
  ScopeAtlasSort sort = scope_atlas_get_sort (self->atlas);
  g_autofree char *value = scope_atlas_format_value (sort, entry.value);
  if (g_strcmp0 (name, self->name) == 0 && g_strcmp0 (value, self->value) == 0
      && entry.global == self->global && sort == self->sort)
    return FALSE;
  g_free (self->name);
  g_free (self->value);
  self->name = g_steal_pointer (&name);
  self->value = g_steal_pointer (&value);
  self->global = entry.global;
  self->sort = sort;
  clear_layouts (self);
  g_free (self->spoken);
  self->spoken = describe (self, &entry);
  speak (self);
  return TRUE;
}

static gboolean
refresh_picture (ScopeAtlasCell *self)
{
  GBytes *picture = scope_atlas_thumbnail (self->atlas, self->index, NULL);
  ScopePalette palette = scope_session_get_palette (self->session);
  if (picture == self->picture && palette == self->palette)
    return FALSE;
  g_clear_pointer (&self->picture, g_bytes_unref);
  self->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  self->palette = palette;
  g_clear_object (&self->texture);
  return TRUE;
}

void
scope_atlas_cell_refresh (ScopeAtlasCell *self)
{
  g_return_if_fail (SCOPE_IS_ATLAS_CELL (self));
  if (self->index == G_MAXUINT)
    return;
  gboolean words = refresh_words (self), picture = refresh_picture (self);
  if (words || picture)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_atlas_cell_set_index (ScopeAtlasCell *self, guint index)
{
  g_return_if_fail (SCOPE_IS_ATLAS_CELL (self));
  self->index = index;
  scope_atlas_cell_refresh (self);
}

guint
scope_atlas_cell_get_index (ScopeAtlasCell *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS_CELL (self), 0);
  return self->index;
}

void
scope_atlas_cell_set_size (ScopeAtlasCell *self, int size)
{
  g_return_if_fail (SCOPE_IS_ATLAS_CELL (self) && size > 0);
  if (size == self->size)
    return;
  self->size = size;
  g_clear_object (&self->texture);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

const char *
scope_atlas_cell_get_words (ScopeAtlasCell *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS_CELL (self), NULL);
  return self->index != G_MAXUINT ? self->spoken : NULL;
}

/* --- the object ---------------------------------------------------------------------------------
 */

static gboolean
scope_atlas_cell_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                                GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, SCOPE_ATLAS_CELL (widget)->spoken);
  return SCOPE_ATLAS_CELL (widget)->spoken != NULL;
}

static void
scope_atlas_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_atlas_cell_parent_class)->css_changed (widget, change);
  clear_layouts (SCOPE_ATLAS_CELL (widget));
  SCOPE_ATLAS_CELL (widget)->line = 0;
  gtk_widget_queue_resize (widget);
}

static void
scope_atlas_cell_dispose (GObject *object)
{
  ScopeAtlasCell *self = SCOPE_ATLAS_CELL (object);
  clear_layouts (self);
  g_clear_pointer (&self->picture, g_bytes_unref);
  g_clear_object (&self->texture);
  g_clear_object (&self->atlas);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_atlas_cell_parent_class)->dispose (object);
}

static void
scope_atlas_cell_finalize (GObject *object)
{
  ScopeAtlasCell *self = SCOPE_ATLAS_CELL (object);
  g_free (self->name);
  g_free (self->value);
  g_free (self->spoken);
  G_OBJECT_CLASS (scope_atlas_cell_parent_class)->finalize (object);
}

static void
scope_atlas_cell_class_init (ScopeAtlasCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_atlas_cell_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_atlas_cell_finalize;
  widget_class->measure = scope_atlas_cell_measure;
  widget_class->snapshot = scope_atlas_cell_snapshot;
  widget_class->css_changed = scope_atlas_cell_css_changed;
  widget_class->query_tooltip = scope_atlas_cell_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "atlas-cell");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_atlas_cell_init (ScopeAtlasCell *self)
{
  self->size = SCOPE_ATLAS_SIDE;
  self->index = G_MAXUINT;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
scope_atlas_cell_new (ScopeAtlas *atlas, ScopeSession *session)
{
  ScopeAtlasCell *self = g_object_new (SCOPE_TYPE_ATLAS_CELL, NULL);
  self->atlas = g_object_ref (atlas);
  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
