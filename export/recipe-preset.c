/* Presets: which panels to make is decided when the model and the text are known. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/recipe-private.h"

#define MAP_CHANNELS   5  /* as many as LongMamba's figure 1 has columns */
#define ATLAS_CHANNELS 48 /* and its figure 5 maps */
#define SWEEP_LENGTHS  12

typedef struct {
  const char *name;
  gboolean (*expand) (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error);
  double width_mm;
  gboolean story;
} Preset;

/* --- choosing --------------------------------------------------------------------------------- */

static gsize
count_global (const ScopeRecipeFacts *facts, gsize layer)
{
  gsize count = 0;
  for (gsize h = 0; h < facts->channels; h++)
    count += scope_matrix_get (facts->classes, layer, h) > facts->ln_theta;
  return count;
}

/* What a layer tells of the story, but no more than it has local channels to tell it against. */
static double
story_of_layer (const ScopeRecipeFacts *facts, gsize layer)
{
  double sum = 0;
  for (gsize h = 0; facts->story != NULL && h < facts->channels; h++)
    sum += scope_matrix_get (facts->story, layer, h);
  return MIN (sum, (double)(facts->channels - count_global (facts, layer)));
}

/* The layer with most of the story; where nothing tells one, that whose rarer class is largest. The
 * first of equals. */
static gsize
choose_layer (const ScopeRecipeFacts *facts)
{
  gsize best = 0;
  double best_story = -1, best_rarer = -1;
  for (gsize layer = 0; layer < facts->layers; layer++) {
    gsize global = count_global (facts, layer);
    double story = story_of_layer (facts, layer);
    double rarer = (double)MIN (global, facts->channels - global);
    if (story > best_story || (story == best_story && rarer > best_rarer)) {
      best = layer;
      best_story = story;
      best_rarer = rarer;
    }
  }
  return best;
}

static gsize
wanted_layer (const ScopeRecipe *self, const ScopeRecipeFacts *facts)
{
  return self->preset.layer >= 0 ? (gsize)self->preset.layer : choose_layer (facts);
}

/* The channel of LAYER that tells most, or if none tells anything the most global one. */
static gsize
telling_channel (const ScopeRecipeFacts *facts, gsize layer)
{
  gsize best = 0;
  for (gsize h = 1; h < facts->channels; h++) {
    double now = facts->story != NULL ? scope_matrix_get (facts->story, layer, h) : 0;
    double then = facts->story != NULL ? scope_matrix_get (facts->story, layer, best) : 0;
    double decay = scope_matrix_get (facts->classes, layer, h);
    if (now > then || (now == then && decay > scope_matrix_get (facts->classes, layer, best)))
      best = h;
  }
  return best;
}

static gsize
wanted_channel (const ScopeRecipe *self, const ScopeRecipeFacts *facts, gsize layer)
{
  return self->preset.channel >= 0 ? (gsize)self->preset.channel : telling_channel (facts, layer);
}

typedef struct {
  double ln_decay;
  gsize channel;
} Ranked;

static int
compare_ranked (const void *a, const void *b)
{
  const Ranked *left = a, *right = b;
  if (left->ln_decay != right->ln_decay)
    return left->ln_decay < right->ln_decay ? -1 : 1;
  return (left->channel > right->channel) - (left->channel < right->channel);
}

/* Fills OUT with evenly spaced ranks from most local to most global. A wanted CHANNEL replaces the
 * one nearest to it in rank. */
static gsize
choose_channels (const ScopeRecipeFacts *facts, gsize layer, gssize wanted, gsize *out)
{
  gsize n = facts->channels, count = MIN (n, MAP_CHANNELS), wanted_rank = 0;
  g_autofree Ranked *ranked = g_new (Ranked, n);
  for (gsize h = 0; h < n; h++)
    ranked[h] = (Ranked){ scope_matrix_get (facts->classes, layer, h), h };
  qsort (ranked, n, sizeof *ranked, compare_ranked);
  for (gsize r = 0; r < n; r++)
    if ((gssize)ranked[r].channel == wanted)
      wanted_rank = r;
  gsize nearest = n > 1 ? (wanted_rank * (count - 1) + (n - 1) / 2) / (n - 1) : 0;
  for (gsize k = 0; k < count; k++) {
    gsize rank = count > 1 ? (k * (n - 1) + (count - 1) / 2) / (count - 1) : 0;
    out[k] = ranked[wanted >= 0 && k == nearest ? wanted_rank : rank].channel;
  }
  return count;
}

