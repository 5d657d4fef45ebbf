/* ScopeInquiry: the base of the models beside the session that have one view to show: they ask the
 * engine for it with one kind of request, while somebody looks, whenever what it is of has changed.
 *
 * Made with a session, which it keeps. Main thread only; what it computes, it computes on the
 * engine's thread. A request that nobody waits for any more is cancelled. Errors are the session's
 * to tell ("failed").
 *
 * Properties (both notify): "view" (pointer: the getter has a new value), "pending" (boolean:
 * another view is on its way).
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INQUIRY (scope_inquiry_get_type ())
G_DECLARE_DERIVABLE_TYPE (ScopeInquiry, scope_inquiry, SCOPE, INQUIRY, GObject)

struct _ScopeInquiryClass {
  GObjectClass parent_class;
  ScopeRequestKind kind;
  GDestroyNotify free_view;
  /* Posts, if there is something to ask for: for an inquiry that is active and a session that shows
   * a layer. */
  void (*ask) (ScopeInquiry *self);
  /* VIEW is about to be shown. TRUE: it is a beginning, and the rest is to be asked for. */
  gboolean (*arrived) (ScopeInquiry *self, gconstpointer view);
};

/* FALSE at first. A widget that is not on screen sets it so. */
void scope_inquiry_set_active (ScopeInquiry *self, gboolean active);
gboolean scope_inquiry_get_pending (ScopeInquiry *self);
/* Immutable, the inquiry's own, and of an older selection while PENDING; NULL while there is none.
 */
gconstpointer scope_inquiry_get_view (ScopeInquiry *self);

/* --- for what derives from it -------------------------------------------------------------------
 */

/* In the constructor. */
void scope_inquiry_set_session (ScopeInquiry *self, ScopeSession *session);
ScopeSession *scope_inquiry_get_session (ScopeInquiry *self); /* borrowed */
/* What the view is of has changed. */
void scope_inquiry_ask (ScopeInquiry *self);
/* INPUT is taken over. */
void scope_inquiry_post (ScopeInquiry *self, ScopeEngineWork work, gpointer input,
                         GDestroyNotify destroy_input);
void scope_inquiry_set_pending (ScopeInquiry *self, gboolean pending);
/* What the view was of is gone: there is none. */
void scope_inquiry_forget (ScopeInquiry *self);

G_END_DECLS
