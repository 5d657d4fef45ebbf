#include <string.h>

#include "monkey-acts.h"
#include "ui/export-window.h"

/* --- which -------------------------------------------------------------------------------------
 */

/* Of the window, or of a figure's that is up: dialogs of files are looked at only, and preferences
 * outlast what is taken back at home. The caller's. */
static GtkWidget *
some_window (void)
{
  GListModel *all = gtk_window_get_toplevels ();
  guint count = g_list_model_get_n_items (all);
  for (guint k = 0; k < count; k++) {
    g_autoptr (GtkWidget) one = g_list_model_get_item (all, k);
    if (one != NULL && SCOPE_IS_EXPORT_WINDOW (one) && g_rand_boolean (monkey.dice))
      return g_steal_pointer (&one);
  }
  return g_object_ref (GTK_WIDGET (monkey.window));
}

/* Where a pointer would find it: not scrolled out of sight, nor beyond the screen. */
static gboolean
is_within_reach (GtkWidget *widget)
{
  GtkWidget *native = GTK_WIDGET (gtk_widget_get_native (widget));
  graphene_point_t middle = GRAPHENE_POINT_INIT ((float)gtk_widget_get_width (widget) / 2,
                                                 (float)gtk_widget_get_height (widget) / 2);
  if (!gtk_widget_compute_point (widget, native, &middle, &middle))
    return FALSE;
  GtkWidget *there = gtk_widget_pick (native, middle.x, middle.y, GTK_PICK_DEFAULT);
  return there != NULL && (there == widget || gtk_widget_is_ancestor (there, widget));
}

/* One of TYPES (COUNT) on screen that a user could use; NULL: there is none. Closing is done
 * elsewhere, and a link leads out of the program. */
static GtkWidget *
some_widget (const GType *types, guint count)
{
  g_autoptr (GtkWidget) window = some_window ();
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  for (guint k = 0; k < count; k++)
    harness_collect (window, types[k], found);
  for (guint k = found->len; k-- > 0;) {
    GtkWidget *one = found->pdata[k];
    if (!gtk_widget_is_sensitive (one) || !is_within_reach (one) || GTK_IS_LINK_BUTTON (one)
        || gtk_widget_get_ancestor (one, GTK_TYPE_WINDOW_CONTROLS) != NULL)
      g_ptr_array_remove_index_fast (found, k);
  }
  return found->len > 0 ? found->pdata[g_rand_int_range (monkey.dice, 0, (gint32)found->len)]
                        : NULL;
}

/* --- acts --------------------------------------------------------------------------------------
 */

void
monkey_activate (void)
{
  const GType types[] = { GTK_TYPE_BUTTON,   GTK_TYPE_BUTTON,      GTK_TYPE_SWITCH,
                          GTK_TYPE_EXPANDER, GTK_TYPE_MENU_BUTTON, GTK_TYPE_CHECK_BUTTON };
  GtkWidget *widget = some_widget (types, G_N_ELEMENTS (types));
  if (widget == NULL)
    return;
  const char *words = gtk_widget_get_tooltip_text (widget);
  monkey_doing ("activate %s, “%s”", G_OBJECT_TYPE_NAME (widget), words != NULL ? words : "");
  gtk_widget_activate (widget);
}

static void
choose (GtkDropDown *choice)
{
  GListModel *model = gtk_drop_down_get_model (choice);
  guint count = model != NULL ? g_list_model_get_n_items (model) : 0;
  if (count == 0)
    return;
  guint to = (guint)g_rand_int_range (monkey.dice, 0, (gint32)count);
  monkey_doing ("choose %u", to);
  gtk_drop_down_set_selected (choice, to);
}

static void
type_text (GtkEditable *entry)
{
  static const char *const words[]
      = { "",  "0",    "12",    "7, 3",  "the", "[a-z]+ed",
          "(", "1e-3", "0.125", "32,64", "é",   "99999999999999999999" };
  const char *text = words[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (words))];
  monkey_doing ("type “%s” into %s", text, G_OBJECT_TYPE_NAME (entry));
  gtk_editable_set_text (entry, text);
  gtk_widget_activate (GTK_WIDGET (entry));
}

static void
slide (GtkAdjustment *to)
{
  double least = gtk_adjustment_get_lower (to);
  double most = gtk_adjustment_get_upper (to) - gtk_adjustment_get_page_size (to);
  double value = least + g_rand_double (monkey.dice) * MAX (most - least, 0);
  monkey_doing ("slide to %g", value);
  gtk_adjustment_set_value (to, value);
}

void
monkey_set_value (void)
{
  const GType types[] = { GTK_TYPE_RANGE, GTK_TYPE_SPIN_BUTTON, GTK_TYPE_DROP_DOWN, GTK_TYPE_ENTRY,
                          GTK_TYPE_SEARCH_ENTRY };
  GtkWidget *widget = some_widget (types, G_N_ELEMENTS (types));
  if (widget == NULL)
    return;
  if (GTK_IS_DROP_DOWN (widget))
    choose (GTK_DROP_DOWN (widget));
  else if (GTK_IS_RANGE (widget))
    slide (gtk_range_get_adjustment (GTK_RANGE (widget)));
  else if (GTK_IS_SPIN_BUTTON (widget))
    slide (gtk_spin_button_get_adjustment (GTK_SPIN_BUTTON (widget)));
  else
    type_text (GTK_EDITABLE (widget));
}

void
monkey_use_dialog (void)
{
  static const char *const opens[] = { "export", "composer", "compose-add", "copy-figure" };
  static const char *const uses[]
      = { "export.undo",     "export.redo",     "export.zoom-in",     "export.zoom-out",
          "export.zoom-one", "export.zoom-fit", "export.clear",       "export.run-again",
          "export.cancel",   "export.save",     "export.open-recipe", "export.save-recipe" };
  g_autoptr (GtkWidget) window = some_window ();
  if (!SCOPE_IS_EXPORT_WINDOW (window)) {
    const char *name = opens[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (opens))];
    monkey_doing ("action %s", name);
    g_action_group_activate_action (G_ACTION_GROUP (monkey.window), name, NULL);
    return;
  }
  const char *name = uses[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (uses))];
  monkey_doing ("action %s", name);
  gtk_widget_activate_action (window, name, NULL);
}
