/* Included before everything else in src/ (see AM_CPPFLAGS): the calls that
   have cost C programmers most do not compile here. Use struct buf and
   struct slice instead. */
#ifndef BASE_FORBID_H
#define BASE_FORBID_H

/* The system's own headers may name these words, so they come first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

/* The headers may have made macros of them. */
#undef alloca
#undef sprintf

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok
#pragma GCC poison atoi atol atoll gets alloca stpcpy

#endif
