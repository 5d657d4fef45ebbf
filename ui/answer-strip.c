#include "ui/answer-strip.h"

#include "ui/answer-row.h"
#include "ui/format.h"
#include "ui/template.h"

struct _ScopeAnswerStrip {
  GtkWidget parent;
  ScopeSession *session;
  ScopeAnswerRow *plain_row, *filtered_row;
  GtkSizeGroup *title_group, *prompt_group, *answer_group, *perplexity_group;
};

G_DEFINE_FINAL_TYPE (ScopeAnswerStrip, scope_answer_strip, GTK_TYPE_WIDGET)

static ScopeAnswerRow *
row_of (ScopeAnswerStrip *self, gboolean filtered)
{
  return filtered ? self->filtered_row : self->plain_row;
}

/* The filter leaves texts alone that are not longer than the training length. */
static gboolean
filter_cannot_act (ScopeAnswerStrip *self)
{
  const ScopeNetworkView *network = scope_session_get_network (self->session);
  return scope_session_get_filter_on (self->session) && network != NULL && !network->filtered
         && !scope_session_get_busy (self->session);
}

static void
update_rows (ScopeAnswerStrip *self)
{
  gboolean on = scope_session_get_filter_on (self->session);
  ScopeAnswerRow *active = row_of (self, on), *other = row_of (self, !on);
  scope_answer_row_set_active (active, TRUE);
  scope_answer_row_set_active (other, FALSE);
  gboolean model = scope_session_get_model (self->session) != NULL;
  gboolean text = scope_session_get_tokens (self->session) != NULL;
  const char *missing = filter_cannot_act (self)
                            ? "The text is not longer than the training length: nothing is filtered"
                        : scope_session_get_busy (self->session)
                            ? (model ? "Reading the text…" : "Opening the model…")
                        : text ? "No answer yet"
                               : "No text yet";
  if (!scope_answer_row_get_known (active))
    scope_answer_row_set_unknown (active, missing);
  const char *method = scope_format_method (self->session);
  g_autofree char *hint
      = text ? g_strdup_printf ("Switch %s %s to compare", method, on ? "off" : "on")
             : g_strdup ("");
  scope_answer_row_set_title (row_of (self, TRUE), method);
  if (!scope_answer_row_get_known (other))
    scope_answer_row_set_unknown (other, hint);
}

static void
answer_changed_cb (ScopeAnswerStrip *self)
{
  const ScopeAnswerView *answer = scope_session_get_answer (self->session);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  if (answer != NULL && tokens != NULL)
    scope_answer_row_set_answer (row_of (self, answer->filtered), answer, tokens,
                                 scope_session_get_model (self->session));
  update_rows (self);
}

static void
forget (ScopeAnswerStrip *self)
{
  scope_answer_row_set_unknown (self->plain_row, "");
  scope_answer_row_set_unknown (self->filtered_row, "");
  update_rows (self);
}

static void
theta_changed_cb (ScopeAnswerStrip *self)
{
  scope_answer_row_set_unknown (self->filtered_row, "");
  update_rows (self);
}

static void
scope_answer_strip_dispose (GObject *object)
{
  ScopeAnswerStrip *self = SCOPE_ANSWER_STRIP (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_ANSWER_STRIP);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_answer_strip_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeAnswerStrip, child)

static void
scope_answer_strip_class_init (ScopeAnswerStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_answer_strip_dispose;
  g_type_ensure (SCOPE_TYPE_ANSWER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/answer-strip.ui");
  BIND (plain_row);
  BIND (filtered_row);
  BIND (title_group);
  BIND (prompt_group);
  BIND (answer_group);
  BIND (perplexity_group);
  gtk_widget_class_set_css_name (widget_class, "answer-strip");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_answer_strip_init (ScopeAnswerStrip *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ScopeAnswerRow *rows[] = { self->plain_row, self->filtered_row };
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++) {
    gtk_size_group_add_widget (self->title_group, scope_answer_row_get_title (rows[k]));
    gtk_size_group_add_widget (self->prompt_group, scope_answer_row_get_prompt (rows[k]));
    gtk_size_group_add_widget (self->answer_group, scope_answer_row_get_answer (rows[k]));
    gtk_size_group_add_widget (self->perplexity_group, scope_answer_row_get_perplexity (rows[k]));
  }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "The model’s answer", -1);
}

void
scope_answer_strip_set_session (ScopeAnswerStrip *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_ANSWER_STRIP (self) && self->session == NULL);
  self->session = g_object_ref (session);
  const struct {
    const char *signal;
    GCallback callback;
  } connections[] = {
    { "notify::answer", G_CALLBACK (answer_changed_cb) },
    { "notify::filter-on", G_CALLBACK (update_rows) },
    { "notify::filter-spec", G_CALLBACK (update_rows) },
    { "notify::busy", G_CALLBACK (update_rows) },
    { "notify::theta", G_CALLBACK (theta_changed_cb) },
    { "notify::model", G_CALLBACK (forget) },
    { "notify::text", G_CALLBACK (forget) },
  };
  for (guint k = 0; k < G_N_ELEMENTS (connections); k++)
    g_signal_connect_object (session, connections[k].signal, connections[k].callback, self,
                             G_CONNECT_SWAPPED);
  forget (self);
}

void
scope_answer_strip_set_compact (ScopeAnswerStrip *self, guint level)
{
  g_return_if_fail (SCOPE_IS_ANSWER_STRIP (self));
  scope_answer_row_set_compact (self->plain_row, level);
  scope_answer_row_set_compact (self->filtered_row, level);
}
