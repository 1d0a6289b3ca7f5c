/* What every unit test file begins with. A file is named for its module and
   gives one suite; unit.c runs them all. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"

#include "suites.h"

#define X(name) Suite *name(void);
UNIT_SUITES(X)
PLAY_SUITES(X)
#undef X

/* Says which octets differ, not only that some do. */
#define assert_slice(got, want)                                              \
	do {                                                                 \
		struct slice got_ = (got), want_ = (want);                   \
		ck_assert_msg(slice_eq(got_, want_),                         \
			      "%s is \"%.*s\", not \"%.*s\"", #got,          \
			      SL_FMT(got_), SL_FMT(want_));                  \
	} while (0)

/* A copy in memory of just its length, so that ASan sees who reads on. Freed
   with free((char *)copy.p). */
static inline struct slice
exact_copy(struct slice s, size_t n)
{
	char *p = malloc(n == 0 ? 1 : n);

	if (n > 0)
		memcpy(p, s.p, n);
	return (struct slice){ p, n };
}

static inline void
free_copy(struct slice s)
{
	free((char *)s.p);
}

/* A suite of one case, named for the module. */
static inline Suite *
suite_of(const char *module, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(module);
	TCase *tcase = tcase_create(module);

	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

#endif
