#include "ui/status-row.h"

#include "ui/format.h"
#include "ui/template.h"
#include "ui/tooltip.h"

struct _ScopeStatusRow {
  GtkWidget parent;
  ScopeSession *session;
  GtkLabel *status;
  GtkProgressBar *progress;
  GtkStack *corner;
};

G_DEFINE_FINAL_TYPE (ScopeStatusRow, scope_status_row, GTK_TYPE_WIDGET)

static void
progress_cb (ScopeStatusRow *self, double fraction, const char *what)
{
  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0, 1));
  if (what == NULL || *what == '\0')
    return;
  g_autofree char *words = g_strdup (what);
  words[0] = g_ascii_toupper (words[0]);
  gtk_label_set_text (self->status, words);
}

/* "Ready · read 4096 tokens, as trained · every map from 39.9 MB of memory (dense: 4.3 GB)" */
static char *
resting_text (ScopeStatusRow *self)
{
  const ScopeNetworkView *network = scope_session_get_network (self->session);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  if (network == NULL || tokens == NULL)
    return g_strdup ("Ready");
  double length = (double)scope_tokens_count (tokens);
  g_autofree char *count = scope_format_tokens (scope_tokens_count (tokens));
  g_autofree char *used = scope_format_bytes (network->bytes);
  double dense = length * length * 4 * (double)network->channels * (double)network->layers;
  g_autofree char *saved = scope_format_bytes ((gsize)MIN (dense, (double)G_MAXINT64));
  g_autofree char *filtered = g_strdup_printf ("%s filtered", scope_format_method (self->session));
  const char *filter = network->filtered ? filtered
                       : scope_session_get_filter_on (self->session)
                           ? "not longer than the training length: nothing to filter"
                           : "as trained";
  return g_strdup_printf ("Ready · read %s, %s · every map from %s of memory (dense: %s)",
                          count, filter, used, saved);
}

static void
update (ScopeStatusRow *self)
{
  gboolean busy = scope_session_get_busy (self->session);
  /* Both have the same height: views that grew by it would be asked for their maps anew. */
  gtk_stack_set_visible_child_name (self->corner, busy ? "busy" : "rest");
  if (busy) {
    gtk_label_set_text (self->status, "Working…");
    return;
  }
  gtk_progress_bar_set_fraction (self->progress, 0);
  g_autofree char *text = resting_text (self);
  gtk_label_set_text (self->status, text);
  const ScopeNetworkView *network = scope_session_get_network (self->session);
  g_autofree char *tip
      = network != NULL ? g_strdup_printf ("The network ran for %.2g s", network->seconds) : NULL;
  scope_set_tooltip (GTK_WIDGET (self->status), tip);
}

static void
scope_status_row_dispose (GObject *object)
{
  ScopeStatusRow *self = SCOPE_STATUS_ROW (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_STATUS_ROW);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_status_row_parent_class)->dispose (object);
}

static void
scope_status_row_class_init (ScopeStatusRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_status_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/status-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusRow, status);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusRow, progress);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusRow, corner);
  gtk_widget_class_set_css_name (widget_class, "status-row");
}

static void
scope_status_row_init (ScopeStatusRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
scope_status_row_set_session (ScopeStatusRow *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_STATUS_ROW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "progress", G_CALLBACK (progress_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::busy", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::network", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
}
