#include "auth/gs2.h"

bool
gs2_name_read(struct slice s, struct arena *a, struct slice *name_out)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		struct slice rest = slice_skip(s, i);

		if (slice_starts(rest, SL("=2C"))) {
			p[n++] = ',';
			i += 2;
		} else if (slice_starts(rest, SL("=3D"))) {
			p[n++] = '=';
			i += 2;
		} else if (s.p[i] == '=' || s.p[i] == ',' || s.p[i] == '\0') {
			return false;
		} else {
			p[n++] = s.p[i];
		}
	}
	*name_out = (struct slice){ p, n };
	return true;
}

bool
gs2_name_write(struct slice name, struct buf *out)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == ',')
			buf_add(out, SL("=2C"));
		else if (name.p[i] == '=')
			buf_add(out, SL("=3D"));
		else
			buf_add_char(out, name.p[i]);
	}
	return buf_ok(out);
}

/* Letters, digits, '.' and '-' (RFC 5801 section 4, "cb-name"). */
static bool
is_binding_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '-'))
			return false;
	}
	return s.n > 0;
}

static bool
read_binding(struct slice flag, struct gs2 *out)
{
	if (slice_eq(flag, SL("n"))) {
		out->binding = GS2_NONE;
		return true;
	}
	if (slice_eq(flag, SL("y"))) {
		out->binding = GS2_UNUSED;
		return true;
	}
	if (!slice_starts(flag, SL("p=")))
		return false;
	out->binding = GS2_USED;
	out->binding_name = slice_skip(flag, 2);
	return is_binding_name(out->binding_name);
}

bool
gs2_read(struct slice *message, struct arena *a, struct gs2 *out)
{
	struct slice rest = *message, flag, authzid;
	struct gs2 gs2 = { .binding = GS2_NONE };

	if (!slice_has(rest, ',') || !slice_cut(&rest, ',', &flag) ||
	    !read_binding(flag, &gs2))
		return false;
	if (!slice_has(rest, ',') || !slice_cut(&rest, ',', &authzid))
		return false;
	if (authzid.n > 0 &&
	    (!slice_starts(authzid, SL("a=")) || authzid.n == 2 ||
	     !gs2_name_read(slice_skip(authzid, 2), a, &gs2.authzid)))
		return false;
	gs2.text = slice_first(*message, message->n - rest.n);
	*out = gs2;
	*message = rest;
	return true;
}
