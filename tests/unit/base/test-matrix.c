#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/matrix.h"
#include "base/progress.h"
#include "test-support.h"

static void
test_new (void)
{
  const ScopeReal reals[] = { SCOPE_REAL_F32, SCOPE_REAL_F64 };
  for (gsize k = 0; k < G_N_ELEMENTS (reals); k++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeMatrix) matrix = scope_matrix_new (reals[k], 3, 7, &error);
    g_assert_no_error (error);
    for (gsize i = 0; i < 3; i++)
      for (gsize j = 0; j < 7; j++) {
        g_assert_cmpfloat (scope_matrix_get (matrix, i, j), ==, 0);
        scope_matrix_set (matrix, i, j, (double)(10 * i + j));
      }
    if (reals[k] == SCOPE_REAL_F32) {
      g_assert_cmpfloat (scope_matrix_row_f32 (matrix, 2)[5], ==, 25);
      g_assert_null (scope_matrix_row_f64 (matrix, 2));
    } else {
      g_assert_cmpfloat (scope_matrix_row_f64 (matrix, 2)[5], ==, 25);
      g_assert_null (scope_matrix_row_f32 (matrix, 2));
    }
    g_assert_cmpuint (scope_matrix_stride (matrix), ==, 7);
  }
}

static void
test_sizes (void)
{
  const gsize cases[][2] = { { G_MAXSIZE, 2 },
                             { G_MAXSIZE / 2, 3 },
                             { G_MAXSIZE, 1 },
                             { (gsize)1 << 32, (gsize)1 << 32 },
                             { (gsize)1 << 40, 1 } };
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (scope_matrix_new (SCOPE_REAL_F64, cases[k][0], cases[k][1], &error));
    g_assert_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE);
  }
  g_autoptr (ScopeMatrix) empty = scope_matrix_new (SCOPE_REAL_F32, 0, 5, NULL);
  g_assert_nonnull (empty);
  g_assert_cmpuint (scope_matrix_rows (empty), ==, 0);
  gsize out = 7;
  g_assert_false (scope_size_add (G_MAXSIZE, 1, &out));
  g_assert_cmpuint (out, ==, 7);
}

static void
count_release (gpointer owner)
{
  ++*(int *)owner;
}

static void
test_wrap (void)
{
  int released = 0;
  float data[12];
  for (int i = 0; i < 12; i++)
    data[i] = (float)i;
  ScopeMatrix *matrix = scope_matrix_wrap (SCOPE_REAL_F32, data, 3, 2, 4, &released, count_release);
  g_assert_cmpfloat (scope_matrix_get (matrix, 2, 1), ==, 9);
  scope_matrix_unref (scope_matrix_ref (matrix));
  g_assert_cmpint (released, ==, 0);
  scope_matrix_unref (matrix);
  g_assert_cmpint (released, ==, 1);
}

typedef struct {
  double fraction;
  char what[64];
} Report;

static void
on_report (double fraction, const char *what, gpointer data)
{
  Report *report = data;
  report->fraction = fraction;
  g_strlcpy (report->what, what != NULL ? what : "", sizeof report->what);
}

static void
test_progress (void)
{
  Report report = { -1, "" };
  g_autoptr (GError) error = NULL;
  ScopeProgress root = SCOPE_PROGRESS_INIT (on_report, &report);
  ScopeProgress half = scope_progress_span (&root, 0.5, 1.0);
  ScopeProgress part = scope_progress_span (&half, 0.25, 0.75);
  g_assert_true (scope_progress_check (&part, 0.5, "layer 3", &error));
  g_assert_cmpfloat (report.fraction, ==, 0.75);
  g_assert_cmpstr (report.what, ==, "layer 3");
  g_assert_true (scope_progress_check (NULL, 0.5, NULL, &error));
  half.note = "about 3 MiB";
  g_assert_true (scope_progress_check (&part, 0.6, "layer 4", &error));
  g_assert_cmpstr (report.what, ==, "layer 4 · about 3 MiB");
  g_assert_true (scope_progress_check (&root, 0.9, "logits", &error));
  g_assert_cmpstr (report.what, ==, "logits");

  scope_progress_cancel (&half);
  g_assert_false (scope_progress_is_cancelled (&root));
  g_assert_true (scope_progress_is_cancelled (&part));
  g_assert_false (scope_progress_check (&part, 1, NULL, &error));
  g_assert_true (scope_error_is_cancelled (error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/matrix/new", test_new);
  g_test_add_func ("/matrix/sizes", test_sizes);
  g_test_add_func ("/matrix/wrap", test_wrap);
  g_test_add_func ("/progress/span", test_progress);
  return g_test_run ();
}
