#include "core/backend_sasl.h"

#include "base/base64.h"

/* One message: names and a password of a line each, or a token of OAuth. */
#define MAX_MESSAGE (8 * 1024)
/* The same in base64. */
#define MAX_CODED (2 * MAX_MESSAGE)

/* Appends the answer to a challenge in base64. False if there is none. */
static bool
add_answer(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	struct buf plain;
	bool good;

	buf_init(&plain, MAX_MESSAGE);
	good = sasl_client_step(c, challenge, &plain) &&
	       base64_encode(buf_slice(&plain), out);
	buf_free(&plain);
	return good;
}

/* The first answer, if it fits behind what is in out already; else the exchange
   stays at its beginning. */
static bool
add_initial(struct sasl_client *c, size_t max, struct buf *out)
{
	struct sasl_client ahead = *c;
	struct buf coded;
	struct slice text;
	bool good;

	buf_init(&coded, MAX_CODED);
	good = add_answer(&ahead, SL(""), &coded);
	text = coded.n > 0 ? buf_slice(&coded) : SL("=");
	if (good && text.n + 1 <= max) {
		BUF_ADD(out, SL(" "), text);
		*c = ahead;
	}
	buf_free(&coded);
	return good;
}

bool
backend_sasl_begin(struct backend *b, struct sasl_client *c, size_t max,
		   struct buf *out)
{
	const struct target *t = backend_target(b);
	struct slice name;

	if (!sasl_client_begin(c, t->mech, &t->identity)) {
		backend_fail(b, BACKEND_INTERNAL,
			     "Unsupported SASL mechanism %.*s", SL_FMT(t->mech));
		return false;
	}
	name = sasl_client_name(c);
	buf_add(out, name);
	if (!sasl_client_speaks_first(c) ||
	    add_initial(c, max > name.n ? max - name.n : 0, out))
		return true;
	backend_fail(b, BACKEND_INTERNAL, "name and password are too long");
	return false;
}

void
backend_sasl_answer(struct backend *b, struct sasl_client *c,
		    struct slice challenge)
{
	struct buf plain, answer;

	buf_init(&plain, MAX_MESSAGE);
	buf_init(&answer, MAX_CODED);
	if (!base64_decode(challenge, &plain))
		backend_fail(b, BACKEND_PROTOCOL, "challenge is no base64");
	else if (!add_answer(c, buf_slice(&plain), &answer))
		backend_fail(b, BACKEND_PROTOCOL, "one challenge too many");
	else
		BUF_ADD(backend_out(b), buf_slice(&answer), SL("\r\n"));
	buf_free(&plain);
	buf_free(&answer);
}
