#include "core/verdict.h"

static const struct {
	const char *name;
	bool is_failure;
} rows[] = {
#define X(id, name, failed) [VERDICT_##id] = { name, failed },
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
