/* Inside the recipe: what JSON becomes, shared by parser, writer, presets and runner. */
#pragma once

#include "analysis/channel-atlas.h"
#include "analysis/result.h"
#include "analysis/windows.h"
#include "base/json.h"
#include "export/normalise.h"
#include "export/recipe.h"

G_BEGIN_DECLS

#define SCOPE_RECIPE_MAX_PANELS 64
#define SCOPE_RECIPE_MAX_BINS   4096
#define SCOPE_RECIPE_MAX_LIST   64   /* lengths, filters, values of θ */
#define SCOPE_RECIPE_MAX_CHANNELS 4096 /* listed ones */
#define SCOPE_RECIPE_MAX_TILES  400
#define SCOPE_RECIPE_MAX_SPAN   4096 /* tokens of a strip */
#define SCOPE_RECIPE_DPI        600.0

typedef enum {
  SCOPE_PANEL_MAP,
  SCOPE_PANEL_ATLAS,
  SCOPE_PANEL_DECAY,
  SCOPE_PANEL_FIELDS,
  SCOPE_PANEL_SWEEP,
  SCOPE_PANEL_STRIP,
  SCOPE_PANEL_COMPARE,
  SCOPE_PANEL_LAYERS,
  SCOPE_N_PANEL_KINDS
} ScopePanelKind;
extern const char *const scope_panel_kind_names[SCOPE_N_PANEL_KINDS + 1]; /* NULL at the end */

typedef enum {
  SCOPE_COMPARE_SPLIT, /* the second filter's map mirrored above the diagonal */
  SCOPE_COMPARE_SIDE,  /* side by side */
  SCOPE_COMPARE_DIFFERENCE, /* second minus first */
  SCOPE_COMPARE_DECAY,      /* the channel's cumulative decay, a line each */
  SCOPE_COMPARE_TEXT,       /* a row over the text, second minus first */
  SCOPE_N_COMPARE_MODES
} ScopeCompareMode;
extern const char *const scope_compare_mode_names[SCOPE_N_COMPARE_MODES + 1];

typedef enum {
  SCOPE_CLASSES_ALL,
  SCOPE_CLASSES_GLOBAL,
  SCOPE_CLASSES_LOCAL,
  SCOPE_CLASSES_NONE, /* DECAY: the listed channels alone */
  SCOPE_N_CLASSES
} ScopePanelClasses;
extern const char *const scope_panel_classes_names[SCOPE_N_CLASSES + 1];

typedef struct {
  ScopePanelKind kind;
  char *model, *text;    /* NULL: the recipe's */
  gsize tokens;          /* use the first so many; 0: all */
  gssize layer;          /* -1: all (atlas only) */
  gssize channel;        /* -1: all (decay only) */
  ScopeMatrixKind matrix;
  char *filter;          /* as --filter; never NULL */
  gsize bins;
  ScopeReduce reduce;
  char *title;           /* NULL: what the analysis calls it */
  gboolean has_range;
  ScopeRange range;
  ScopePanelLook look;
  ScopeNormalise normalise;  /* MAP */
  char *mark;                /* MAP: the filter whose dropped tokens are marked; or NULL */
  ScopeCompareMode mode;     /* COMPARE */
  GPtrArray *filters;        /* COMPARE: two; SWEEP: its lines (char *) */
  GArray *lengths;           /* SWEEP (double, whole), ascending */
  gsize score, windows;      /* SWEEP */
  ScopeProtocol protocol;    /* SWEEP */
  GArray *channels;          /* DECAY: these (double, whole); or NULL */
  ScopePanelClasses classes; /* DECAY: and these; ATLAS: only these */
  double theta;              /* DECAY, FIELDS, ATLAS: θ of the classes; 0: the filter's */
  gboolean before;           /* DECAY: the same channels without the filter too */
  gsize count, tile_columns; /* ATLAS; 0: chosen */
  int sort;                  /* ATLAS: a ScopeAtlasSort; -1: spread evenly, by decay over L */
  gboolean descending;       /* ATLAS with a sort: the largest first */
  gsize first;               /* ATLAS with a sort: the place of its first channel */
  gsize like[2];             /* ATLAS by similarity: to this layer's channel */
  ScopeStripValue value;     /* STRIP */
  gssize query;              /* STRIP of a row: -1: the last token */
  gssize key;                /* STRIP of a column: -1: the first token shown */
  gsize span[2];             /* STRIP: tokens shown, half open; both 0: all up to the limit */
  GArray *thetas;            /* LAYERS (double) */
} ScopeRecipePanel;

