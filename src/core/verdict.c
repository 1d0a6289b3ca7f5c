#include "core/verdict.h"

static const struct {
	const char *name;
	bool is_failure;
	const char *words;
} rows[] = {
#define X(id, name, failed, words) [VERDICT_##id] = { name, failed, words },
	VERDICTS(X)
#undef X
};

const char *
verdict_name(enum verdict_kind kind)
{
	return rows[kind].name;
}

bool
verdict_is_failure(enum verdict_kind kind)
{
	return rows[kind].is_failure;
}

bool
verdict_is_backends(enum verdict_kind kind)
{
	return rows[kind].words[0] == '\0';
}

struct slice
verdict_words(const struct verdict *v)
{
	return slice_or(v->text, slice_of(rows[v->kind].words));
}
