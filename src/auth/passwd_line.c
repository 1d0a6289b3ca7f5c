#include "auth/passwd_line.h"

/* uid, gid, gecos, home and shell */
#define FIELDS_NOT_OURS 5

/* What stands behind the shell's colon; empty if there is no such thing. */
static struct slice
extra_of(struct slice rest)
{
	struct slice unused;

	for (int i = 0; i < FIELDS_NOT_OURS; i++) {
		if (!slice_cut(&rest, ':', &unused))
			return rest;
	}
	return slice_starts(rest, SL(":")) ? slice_first(rest, 0) : rest;
}

/* "5ebe2294ecd0e0f08eab7690d2a6ee69[34]" */
static void
pwdfile_suffix(struct passwd_line *line)
{
	struct slice pw = line->password, type;

	if (pw.n <= 4 || pw.p[0] == '{' || pw.p[0] == '$' ||
	    pw.p[pw.n - 1] != ']' || pw.p[pw.n - 4] != '[')
		return;
	type = (struct slice){ pw.p + pw.n - 3, 2 };
	if (slice_eq(type, SL("34")))
		line->scheme = SL("PLAIN-MD5");
	else if (slice_eq(type, SL("56")))
		line->scheme = SL("DIGEST-MD5");
	else
		line->scheme = SL("CRYPT");
	line->password.n -= 4;
}

enum passwd_line_kind
passwd_line_parse(struct slice line, struct passwd_line *out,
		  const char **why_out)
{
	struct slice rest = line;

	if (line.n == 0 || line.p[0] == '#' || line.p[0] == ':')
		return PASSWD_LINE_NOTHING;
	if (line.n > PASSWD_LINE_MAX) {
		*why_out = "longer than a line may be";
		return PASSWD_LINE_REFUSED;
	}
	if (slice_has(line, '\0')) {
		*why_out = "holds a NUL";
		return PASSWD_LINE_REFUSED;
	}
	*out = (struct passwd_line){ 0 };
	slice_cut(&rest, ':', &out->user);
	if (slice_cut(&rest, ':', &out->password))
		out->extra = extra_of(rest);
	pwdfile_suffix(out);
	return PASSWD_LINE_USER;
}

bool
passwd_line_field(struct slice *extra, struct var *field_out)
{
	struct slice word = { 0 };

	while (word.n == 0) {
		if (!slice_cut(extra, ' ', &word))
			return false;
	}
	slice_cut(&word, '=', &field_out->name);
	field_out->value = word;
	return true;
}
