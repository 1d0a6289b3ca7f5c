#include "core/close_reason.h"

static const struct close_reason_row rows[] = {
#define X(id, name, fault, text, bye) [CLOSE_##id] = { name, fault, text, bye },
	CLOSE_REASONS(X)
#undef X
};

const struct close_reason_row *
close_reason_row(enum close_reason why)
{
	return &rows[why];
}