static gboolean
is_off (const char *filter)
{
  return filter == NULL || strcmp (filter, "off") == 0;
}

/* The preset's filter, or LongMamba's where a preset is about what a filter does. */
static const char *
acting_filter (const ScopeRecipe *self)
{
  return is_off (self->preset.filter) ? "longmamba" : self->preset.filter;
}

static gboolean
check_longer (const ScopeRecipeFacts *facts, const char *preset, GError **error)
{
  if (facts->tokens > facts->train_length)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                   "preset %s: expected a text longer than the training length, %" G_GSIZE_FORMAT
                   " tokens, found %" G_GSIZE_FORMAT,
                   preset, facts->train_length, facts->tokens);
  return FALSE;
}

/* --- presets ---------------------------------------------------------------------------------- */

static ScopeRecipePanel *
add_panel (ScopeRecipe *self, ScopePanelKind kind, gssize layer, gssize channel, const char *filter)
{
  ScopeRecipePanel *panel = scope_recipe_panel_new (kind);
  panel->layer = layer;
  panel->channel = channel;
  if (filter != NULL) {
    g_free (panel->filter);
    panel->filter = g_strdup (filter);
  }
  g_ptr_array_add (self->panels, panel);
  return panel;
}

static void
add_map_row (ScopeRecipe *self, const ScopeRecipeFacts *facts, gsize layer, const gsize *channels,
             gsize count, gsize tokens, const char *filter)
{
  for (gsize k = 0; k < count; k++) {
    ScopeRecipePanel *panel
        = add_panel (self, SCOPE_PANEL_MAP, (gssize)layer, (gssize)channels[k], filter);
    gboolean global = scope_matrix_get (facts->classes, layer, channels[k]) > facts->ln_theta;
    panel->tokens = tokens;
    const char *note = !is_off (filter) ? "filtered" : global ? "global" : "local";
    panel->title = g_strdup_printf ("%s %" G_GSIZE_FORMAT ", %s", facts->noun, channels[k], note);
  }
}

/* A row at the training length, a row with the whole text, and with a filter a third row in which
 * it acts. */
static gboolean
expand_maps (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  const ScopeRecipePreset *preset = &self->preset;
  gsize layer = wanted_layer (self, facts), channels[MAP_CHANNELS];
  gssize wanted = preset->channel;
  if (wanted < 0 && story_of_layer (facts, layer) > 0)
    wanted = (gssize)telling_channel (facts, layer);
  gsize count = choose_channels (facts, layer, wanted, channels);
  self->columns = (guint)count;
  if (facts->tokens > facts->train_length)
    add_map_row (self, facts, layer, channels, count, facts->train_length, NULL);
  add_map_row (self, facts, layer, channels, count, 0, NULL);
  if (!is_off (preset->filter))
    add_map_row (self, facts, layer, channels, count, 0, preset->filter);
  return TRUE;
}

/* The same channel at L, at S, with the tokens marked that the filter will drop, and without them.
 */
static gboolean
expand_pipeline (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  gsize layer = wanted_layer (self, facts), channel = wanted_channel (self, facts, layer);
  const char *filter = acting_filter (self);
  if (!check_longer (facts, "pipeline", error))
    return FALSE;
  g_autofree char *l = scope_tick_label ((double)facts->train_length, FALSE);
  g_autofree char *s = scope_tick_label ((double)facts->tokens, FALSE);
  ScopeRecipePanel *panels[4];
  self->columns = G_N_ELEMENTS (panels);
  for (gsize k = 0; k < G_N_ELEMENTS (panels); k++)
    panels[k]
        = add_panel (self, SCOPE_PANEL_MAP, (gssize)layer, (gssize)channel, k == 3 ? filter : NULL);
  panels[0]->tokens = facts->train_length;
  panels[0]->title = g_strdup_printf ("L = %s", l);
  panels[1]->title = g_strdup_printf ("S = %s", s);
  panels[2]->mark = g_strdup (filter);
  panels[2]->title = g_strdup ("tokens to drop");
  panels[3]->title = g_strdup ("without them");
  return TRUE;
}

