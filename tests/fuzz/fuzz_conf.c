/* Settings that parse are dumped to a text that parses to the same dump; others
   have a complaint, each with its words and a place within the text. */
#include "fuzz.h"

#include "conf/settings.h"

static void
check_dump(struct settings *s)
{
	struct conf_problems problems;
	struct arena a = { 0 };
	struct buf once, twice;
	struct settings *again;

	buf_init(&once, SETTINGS_MAX_DUMP);
	buf_init(&twice, SETTINGS_MAX_DUMP);
	settings_dump(s, true, &once);
	require(buf_ok(&once));
	again = settings_parse(buf_slice(&once), &a, &problems);
	require(again != NULL);
	settings_dump(again, true, &twice);
	require(slice_eq(buf_slice(&once), buf_slice(&twice)));
	settings_free(&again);
	buf_free(&once);
	buf_free(&twice);
	arena_free(&a);
}

static void
check_problems(const struct conf_problems *problems, size_t size)
{
	require(problems->n > 0);
	require(problems->n <= CONF_MAX_PROBLEMS);
	for (size_t i = 0; i < problems->n; i++) {
		require(problems->v[i].text.n > 0);
		require(problems->v[i].line <= size + 1);
		require(problems->v[i].column <= size + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct conf_problems problems;
	struct arena a = { 0 };
	struct settings *s = settings_parse(text, &a, &problems);

	if (s != NULL)
		check_dump(s);
	else
		check_problems(&problems, size);
	settings_free(&s);
	arena_free(&a);
	return 0;
}
