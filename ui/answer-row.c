#include "ui/answer-row.h"

#include <string.h>

#include "ui/format.h"
#include "ui/template.h"
#include "ui/token-chip.h"
#include "ui/tooltip.h"

/* Of the prompt's end; where that has no room, of fewer words. */
static const gsize prompt_characters[] = { 46, 20 };
/* Answers shorter than this are found in any text. */
#define FOUND_LEAST 3

struct _ScopeAnswerRow {
  GtkWidget parent;
  gboolean filtered; /* which of the two rows this is */
  gboolean known;
  gboolean worth; /* the answer is one that may stand in the text */
  guint compact;
  char *prompts[G_N_ELEMENTS (prompt_characters)];
  GtkLabel *title, *prompt, *why, *perplexity;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkBox *chips;
  GtkButton *found;
};

G_DEFINE_FINAL_TYPE (ScopeAnswerRow, scope_answer_row, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_FILTERED, N_PROPS };
static GParamSpec *props[N_PROPS];

static void
scope_answer_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeAnswerRow *self = SCOPE_ANSWER_ROW (object);
  self->filtered = g_value_get_boolean (value);
  gtk_label_set_text (self->title, self->filtered ? "LongMamba" : "As trained");
}

static void
scope_answer_row_dispose (GObject *object)
{
  scope_widget_dispose_template (GTK_WIDGET (object), SCOPE_TYPE_ANSWER_ROW);
  G_OBJECT_CLASS (scope_answer_row_parent_class)->dispose (object);
}

static void
scope_answer_row_finalize (GObject *object)
{
  ScopeAnswerRow *self = SCOPE_ANSWER_ROW (object);
  for (guint k = 0; k < G_N_ELEMENTS (self->prompts); k++)
    g_free (self->prompts[k]);
  G_OBJECT_CLASS (scope_answer_row_parent_class)->finalize (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeAnswerRow, child)

static void
scope_answer_row_class_init (ScopeAnswerRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_answer_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_answer_row_finalize;
  G_OBJECT_CLASS (klass)->set_property = scope_answer_row_set_property;
  props[PROP_FILTERED] = g_param_spec_boolean ("filtered", NULL, NULL, FALSE,
                                               G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/answer-row.ui");
  BIND (title);
  BIND (prompt);
  BIND (stack);
  BIND (why);
  BIND (scroller);
  BIND (chips);
  BIND (found);
  BIND (perplexity);
  gtk_widget_class_set_css_name (widget_class, "answer-row");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_answer_row_init (ScopeAnswerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_label_set_text (self->title, "As trained");
  /* Tokens follow one another as the model wrote them, whatever the desktop's language, and their
   * beginning is what is in sight. */
  GtkWidget *const written[] = { GTK_WIDGET (self->chips), GTK_WIDGET (self->scroller),
                                 gtk_scrolled_window_get_child (self->scroller) };
  for (guint k = 0; k < G_N_ELEMENTS (written); k++)
    gtk_widget_set_direction (written[k], GTK_TEXT_DIR_LTR);
}

void
scope_answer_row_set_active (ScopeAnswerRow *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_ANSWER_ROW (self));
  if (active)
    gtk_widget_add_css_class (GTK_WIDGET (self), "active");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "active");
}

static void
clear_chips (ScopeAnswerRow *self)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->chips))) != NULL)
    gtk_box_remove (self->chips, child);
}

/* Words that say why there is no answer have the row for themselves. */
static void
show_what_fits (ScopeAnswerRow *self)
{
  const char *prompt = self->known ? self->prompts[self->compact > 0] : NULL;
  gtk_label_set_text (self->prompt, prompt != NULL ? prompt : "");
  gtk_scrolled_window_set_policy (
      self->scroller, self->compact < 2 ? GTK_POLICY_NEVER : GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_widget_set_visible (GTK_WIDGET (self->prompt), self->known && self->compact < 3);
  gtk_widget_set_visible (GTK_WIDGET (self->found), self->worth && self->compact < 4);
  gtk_widget_set_visible (GTK_WIDGET (self->perplexity), self->known && self->compact < 5);
}

void
scope_answer_row_set_unknown (ScopeAnswerRow *self, const char *why)
{
  g_return_if_fail (SCOPE_IS_ANSWER_ROW (self));
  self->known = FALSE;
  clear_chips (self);
  gtk_label_set_text (self->why, why);
  gtk_label_set_text (self->perplexity, "");
  gtk_stack_set_visible_child_name (self->stack, "unknown");
  show_what_fits (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, why, -1);
}

/* The answer's first phrase without blanks around it, up to a full stop or the end of its line;
 * NULL if it does not end within the answer. */
static char *
first_phrase (const char *answer)
{
  while (g_ascii_isspace (*answer))
    answer++;
  gsize length = strcspn (answer, ".\n");
  return answer[length] != '\0' ? g_strchomp (g_strndup (answer, length)) : NULL;
}

/* Says whether the answer stands in the text and, if so, leads to the column of its first token. */
static void
show_found (ScopeAnswerRow *self, const char *answer, ScopeTokens *tokens)
{
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  g_autofree char *phrase = first_phrase (answer);
  gboolean worth = phrase != NULL && strlen (phrase) >= FOUND_LEAST;
  const char *place = worth ? g_strstr_len (text, (gssize)length, phrase) : NULL;
  self->worth = worth;
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->found), NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->found), place != NULL);
  if (place == NULL) {
    gtk_button_set_label (self->found, "nowhere in the text");
    return;
  }
  gsize token = scope_tokens_at (tokens, (gsize)(place - text));
  g_autofree char *index = scope_format_count (token);
  g_autofree char *label = g_strdup_printf ("in the text, at token %s", index);
  gtk_button_set_label (self->found, label);
  scope_set_tooltip (GTK_WIDGET (self->found), "Show it in the map");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->found), "t", (guint64)token);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->found), "win.go-to-column");
}

