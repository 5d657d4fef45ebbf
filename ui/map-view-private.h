/* The inside of ScopeMapView, shared by the files that begin with map-: state (map-view.c), what
 * follows the session (map-follow.c), pictures of tiles (map-heat.c), lines and hatching
 * (map-lines.c), axes and labels (map-axes.c), the overview in the corner (map-minimap.c), the
 * crosshair's profiles (map-profile.c), crosshair, pins and selection (map-marks.c), pointer and
 * keys (map-input.c), menu and actions (map-actions.c), what is undoable (map-history.c). */
#pragma once

#include "session/tiles.h"
#include "ui/map-view.h"

G_BEGIN_DECLS

typedef struct {
  gsize row, column;
} ScopeMapCell;

/* A part of the map to be looked at: its middle, and how large. */
typedef struct {
  double row, column;
  double scale;         /* pixels a cell; 0: as large as ROWS by COLUMNS fit */
  double rows, columns; /* 0: SCALE says it */
} ScopeMapAim;

#define SCOPE_MAP_MAX_PINS  12
#define SCOPE_MAP_STRIP_GAP 8.0 /* between the map and its profiles */

struct _ScopeMapView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeTiles *tiles;
  ScopeMapGeometry geometry;
  double left, top, right, bottom; /* gutters around the plot area, pixels */
  double strip;                    /* thickness of the profiles; 0: there is no room */

  ScopeResult *overview;
  cairo_surface_t *overview_image; /* one pixel per block */
  guint32 *dropped;                /* (length + 1) dropped tokens before each; NULL: none */
  ScopeMapScale scale;
  guint scale_serial; /* of what the pictures are painted with */
  ScopeTileFields fields;
  char *shown; /* what "shown-changed" was about */

  GskRenderNode *heat;      /* the cells */
  gboolean begun;           /* the first frame was drawn, without the map */
  guint begin_source;       /* the second frame is due */
  GskRenderNode *lines;     /* hatching, boundary */
  GskRenderNode *furniture; /* axes, minimap, badge */
  GskRenderNode *profiles;
  guint prepare_source; /* pictures are to be painted */
  guint sample_source;  /* the values in sight are to be counted */
  guint request_source; /* a view to be sent to the session */
  guint zoom_source;    /* "zoom-changed" to be emitted */
  gboolean placed;      /* and a view to be asked for */
  ScopeMapAim aim;      /* to be kept in sight as the room changes; no size: nothing */

  GArray *pins;         /* ScopeMapCell */
  ScopeRange selection; /* empty: none */
  GSimpleActionGroup *actions;
  ScopeColourBar *bar; /* weak; NULL: none yet */
  GtkWidget *menu;     /* NULL until it was asked for */

  /* pointer */
  gboolean pointer_inside;
  double pointer_x, pointer_y;
  graphene_point_t pointer_place; /* on the surface, where it last moved */
  double drag_x, drag_y; /* how far the drag in progress has been applied */
  enum { SCOPE_MAP_DRAG_PAN, SCOPE_MAP_DRAG_MINIMAP, SCOPE_MAP_DRAG_SELECT } drag;
  ScopeMapCell anchor; /* where the selection in progress began */
  gboolean selecting;  /* by keys: the crosshair is its other corner */
  double pinch_scale;
};

/* map-view.c */
void scope_map_view_changed (ScopeMapView *self); /* the geometry moved: redraw and ask for cells */
void scope_map_view_redraw (ScopeMapView *self);  /* all of it */
/* The user points at a cell; MEANT: and chose it, so that it can be taken back. */
void scope_map_view_set_cursor (ScopeMapView *self, gsize row, gsize column, gboolean meant);
gboolean scope_map_view_get_cursor (ScopeMapView *self, ScopeMapCell *cell); /* FALSE: none */
void scope_map_view_set_scale (ScopeMapView *self, double scale);
void scope_map_view_aim (ScopeMapView *self, const ScopeMapAim *aim);
void scope_map_tell_shown (ScopeMapView *self);

