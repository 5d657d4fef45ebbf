/* The list of channels, from which those are chosen whose curves are shown. */
#include "ui/decay-item.h"
#include "ui/decay-view-private.h"
#include "ui/decay-words.h"

typedef struct {
  gsize channel;
  double ln;
} Entry;

static int
longest_first (const void *a, const void *b)
{
  const Entry *p = a, *q = b;
  return p->ln != q->ln ? (p->ln < q->ln) - (p->ln > q->ln)
                        : (p->channel > q->channel) - (p->channel < q->channel);
}

static Entry *
sorted_channels (const ScopeCurvesView *view)
{
  Entry *entries = g_new (Entry, view->channels);
  for (gsize h = 0; h < view->channels; h++)
    entries[h] = (Entry){ h, scope_decay_view_last_ln (view, view->after, h) };
  qsort (entries, view->channels, sizeof *entries, longest_first);
  return entries;
}

static void
chosen_cb (ScopeDecayItem *item, GParamSpec *pspec, ScopeDecayView *self)
{
  gpointer channel = GSIZE_TO_POINTER (scope_decay_item_get_channel (item));
  if (self->filling)
    return;
  if (scope_decay_item_get_chosen (item))
    g_hash_table_add (self->chosen, channel);
  else
    g_hash_table_remove (self->chosen, channel);
  scope_history_touch (scope_session_get_history (self->session), "decay.chosen");
  if (self->shows != SHOW_CHOSEN)
    g_object_set (self, "show", SHOW_CHOSEN, NULL);
  else
    scope_decay_view_show_curves (self);
}

void
scope_decay_view_fill_list (ScopeDecayView *self)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree Entry *entries = view != NULL ? sorted_channels (view) : NULL;
  for (gsize k = 0; view != NULL && k < view->channels; k++) {
    gsize h = entries[k].channel;
    g_autofree char *name
        = g_strdup_printf ("%s %" G_GSIZE_FORMAT, scope_decay_view_noun (self), h);
    g_autofree char *facts = scope_decay_words (entries[k].ln);
    gboolean chosen = g_hash_table_contains (self->chosen, GSIZE_TO_POINTER (h));
    ScopeDecayItem *item = scope_decay_item_new (h, name, facts, chosen);
    g_signal_connect_object (item, "notify::chosen", G_CALLBACK (chosen_cb), self, 0);
    g_ptr_array_add (items, item);
  }
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
  g_autofree char *title = g_strdup_printf ("%ss", scope_decay_view_noun (self));
  title[0] = g_ascii_toupper (title[0]);
  gtk_label_set_text (self->list_title, title);
}

/* The list's marks as they are chosen. */
void
scope_decay_view_mark_list (ScopeDecayView *self)
{
  self->filling = TRUE;
  for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (self->items)); k++) {
    g_autoptr (ScopeDecayItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), k);
    gpointer channel = GSIZE_TO_POINTER (scope_decay_item_get_channel (item));
    g_object_set (item, "chosen", g_hash_table_contains (self->chosen, channel), NULL);
  }
  self->filling = FALSE;
}

static GtkWidget *
make_row (gpointer owner)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *facts = gtk_label_new (NULL);
  gtk_widget_add_css_class (facts, "dim-label");
  gtk_widget_add_css_class (facts, "numeric");
  gtk_widget_set_hexpand (facts, TRUE);
  gtk_label_set_xalign (GTK_LABEL (facts), 1);
  gtk_box_append (GTK_BOX (box), gtk_check_button_new ());
  gtk_box_append (GTK_BOX (box), gtk_label_new (NULL));
  gtk_box_append (GTK_BOX (box), facts);
  return box;
}

static void
bind_row (GtkWidget *row, gpointer item, gpointer owner)
{
  GtkWidget *check = gtk_widget_get_first_child (row);
  GtkWidget *name = gtk_widget_get_next_sibling (check);
  GBinding *old = g_object_get_data (G_OBJECT (row), "binding");
  if (old != NULL)
    g_binding_unbind (old);
  g_object_set_data (G_OBJECT (row), "binding", NULL);
  if (item == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (name), scope_decay_item_get_name (item));
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)),
                      scope_decay_item_get_facts (item));
  g_autofree char *spoken = g_strdup_printf ("Show %s", scope_decay_item_get_name (item));
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  GBinding *binding = g_object_bind_property (item, "chosen", check, "active",
                                              G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_set_data_full (G_OBJECT (row), "binding", g_object_ref (binding), g_object_unref);
}

const ScopeCellMaker scope_decay_view_rows = { make_row, bind_row };

/* From an attention head back to the SSM: its kernel. */
void
scope_decay_view_select (ScopeDecayView *self, gsize channel)
{
  ScopeMatrixKind kind = scope_session_get_kind (self->session);
  scope_session_set_map (self->session, kind == SCOPE_MATRIX_SOFTMAX ? SCOPE_MATRIX_S6 : kind,
                         channel);
}

void
scope_decay_view_row_activated_cb (ScopeDecayView *self, guint position)
{
  g_autoptr (ScopeDecayItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), position);
  if (item != NULL)
    scope_decay_view_select (self, scope_decay_item_get_channel (item));
}

void
scope_decay_view_choose_none_cb (ScopeDecayView *self)
{
  g_hash_table_remove_all (self->chosen);
  scope_history_touch (scope_session_get_history (self->session), "decay.chosen");
  scope_decay_view_mark_list (self);
  scope_decay_view_show_curves (self);
}

/* The next of those shown, in the order of the list. */
void
scope_decay_view_stepped_cb (ScopeDecayView *self, int step)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  if (view == NULL)
    return;
  g_autofree Entry *entries = sorted_channels (view);
  gssize at = 0, count = (gssize)view->channels;
  while (at < count && entries[at].channel != scope_decay_view_selected (self))
    at++;
  for (at += step; at >= 0 && at < count; at += step)
    if (scope_decay_view_is_shown (self, view, entries[at].channel)) {
      scope_decay_view_select (self, entries[at].channel);
      return;
    }
}
