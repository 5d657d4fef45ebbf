#include "ui/start-page.h"

#include <adwaita.h>

#include "ui/fold.h"
#include "ui/samples.h"
#include "ui/template.h"

struct _ScopeStartPage {
  GtkWidget parent;
  GtkWidget *scroller;
  ScopeFold *fold;
  GtkBox *cards;
  GtkLabel *note;
};

G_DEFINE_FINAL_TYPE (ScopeStartPage, scope_start_page, GTK_TYPE_WIDGET)

static void
scope_start_page_dispose (GObject *object)
{
  scope_widget_dispose_template (GTK_WIDGET (object), SCOPE_TYPE_START_PAGE);
  G_OBJECT_CLASS (scope_start_page_parent_class)->dispose (object);
}

static void
scope_start_page_class_init (ScopeStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_start_page_dispose;
  g_type_ensure (SCOPE_TYPE_FOLD);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeStartPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, ScopeStartPage, fold);
  gtk_widget_class_bind_template_child (widget_class, ScopeStartPage, cards);
  gtk_widget_class_bind_template_child (widget_class, ScopeStartPage, note);
  gtk_widget_class_set_css_name (widget_class, "start-page");
}

static GtkWidget *
card_label (const char *text, const char *style, gboolean expand)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_yalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), 16);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
  gtk_widget_set_vexpand (label, expand);
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
sample_card (guint index)
{
  const ScopeSample *sample = &scope_samples[index];
  g_autofree char *path = scope_sample_model_path (sample);
  g_autofree char *spoken = g_strdup_printf ("%s: %s", sample->title, sample->story);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (box), card_label (sample->title, "title-4", FALSE));
  gtk_box_append (GTK_BOX (box), card_label (sample->story, "body", TRUE));
  gtk_box_append (GTK_BOX (box), card_label (sample->model, "card-model", FALSE));
  gtk_box_append (GTK_BOX (box), card_label (sample->facts, "card-facts", FALSE));
  GtkWidget *card = gtk_button_new ();
  gtk_button_set_child (GTK_BUTTON (card), box);
  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "sample-card");
  if (index == 0) /* the story to begin with */
    gtk_widget_add_css_class (card, "first");
  gtk_widget_set_sensitive (card, path != NULL);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (card), "u", index);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (card), "win.open-sample");
  if (path == NULL)
    gtk_widget_set_tooltip_text (card, "This sample is not installed");
  gtk_accessible_update_property (GTK_ACCESSIBLE (card), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  return card;
}

/* Samples that follow one another may share a note. */
static const char *
note_at (guint index)
{
  return index < scope_n_samples ? scope_samples[index].note : NULL;
}

/* What must be said of the samples, a line each. */
static char *
all_notes (void)
{
  GString *notes = g_string_new (NULL);
  const char *before = NULL;
  for (guint k = 0; k < scope_n_samples; before = note_at (k++)) {
    if (note_at (k) == NULL)
      continue;
    if (notes->len > 0)
      g_string_append (notes, note_at (k) == before ? ", " : "\n");
    g_string_append (notes, scope_samples[k].model);
    if (note_at (k + 1) != note_at (k))
      g_string_append_printf (notes, ": %s", note_at (k));
  }
  return g_string_free (notes, FALSE);
}

/* The cards one above the other. */
static void
folded_cb (ScopeStartPage *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->cards),
                                  scope_fold_get_level (self->fold) > 0
                                      ? GTK_ORIENTATION_VERTICAL
                                      : GTK_ORIENTATION_HORIZONTAL);
}

static void
scope_start_page_init (ScopeStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint k = 0; k < scope_n_samples; k++)
    if (scope_samples[k].story != NULL)
      gtk_box_append (self->cards, sample_card (k));
  g_signal_connect_swapped (self->fold, "notify::level", G_CALLBACK (folded_cb), self);
  g_autofree char *notes = all_notes ();
  gtk_label_set_text (self->note, notes);
}

void
scope_start_page_focus_first (ScopeStartPage *self)
{
  g_return_if_fail (SCOPE_IS_START_PAGE (self));
  gtk_widget_grab_focus (gtk_widget_get_first_child (GTK_WIDGET (self->cards)));
}
