#include "auth/oauth_message.h"

#include "auth/gs2.h"

#define KVSEP '\001'

/* RFC 6750 section 2.1, "b64token"; and ':' '$' and such, which some providers
   put into tokens, but nothing that could end one early. */
static bool
is_token(struct slice s)
{
	return s.n > 0 && slice_is_printable(s) && !slice_has(s, ' ') &&
	       !slice_has(s, '"') && !slice_has(s, '\\');
}

/* "Bearer TOKEN"; the word counts in any case (RFC 7235 section 2.1). */
static bool
read_bearer(struct slice value, struct slice *token_out)
{
	struct slice word;

	if (!slice_cut(&value, ' ', &word) ||
	    !slice_eq_nocase(word, SL("Bearer")))
		return false;
	while (value.n > 0 && value.p[0] == ' ')
		value = slice_skip(value, 1);
	*token_out = value;
	return is_token(value);
}

/* "key=value" each with a KVSEP behind, and one more at the end. */
static bool
read_pairs(struct slice rest, struct slice *user, struct slice *token_out)
{
	bool found = false;

	while (rest.n > 0 && rest.p[0] != KVSEP) {
		struct slice pair, key;

		if (!slice_has(rest, KVSEP))
			return false;
		slice_cut(&rest, KVSEP, &pair);
		if (!slice_has(pair, '='))
			return false;
		slice_cut(&pair, '=', &key);
		if (slice_eq(key, SL("user")) && user != NULL)
			*user = pair;
		else if (slice_eq(key, SL("auth")) &&
			 (found || !read_bearer(pair, token_out)))
			return false;
		else if (slice_eq(key, SL("auth")))
			found = true;
	}
	return found && rest.n == 1;
}

static bool
read_bearer_message(struct slice message, struct arena *a,
		    struct slice *user_out, struct slice *token_out)
{
	struct slice token;
	struct gs2 gs2;

	if (!gs2_read(&message, a, &gs2) || gs2.binding == GS2_USED ||
	    message.n == 0 || message.p[0] != KVSEP ||
	    !read_pairs(slice_skip(message, 1), NULL, &token))
		return false;
	*user_out = gs2.authzid;
	*token_out = token;
	return true;
}

bool
oauth_message_read(enum oauth_form form, struct slice message, struct arena *a,
		   struct slice *user_out, struct slice *token_out)
{
	struct slice user = { 0 }, token;

	if (slice_has(message, '\0'))
		return false;
	if (form == OAUTH_BEARER)
		return read_bearer_message(message, a, user_out, token_out);
	if (!read_pairs(message, &user, &token) || user.n == 0)
		return false;
	*user_out = user;
	*token_out = token;
	return true;
}

bool
oauth_message_write(enum oauth_form form, struct slice user,
		    struct slice token, struct buf *out)
{
	if (!is_token(token) || slice_has(user, KVSEP) || slice_has(user, '\0'))
		return false;
	if (form == OAUTH_XOAUTH2)
		return BUF_ADD(out, SL("user="), user,
			       SL("\001auth=Bearer "), token, SL("\001\001"));
	buf_add(out, SL("n,a="));
	gs2_name_write(user, out);
	return BUF_ADD(out, SL(",\001auth=Bearer "), token, SL("\001\001")) &&
	       buf_ok(out);
}

/* Appends "key":"value" with what JSON wants escaped left out: words of a
   provider for another program. */
static void
add_member(struct buf *out, struct slice key, struct slice value)
{
	BUF_ADD(out, SL(",\""), key, SL("\":\""));
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c >= ' ' && c <= '~' && c != '"' && c != '\\')
			buf_add_char(out, c);
	}
	buf_add_char(out, '"');
}

bool
oauth_error_write(enum oauth_form form, struct slice error, struct slice scope,
		  struct slice url, struct buf *out)
{
	if (error.n == 0)
		error = SL("invalid_token");
	/* Google's clients look for an HTTP status. */
	if (form == OAUTH_XOAUTH2)
		buf_add(out, SL("{\"status\":\"401\",\"schemes\":\"bearer\""));
	else
		buf_add(out, SL("{\"schemes\":\"bearer\""));
	if (form == OAUTH_BEARER)
		add_member(out, SL("status"), error);
	if (scope.n > 0)
		add_member(out, SL("scope"), scope);
	if (url.n > 0)
		add_member(out, SL("openid-configuration"), url);
	return buf_add_char(out, '}') && buf_ok(out);
}
