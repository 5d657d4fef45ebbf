/* test-focus: what has the focus is hidden twice before a frame, and what is pressed while it is
 * pressed, as GTK 4.8 would keep it for ever; all of it goes with its window. */
#include "harness.h"
#include "input.h"
#include "test-support.h"
#include "ui/focus.h"

/* A page of a stack: a box in it, and a button in that. */
typedef struct {
  GtkWidget *page, *box, *button;
} Page;

typedef struct {
  GtkWindow *window;
  AdwViewStack *stack;
  Page pages[2];
} Fixture;

static void
add_page (Fixture *self, Page *page)
{
  page->page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  page->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  page->button = gtk_button_new_with_label ("one");
  gtk_box_append (GTK_BOX (page->page), page->box);
  gtk_box_append (GTK_BOX (page->box), page->button);
  adw_view_stack_add (self->stack, page->page);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = GTK_WINDOW (gtk_window_new ());
  self->stack = ADW_VIEW_STACK (adw_view_stack_new ());
  for (guint k = 0; k < G_N_ELEMENTS (self->pages); k++)
    add_page (self, &self->pages[k]);
  scope_focus_guard (self->window);
  gtk_window_set_child (self->window, GTK_WIDGET (self->stack));
  gtk_window_present (self->window);
  HARNESS_AWAIT (gtk_widget_get_mapped (self->pages[0].button));
  harness_run_for (100);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  gpointer widgets[]
      = { self->window,        self->pages[0].page, self->pages[0].box,   self->pages[0].button,
          self->pages[1].page, self->pages[1].box,  self->pages[1].button };
  for (guint k = 0; k < G_N_ELEMENTS (widgets); k++)
    g_object_add_weak_pointer (widgets[k], &widgets[k]);
  gtk_window_destroy (self->window);
  for (guint k = 0; k < G_N_ELEMENTS (widgets); k++)
    HARNESS_AWAIT (widgets[k] == NULL);
}

static void
show_page (Fixture *self, guint page)
{
  adw_view_stack_set_visible_child (self->stack, self->pages[page].page);
}

/* What has the focus, then what holds it. */
static void
test_hidden_twice (Fixture *self, gconstpointer data)
{
  g_assert_true (gtk_widget_grab_focus (self->pages[0].button));
  gtk_widget_hide (self->pages[0].button);
  gtk_widget_hide (self->pages[0].box);
  gtk_widget_hide (self->pages[0].page);
}

/* The same, on a page that is not shown. */
static void
test_not_shown (Fixture *self, gconstpointer data)
{
  gtk_widget_grab_focus (self->pages[1].button);
  g_assert_null (gtk_window_get_focus (self->window));
  gtk_widget_hide (self->pages[1].button);
  gtk_widget_hide (self->pages[1].box);
}

/* A stack remembers what had the focus on a page, which is hidden in the meantime: to and fro. */
static void
test_remembered (Fixture *self, gconstpointer data)
{
  show_page (self, 1);
  g_assert_true (gtk_widget_grab_focus (self->pages[1].button));
  show_page (self, 0);
  g_assert_true (gtk_widget_grab_focus (self->pages[0].button));
  gtk_widget_hide (self->pages[1].box);
  for (guint k = 0; k < 4; k++)
    show_page (self, (k + 1) % 2);
  harness_run_for (100); /* GTK leads the focus to what there is */
  g_assert_true (gtk_window_get_focus (self->window) == self->pages[0].button);
}

/* What is not on screen gets it when it comes there, unless something else has it by then. */
static void
test_comes (Fixture *self, gconstpointer data)
{
  for (guint taken = 0; taken < 2; taken++) {
    gtk_window_set_focus (self->window, NULL);
    gtk_widget_grab_focus (self->pages[1].button);
    if (taken)
      gtk_widget_grab_focus (self->pages[0].button);
    gtk_widget_hide (self->pages[0].box); /* or the stack takes the focus along */
    gtk_window_set_focus (self->window, NULL);
    show_page (self, 1);
    GtkWidget *focus = gtk_window_get_focus (self->window);
    g_assert_true (focus == (taken ? NULL : self->pages[1].button));
    gtk_widget_show (self->pages[0].box);
    show_page (self, 0);
  }
}

/* Before the window is up, the focus may wait in it. */
static void
test_waits (Fixture *self, gconstpointer data)
{
  GtkWidget *entry = gtk_entry_new ();
  gtk_widget_hide (GTK_WIDGET (self->window));
  gtk_box_append (GTK_BOX (self->pages[0].page), entry);
  g_assert_true (gtk_widget_grab_focus (entry));
  gtk_window_present (self->window);
  HARNESS_AWAIT (gtk_widget_get_mapped (entry));
  harness_run_for (100);
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (self->window), entry));
}

/* What is pressed is gone when the button is let go of. */
static void
test_pressed (Fixture *self, gconstpointer data)
{
  GtkWidget *box = self->pages[0].box;
  GtkGesture *drag = gtk_gesture_drag_new ();
  if (!input_open (self->window)) {
    g_test_skip ("no X server with XTEST");
    return;
  }
  gtk_widget_add_controller (box, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_set_size_request (box, 200, 200);
  HARNESS_AWAIT (gtk_widget_get_height (box) >= 200);
  harness_run_for (100);
  g_assert_true (gtk_widget_pick (GTK_WIDGET (self->window), 100, 150, GTK_PICK_DEFAULT) == box);
  input_move (100, 150);
  input_button (1, TRUE);
  HARNESS_AWAIT (gtk_gesture_is_active (drag));
  show_page (self, 1);
  input_button (1, FALSE);
  harness_run_for (200);
  g_assert_true (gtk_gesture_is_active (drag)); /* or there is nothing to hold it */
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = { { "hidden-twice", test_hidden_twice },
                { "not-shown", test_not_shown },
                { "remembered", test_remembered },
                { "comes", test_comes },
                { "waits", test_waits },
                { "pressed", test_pressed } };
  harness_init (&argc, &argv);
  SCOPE_TEST_ADD_EACH ("/ui/focus/", Fixture, NULL, set_up, tests, tear_down);
  return g_test_run ();
}