/* One panel, and with a filter a second one in which it acts. */
static gboolean
expand_decay (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  const ScopeRecipePreset *preset = &self->preset;
  gsize layer = wanted_layer (self, facts);
  self->columns = 1;
  add_panel (self, SCOPE_PANEL_DECAY, (gssize)layer, preset->channel, NULL);
  if (is_off (preset->filter))
    return TRUE;
  ScopeRecipePanel *panel
      = add_panel (self, SCOPE_PANEL_DECAY, (gssize)layer, preset->channel, preset->filter);
  panel->title = g_strdup_printf ("layer %" G_GSIZE_FORMAT ", filtered", layer);
  return TRUE;
}

/* Half the training length, then every doubling of it that the text is long enough for. */
static gboolean
expand_sweep (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  if (!check_longer (facts, "sweep", error))
    return FALSE;
  ScopeRecipePanel *panel = add_panel (self, SCOPE_PANEL_SWEEP, -1, -1, NULL);
  panel->lengths = g_array_new (FALSE, FALSE, sizeof (double));
  for (double length = MAX (2.0, floor ((double)facts->train_length / 2));
       length <= (double)facts->tokens && panel->lengths->len < SWEEP_LENGTHS; length *= 2)
    g_array_append_val (panel->lengths, length);
  g_ptr_array_set_size (panel->filters, 1);
  scope_recipe_panel_add_filter (panel, acting_filter (self));
  return TRUE;
}

/* One layer if it has channels enough, else the heads of all layers. */
static gboolean
expand_atlas (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  gboolean one = self->preset.layer >= 0 || facts->channels >= ATLAS_CHANNELS;
  gssize layer = one ? (gssize)wanted_layer (self, facts) : -1;
  ScopeRecipePanel *panel = add_panel (self, SCOPE_PANEL_ATLAS, layer, -1, self->preset.filter);
  panel->count = ATLAS_CHANNELS;
  return TRUE;
}

static gboolean
expand_layers (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  /* From LongMamba's for Mamba-1 to that for Mamba-2, with what lies between. */
  static const double thetas[] = { 1e-30, 1e-15, 1e-5, 1e-3, 5e-2 };
  ScopeRecipePanel *panel = add_panel (self, SCOPE_PANEL_LAYERS, -1, -1, self->preset.filter);
  panel->thetas = g_array_new (FALSE, FALSE, sizeof (double));
  g_array_append_vals (panel->thetas, thetas, G_N_ELEMENTS (thetas));
  return TRUE;
}

/* Before and after as two triangles of a square, and their difference. */
static gboolean
expand_compare (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  gsize layer = wanted_layer (self, facts), channel = wanted_channel (self, facts, layer);
  if (!check_longer (facts, "compare", error))
    return FALSE;
  self->columns = 2;
  self->style.share_range = FALSE;
  for (int k = 0; k < 2; k++) {
    ScopeRecipePanel *panel
        = add_panel (self, SCOPE_PANEL_COMPARE, (gssize)layer, (gssize)channel, NULL);
    g_ptr_array_set_size (panel->filters, 1);
    scope_recipe_panel_add_filter (panel, acting_filter (self));
    if (k == 0)
      continue;
    panel->mode = SCOPE_COMPARE_DIFFERENCE;
    scope_recipe_panel_own (panel, &self->style);
    panel->look.palette = SCOPE_PALETTE_BALANCE;
    panel->look.norm = SCOPE_NORM_SYMLOG;
  }
  return TRUE;
}

static const Preset presets[] = {
  { "maps", expand_maps, SCOPE_WIDTH_TWO_COLUMNS, TRUE },
  { "pipeline", expand_pipeline, SCOPE_WIDTH_TWO_COLUMNS, TRUE },
  { "sweep", expand_sweep, SCOPE_WIDTH_ONE_COLUMN, FALSE },
  { "decay", expand_decay, SCOPE_WIDTH_ONE_COLUMN, TRUE },
  { "atlas", expand_atlas, SCOPE_WIDTH_TWO_COLUMNS, FALSE },
  { "layers", expand_layers, SCOPE_WIDTH_ONE_COLUMN, FALSE },
  { "compare", expand_compare, SCOPE_WIDTH_TWO_COLUMNS, TRUE },
};

