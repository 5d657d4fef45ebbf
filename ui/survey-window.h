/* What θ and C do: how many channels are global, what they keep and how near their ΣΔ comes to
 * what the filter aims at, for the values of LongMamba's own search; above for one layer or all,
 * below layer by layer. What is chosen there can be put into the filter. Main thread. */
#pragma once

#include "session/session.h"
#include "ui/window.h"

G_BEGIN_DECLS

/* Beside PARENT, which stays usable; once there is one, that is presented again. */
void scope_survey_window_show (ScopeWindow *parent);

G_END_DECLS