typedef struct {
  char *name; /* "maps", …; NULL: no preset */
  gssize layer, channel; /* -1: chosen when run */
  char *filter;
} ScopeRecipePreset;

struct _ScopeRecipe {
  char *model, *text; /* may be NULL where the runner is given an open model */
  char *title, *caption; /* NULL: none */
  ScopeStyle style;   /* its font is FONT, or the caller's */
  char *font;
  double dpi;
  guint columns; /* 0: chosen */
  gsize train_length; /* 0: as the filter context finds it */
  double epsilon;     /* of all receptive fields */
  ScopeRecipePreset preset;
  GPtrArray *panels; /* ScopeRecipePanel; empty while there is a preset to expand */
};

extern const char *const scope_strip_value_names[SCOPE_N_STRIPS + 1]; /* "attention", ... */

ScopeRecipe *scope_recipe_new (void);
ScopeRecipePanel *scope_recipe_panel_new (ScopePanelKind kind);
/* Adds a copy of FILTER to those of PANEL. */
void scope_recipe_panel_add_filter (ScopeRecipePanel *panel, const char *filter);
/* The panel's own look from now on, starting from the style's. */
void scope_recipe_panel_own (ScopeRecipePanel *panel, const ScopeStyle *style);
/* TRUE if the preset asks where the story is. */
gboolean scope_recipe_preset_wants_story (const char *name);

/* What the chooser must know of a text to pick a preset's panels. */
typedef struct {
  gsize layers, channels;
  const ScopeMatrix *classes; /* (layers, channels) ln decay over the calibration window */
  double ln_theta;
  gsize tokens, train_length;
  const char *noun; /* "channel" or "head" */
  const ScopeMatrix *story; /* (layers, channels) of recipe.h; or NULL */
} ScopeRecipeFacts;
/* Turns the preset into panels; afterwards the recipe has none. */
gboolean scope_recipe_expand (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error);

/* --- reading JSON (recipe-reader.c) -------------------------------------------------------------- */
/* One object being read. After the first error the rest is skipped, and GOOD is FALSE. */
typedef struct {
  JsonObject *object;
  const char *name, *path;
  GError **error;
  gboolean good;
} ScopeRecipeReader;

/* An object at NODE; its GOOD says whether it is one. */
ScopeRecipeReader scope_recipe_reader_open (JsonNode *node, const char *name, const char *path, GError **error);
/* One line, whatever the recipe's own words hold. MEMBER may be NULL. */
void scope_recipe_reader_fail (ScopeRecipeReader *self, const char *member, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* Each gives VALUE where the member is absent. */
gint64 scope_recipe_read_integer (ScopeRecipeReader *self, const char *member, gint64 low, gint64 high,
                             gint64 value);
double scope_recipe_read_double (ScopeRecipeReader *self, const char *member, double low, double high,
                            double value);
gboolean scope_recipe_read_boolean (ScopeRecipeReader *self, const char *member, gboolean value);
/* NULL where it is absent; an empty one is refused. */
const char *scope_recipe_read_string (ScopeRecipeReader *self, const char *member, gboolean required);
/* Its place in NAMES (NULL at the end). */
int scope_recipe_read_name (ScopeRecipeReader *self, const char *member, const char *const *names, int value);
/* COUNT numbers; FALSE if the member is absent or wrong. */
gboolean scope_recipe_read_numbers (ScopeRecipeReader *self, const char *member, gsize count, double *out);
/* 1 to MOST numbers of [LOW, HIGH], or NULL; whole ones if WHOLE. */
GArray *scope_recipe_read_number_list (ScopeRecipeReader *self, const char *member, double low, double high,
                                  gboolean whole, guint most);
/* 1 to SCOPE_RECIPE_MAX_LIST strings, or NULL. */
GPtrArray *scope_recipe_read_strings (ScopeRecipeReader *self, const char *member);
/* KNOWN ends with NULL. */
void scope_recipe_read_members (ScopeRecipeReader *self, const char *const *known);

/* The ends of a value range, for a norm of this kind. (recipe-parse.c) */
gboolean scope_recipe_check_ends (ScopeRecipeReader *in, const char *member, ScopeNormKind norm,
                                  const double ends[2]);
/* Adds a panel to the recipe. (recipe-panel.c) */
gboolean scope_recipe_read_panel (ScopeRecipe *self, JsonNode *node, guint index, const char *name,
                                  GError **error);

G_END_DECLS
