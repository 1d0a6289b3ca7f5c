/* Runs all suites of a program; CK_RUN_SUITE chooses one. */
#include "unit.h"

static Suite *(*const makers[])(void) = {
#define X(name) name,
	SUITES(X)
#undef X
};

int
main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		srunner_add_suite(runner, makers[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
