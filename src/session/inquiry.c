#include "session/inquiry.h"

#include "session/session-private.h"

typedef struct {
  ScopeSession *session;
  gboolean active, pending;
  gpointer view;
} ScopeInquiryPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ScopeInquiry, scope_inquiry, G_TYPE_OBJECT)

enum { PROP_NONE, PROP_VIEW, PROP_PENDING, N_PROPS };
static GParamSpec *properties[N_PROPS];

static ScopeInquiryPrivate *
own (ScopeInquiry *self)
{
  return scope_inquiry_get_instance_private (self);
}

/* --- asking -------------------------------------------------------------------------------------
 */

void
scope_inquiry_ask (ScopeInquiry *self)
{
  const ScopeInquiryPrivate *my = own (self);

  if (my->active && my->session->look != NULL)
    SCOPE_INQUIRY_GET_CLASS (self)->ask (self);
}

static void
put_view (ScopeInquiry *self, gpointer view)
{
  g_clear_pointer (&own (self)->view, SCOPE_INQUIRY_GET_CLASS (self)->free_view);
  own (self)->view = view;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIEW]);
}

static void
on_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeInquiry *self = owner;

  if (error != NULL) {
    scope_inquiry_set_pending (self, FALSE);
    scope_session_fail (own (self)->session, error);
    return;
  }
  gboolean more = SCOPE_INQUIRY_GET_CLASS (self)->arrived (self, result);
  put_view (self, result);
  if (more && own (self)->active)
    scope_inquiry_ask (self);
  else
    scope_inquiry_set_pending (self, FALSE);
}

void
scope_inquiry_post (ScopeInquiry *self, ScopeEngineWork work, gpointer input,
                    GDestroyNotify destroy_input)
{
  const ScopeInquiryClass *class = SCOPE_INQUIRY_GET_CLASS (self);
  ScopeSession *session = own (self)->session;

  scope_inquiry_set_pending (self, TRUE);
  scope_engine_post (session->engine, class->kind, work, input, destroy_input, class->free_view,
                     on_done, G_OBJECT (self));
  scope_session_notify_busy (session);
}

void
scope_inquiry_set_pending (ScopeInquiry *self, gboolean pending)
{
  if (pending == own (self)->pending)
    return;
  own (self)->pending = pending;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PENDING]);
}

void
scope_inquiry_forget (ScopeInquiry *self)
{
  scope_inquiry_set_pending (self, FALSE);
  if (own (self)->view != NULL)
    put_view (self, NULL);
}

static void
cancel (ScopeInquiry *self)
{
  const ScopeSession *session = own (self)->session;

  if (session != NULL && session->engine != NULL)
    scope_engine_cancel (session->engine, SCOPE_INQUIRY_GET_CLASS (self)->kind);
}

void
scope_inquiry_set_active (ScopeInquiry *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_INQUIRY (self));
  ScopeInquiryPrivate *my = own (self);

  if (!active == !my->active)
    return;
  my->active = active != FALSE;
  if (active) {
    scope_inquiry_ask (self);
    return;
  }
  cancel (self);
  scope_session_notify_busy (my->session);
  scope_inquiry_set_pending (self, FALSE);
}

/* --- what there is ------------------------------------------------------------------------------
 */

gboolean
scope_inquiry_get_pending (ScopeInquiry *self)
{
  g_return_val_if_fail (SCOPE_IS_INQUIRY (self), FALSE);
  return own (self)->pending;
}

gconstpointer
scope_inquiry_get_view (ScopeInquiry *self)
{
  g_return_val_if_fail (SCOPE_IS_INQUIRY (self), NULL);
  return own (self)->view;
}

ScopeSession *
scope_inquiry_get_session (ScopeInquiry *self)
{
  return own (self)->session;
}

void
scope_inquiry_set_session (ScopeInquiry *self, ScopeSession *session)
{
  g_set_object (&own (self)->session, session);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_inquiry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const ScopeInquiryPrivate *my = own (SCOPE_INQUIRY (object));

  if (id == PROP_VIEW)
    g_value_set_pointer (value, my->view);
  else if (id == PROP_PENDING)
    g_value_set_boolean (value, my->pending);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
scope_inquiry_dispose (GObject *object)
{
  cancel (SCOPE_INQUIRY (object));
  g_clear_object (&own (SCOPE_INQUIRY (object))->session);
  G_OBJECT_CLASS (scope_inquiry_parent_class)->dispose (object);
}

static void
scope_inquiry_finalize (GObject *object)
{
  g_clear_pointer (&own (SCOPE_INQUIRY (object))->view,
                   SCOPE_INQUIRY_GET_CLASS (object)->free_view);
  G_OBJECT_CLASS (scope_inquiry_parent_class)->finalize (object);
}

static void
scope_inquiry_class_init (ScopeInquiryClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = scope_inquiry_get_property;
  object_class->dispose = scope_inquiry_dispose;
  object_class->finalize = scope_inquiry_finalize;
  properties[PROP_VIEW] = g_param_spec_pointer ("view", NULL, NULL, read);
  properties[PROP_PENDING] = g_param_spec_boolean ("pending", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
scope_inquiry_init (ScopeInquiry *self)
{
}