/* map-follow.c */
void scope_map_follow (ScopeMapView *self);
void scope_map_follow_pointer (ScopeMapView *self); /* the crosshair moved */
void scope_map_scale_changed (ScopeMapView *self);  /* norm, range or palette are new */
void scope_map_count_values (ScopeMapView *self);   /* soon */
void scope_map_tell_bar (ScopeMapView *self);
void scope_map_describe (ScopeMapView *self); /* to who cannot see it */

/* map-heat.c */
GskRenderNode *scope_map_paint_heat (ScopeMapView *self);
void scope_map_prepare (ScopeMapView *self); /* paints what pictures are missing, soon */
void scope_map_paint_image (cairo_t *cr, cairo_surface_t *image, graphene_rect_t box);

/* map-lines.c */
GskRenderNode *scope_map_paint_lines (ScopeMapView *self);
void scope_map_set_dropped (ScopeMapView *self, const ScopeResult *overview);
void scope_map_paint_rail (ScopeMapView *self, cairo_t *cr);

/* map-axes.c */
/* Sets the gutters for the zoom at hand; TRUE if they changed. */
gboolean scope_map_paint_measure (ScopeMapView *self);
GskRenderNode *scope_map_paint_furniture (ScopeMapView *self);
PangoLayout *scope_map_label (ScopeMapView *self, const char *text);
/* BRIEF where TEXT is wider than ROOM. */
PangoLayout *scope_map_label_within (ScopeMapView *self, const char *text, const char *brief,
                                     double room);
double scope_map_label_height (ScopeMapView *self);
gboolean scope_map_shows_tokens (ScopeMapView *self);
void scope_map_set_ink (ScopeMapView *self, cairo_t *cr, double alpha);
/* The part of the plot area that the map covers. */
graphene_rect_t scope_map_paper (ScopeMapView *self);
/* How wide the plot's lower gutter is before its labels begin. */
double scope_map_label_edge (ScopeMapView *self);
/* Indices that something between two places along an axis would hide in part are hidden whole. */
void scope_map_veil_indices (ScopeMapView *self, GtkSnapshot *snapshot, gboolean is_row,
                             double from, double to);

/* map-minimap.c */
/* In widget coordinates; FALSE while there is none. */
gboolean scope_map_minimap_area (ScopeMapView *self, graphene_rect_t *area);
void scope_map_paint_minimap (ScopeMapView *self, cairo_t *cr);

/* map-profile.c */
GskRenderNode *scope_map_paint_profiles (ScopeMapView *self);

/* map-marks.c */
void scope_map_paint_marks (ScopeMapView *self, GtkSnapshot *snapshot);
char *scope_map_selection_words (ScopeMapView *self) G_GNUC_WARN_UNUSED_RESULT;

/* map-input.c */
void scope_map_input_class_init (GtkWidgetClass *widget_class);
void scope_map_input_init (ScopeMapView *self);

/* map-actions.c */
void scope_map_actions_class_init (GtkWidgetClass *widget_class);
void scope_map_actions_init (ScopeMapView *self);
void scope_map_actions_update (ScopeMapView *self); /* states, and what can be done now */
void scope_map_show_menu (ScopeMapView *self, double x, double y);
void scope_map_toggle_pin (ScopeMapView *self, ScopeMapCell cell);
void scope_map_select (ScopeMapView *self, ScopeRange range);     /* empty: nothing any more */
void scope_map_select_to (ScopeMapView *self, ScopeMapCell cell); /* from the anchor */
gboolean scope_map_has_selection (ScopeMapView *self);
GMenuModel *scope_map_scale_menu (void) G_GNUC_WARN_UNUSED_RESULT;

/* map-history.c */
void scope_map_history_add (ScopeMapView *self);
void scope_map_history_touch (ScopeMapView *self, const char *name);

G_END_DECLS
