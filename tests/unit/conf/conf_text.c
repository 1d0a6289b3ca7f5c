#include "conf_text.h"

#include <check.h>

struct settings *
conf_text_settings(struct slice text)
{
	struct arena a = { 0 };
	struct conf_problems problems;
	struct settings *s = settings_parse(text, &a, &problems);

	for (size_t i = 0; i < problems.n; i++)
		ck_abort_msg("%zu:%zu: %.*s", problems.v[i].line,
			     problems.v[i].column, SL_FMT(problems.v[i].text));
	ck_assert_ptr_nonnull(s);
	arena_free(&a);
	return s;
}

void
conf_text_problems(struct slice text, struct buf *out)
{
	struct arena a = { 0 };
	struct conf_problems problems;
	struct settings *s = settings_parse(text, &a, &problems);

	ck_assert_int_eq(s == NULL, problems.n > 0);
	for (size_t i = 0; i < problems.n; i++)
		buf_addf(out, "%zu:%zu: %.*s\n", problems.v[i].line,
			 problems.v[i].column, SL_FMT(problems.v[i].text));
	ck_assert(buf_ok(out));
	settings_free(&s);
	arena_free(&a);
}
