/* Pictures of the window, made inside the program: for the documentation and the tests. The
 * font, its hinting and the animations are set here, so that the same state gives the same
 * picture. Main thread. */
#pragma once

#include "ui/scene.h"

G_BEGIN_DECLS

/* Before the first window is made. */
void scope_screenshot_prepare (gboolean dark, gboolean large_text); /* twice as large */
/* Writes PATH once the window is settled, then quits the application. FILTER_ON: switches LongMamba
 * on after the window has settled without it, so that both answers are in the picture, and
 * prints how long the map took (stopwatch.h). SCENE: what is pictured. *STATUS is left alone on
 * success, else set to 1 with a message on standard error. */
void scope_screenshot_take (ScopeWindow *window, const char *path, gboolean filter_on,
                            ScopeScene scene, int *status);

G_END_DECLS
