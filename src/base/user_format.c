#include "base/user_format.h"

static struct slice
part_of(struct slice user, char what)
{
	size_t at = slice_index(user, '@');

	if (what == 'n')
		return slice_first(user, at);
	if (what == 'd')
		return slice_skip(user, at < user.n ? at + 1 : at);
	return user;
}

static void
add_lower(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
}

/* Takes one "%Lu" off the front of *rest, behind its '%'. */
static bool
cut_variable(struct slice *rest, bool *lower_out, char *what_out)
{
	bool lower = rest->n > 0 && rest->p[0] == 'L';

	if (lower)
		*rest = slice_skip(*rest, 1);
	if (rest->n == 0 || strchr("und%", rest->p[0]) == NULL ||
	    rest->p[0] == '\0' || (lower && rest->p[0] == '%'))
		return false;
	*lower_out = lower;
	*what_out = rest->p[0];
	*rest = slice_skip(*rest, 1);
	return true;
}

bool
user_format_valid(struct slice format)
{
	struct slice text;
	bool lower, more = slice_has(format, '%');
	char what;

	while (more && slice_cut(&format, '%', &text)) {
		if (!cut_variable(&format, &lower, &what))
			return false;
		more = slice_has(format, '%');
	}
	return true;
}

bool
user_format_names_user(struct slice format)
{
	struct slice text;
	bool lower;
	char what;

	while (slice_has(format, '%')) {
		if (!slice_cut(&format, '%', &text) ||
		    !cut_variable(&format, &lower, &what))
			return false;
		if (what != '%')
			return true;
	}
	return false;
}

bool
user_format_expand(struct slice format, struct slice user, struct buf *out)
{
	bool lower;
	char what;

	while (format.n > 0) {
		size_t at = slice_index(format, '%');

		buf_add(out, slice_first(format, at));
		format = slice_skip(format, at < format.n ? at + 1 : at);
		if (format.n == 0 || !cut_variable(&format, &lower, &what))
			break;
		if (what == '%')
			buf_add_char(out, '%');
		else if (lower)
			add_lower(out, part_of(user, what));
		else
			buf_add(out, part_of(user, what));
	}
	return buf_ok(out);
}
