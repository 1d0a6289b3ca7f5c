#include "unit.h"

#include <errno.h>

#include "base/err.h"

START_TEST(words_go_in_front_and_the_kind_stays_the_causes)
{
	struct err *e = err_new(ERR_DENIED, "line %d: unknown key", 4);

	e = err_wrap(e, "conf.d/%s", "tls.yaml");
	e = err_wrap(e, "load");
	ck_assert_str_eq(err_text(e),
			 "load: conf.d/tls.yaml: line 4: unknown key");
	ck_assert_int_eq(err_kind(e), ERR_DENIED);
	err_free(&e);
	ck_assert_ptr_null(e);
}
END_TEST

START_TEST(a_system_error_has_the_words_of_errno)
{
	struct err *e;

	errno = ENOENT;
	e = err_errno("open %s", "/etc/x");
	ck_assert_str_eq(err_text(e), "open /etc/x: No such file or directory");
	ck_assert_int_eq(err_kind(e), ERR_SYSTEM);
	err_free(&e);
}
END_TEST

START_TEST(freeing_nothing_is_harmless)
{
	struct err *none = NULL;

	err_free(NULL);
	err_free(&none);
	ck_assert_ptr_null(none);
}
END_TEST

Suite *
suite_err(void)
{
	const TTest *const tests[] = {
		words_go_in_front_and_the_kind_stays_the_causes,
		a_system_error_has_the_words_of_errno,
		freeing_nothing_is_harmless,
	};

	return suite_of("err", tests, sizeof(tests) / sizeof(tests[0]));
}