/* Tokens that a filter drops for good have no logits to be scored by. */
static char *
show_perplexity (ScopeAnswerRow *self, const ScopeAnswerView *answer)
{
  g_autofree char *value = scope_format_perplexity (answer->perplexity);
  g_autofree char *text
      = answer->scored > 0 ? g_strdup_printf ("perplexity %s", value) : g_strdup ("no perplexity");
  g_autofree char *tip
      = answer->scored > 0
            ? g_strdup_printf ("Over the last %" G_GSIZE_FORMAT
                               " tokens of the text; 1 would be perfect",
                               answer->scored)
            : g_strdup (
                "Nothing to score: dropped tokens have no logits. The Sweep keeps those that "
                "it scores.");
  gtk_label_set_text (self->perplexity, text);
  scope_set_tooltip (GTK_WIDGET (self->perplexity), tip);
  return g_steal_pointer (&text);
}

void
scope_answer_row_set_answer (ScopeAnswerRow *self, const ScopeAnswerView *answer,
                             ScopeTokens *tokens, ScopeModel *model)
{
  g_return_if_fail (SCOPE_IS_ANSWER_ROW (self));
  self->known = TRUE;
  clear_chips (self);
  for (gsize k = 0; k < answer->count; k++)
    gtk_box_append (self->chips,
                    scope_token_chip_new (answer->pieces[k], &answer->steps[k], model));
  for (guint k = 0; k < G_N_ELEMENTS (self->prompts); k++) {
    g_free (self->prompts[k]);
    self->prompts[k] = scope_format_text_end (tokens, prompt_characters[k]);
  }
  g_autofree char *perplexity = show_perplexity (self, answer);
  show_found (self, answer->text, tokens);
  show_what_fits (self);
  gtk_stack_set_visible_child_name (self->stack, "answer");
  g_autofree char *spoken = g_strdup_printf ("%s: %s%s. %s", gtk_label_get_text (self->title),
                                             self->prompts[0], answer->text, perplexity);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

gboolean
scope_answer_row_get_known (ScopeAnswerRow *self)
{
  g_return_val_if_fail (SCOPE_IS_ANSWER_ROW (self), FALSE);
  return self->known;
}

GtkWidget *
scope_answer_row_get_title (ScopeAnswerRow *self)
{
  g_return_val_if_fail (SCOPE_IS_ANSWER_ROW (self), NULL);
  return GTK_WIDGET (self->title);
}

GtkWidget *
scope_answer_row_get_prompt (ScopeAnswerRow *self)
{
  g_return_val_if_fail (SCOPE_IS_ANSWER_ROW (self), NULL);
  return GTK_WIDGET (self->prompt);
}

GtkWidget *
scope_answer_row_get_answer (ScopeAnswerRow *self)
{
  g_return_val_if_fail (SCOPE_IS_ANSWER_ROW (self), NULL);
  return GTK_WIDGET (self->stack);
}

GtkWidget *
scope_answer_row_get_perplexity (ScopeAnswerRow *self)
{
  g_return_val_if_fail (SCOPE_IS_ANSWER_ROW (self), NULL);
  return GTK_WIDGET (self->perplexity);
}

void
scope_answer_row_set_title (ScopeAnswerRow *self, const char *title)
{
  g_return_if_fail (SCOPE_IS_ANSWER_ROW (self));
  gtk_label_set_text (self->title, title);
}

void
scope_answer_row_set_compact (ScopeAnswerRow *self, guint level)
{
  g_return_if_fail (SCOPE_IS_ANSWER_ROW (self));
  self->compact = level;
  show_what_fits (self);
}