static const Preset *
find_preset (const char *name)
{
  for (gsize k = 0; k < G_N_ELEMENTS (presets); k++)
    if (strcmp (name, presets[k].name) == 0)
      return &presets[k];
  return NULL;
}

gboolean
scope_recipe_is_preset (const char *name)
{
  return find_preset (name) != NULL;
}

gboolean
scope_recipe_preset_wants_story (const char *name)
{
  return find_preset (name)->story;
}

char *
scope_recipe_presets (void)
{
  GString *out = g_string_new (NULL);
  for (gsize k = 0; k < G_N_ELEMENTS (presets); k++) {
    gboolean last = k + 1 == G_N_ELEMENTS (presets);
    g_string_append_printf (out, "%s%s", k == 0 ? "" : last ? " or " : ", ", presets[k].name);
  }
  return g_string_free (out, FALSE);
}

static gboolean
check_index (gssize index, gsize count, const char *what, GError **error)
{
  if (index < (gssize)count)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                   "%s: expected 0 to %" G_GSIZE_FORMAT ", found %" G_GSSIZE_FORMAT, what,
                   count - 1, index);
  return FALSE;
}

gboolean
scope_recipe_expand (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  const Preset *preset = find_preset (self->preset.name);
  if (!check_index (self->preset.layer, facts->layers, "layer", error)
      || !check_index (self->preset.channel, facts->channels, facts->noun, error)
      || !preset->expand (self, facts, error))
    return FALSE;
  g_clear_pointer (&self->preset.name, g_free);
  return TRUE;
}

static int
find_classes (const char *name)
{
  for (int k = 0; k < SCOPE_CLASSES_NONE; k++)
    if (strcmp (name, scope_panel_classes_names[k]) == 0)
      return k;
  return -1;
}

ScopeRecipe *
scope_recipe_atlas (const char *model, const char *text, gssize layer,
                    const ScopeRecipeAtlas *atlas, const char *filter, GError **error)
{
  int classes = find_classes (atlas->classes);
  if (classes < 0 || atlas->count < 1 || atlas->count > SCOPE_RECIPE_MAX_TILES) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "atlas: expected 1 to %d channels of all, global or local, found "
                     "%" G_GSIZE_FORMAT " of %s",
                     SCOPE_RECIPE_MAX_TILES, atlas->count, atlas->classes);
    return NULL;
  }
  ScopeRecipe *self = scope_recipe_new ();
  self->model = g_strdup (model);
  self->text = g_strdup (text);
  self->style.width_mm = SCOPE_WIDTH_TWO_COLUMNS;
  self->style.share_range = TRUE;
  ScopeRecipePanel *panel = add_panel (self, SCOPE_PANEL_ATLAS, layer, -1, filter);
  panel->classes = (ScopePanelClasses)classes;
  panel->sort = atlas->sort;
  panel->descending = atlas->descending;
  panel->first = atlas->first;
  panel->count = atlas->count;
  memcpy (panel->like, atlas->like, sizeof panel->like);
  return self;
}

ScopeRecipe *
scope_recipe_preset (const char *preset, const char *model, const char *text, gssize layer,
                     gssize channel, const char *filter, GError **error)
{
  const Preset *found = find_preset (preset);
  if (found == NULL) {
    g_autofree char *names = scope_recipe_presets ();
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "preset: expected %s, found \"%s\"", names, preset);
    return NULL;
  }
  ScopeRecipe *self = scope_recipe_new ();
  self->model = g_strdup (model);
  self->text = g_strdup (text);
  self->style.width_mm = found->width_mm;
  self->style.share_range = TRUE;
  self->preset = (ScopeRecipePreset){ g_strdup (preset), MAX (layer, -1), MAX (channel, -1),
                                      g_strdup (filter) };
  return self;
}
