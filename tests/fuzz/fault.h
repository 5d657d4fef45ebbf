/* What a fuzz entry says of an input that the code should not have let through. It aborts: libFuzzer
 * keeps the input of a SIGABRT, but not of the SIGTRAP that g_error() ends in. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define fault(what) (fputs ("fault: " what "\n", stderr), abort ())
