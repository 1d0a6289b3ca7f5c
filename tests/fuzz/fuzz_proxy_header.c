/* Whatever a peer sends instead of a PROXY header: the reader stays inside it,
   says the same however it was split, and what we would tell a backend about it
   reads back the same. */
#include "fuzz.h"

#include <assert.h>

#include "net/proxy_header.h"

struct parsed {
	enum proxy_header_parse verdict;
	struct proxy_header h;
	size_t used;
	const char *why;
};

static struct parsed
parse(struct slice in)
{
	struct parsed p = { 0 };

	p.verdict = proxy_header_parse(in, &p.h, &p.used, &p.why);
	return p;
}

static bool
is_inside(struct slice s, struct slice whole)
{
	return s.n == 0 || (s.p >= whole.p && s.n <= whole.n &&
			    (size_t)(s.p - whole.p) <= whole.n - s.n);
}

static void
check_done(struct slice in, const struct parsed *p)
{
	const struct proxy_header *h = &p->h;
	struct slice header = slice_first(in, p->used);

	assert(p->used > 0 && p->used <= in.n && p->used <= PROXY_HEADER_MAX);
	assert(is_inside(h->unix_path, header) && is_inside(h->alpn, header));
	assert(is_inside(h->authority, header));
	assert(is_inside(h->unique_id, header));
	assert(is_inside(h->tls.version, header));
	assert(is_inside(h->tls.cipher, header));
	assert(is_inside(h->tls.cert_name, header));
	assert(slice_is_printable(h->unique_id));
	assert(slice_is_printable(h->authority));
	assert(slice_is_printable(h->unix_path));
	assert(h->tls.cert_verified || h->tls.cert_name.n == 0);
	assert(h->tls.used || !h->tls.cert_verified);
	assert(h->local == (h->source.family == ADDR_NONE));
	assert(h->local == (h->destination.family == ADDR_NONE));
}

/* Octet by octet, in memory of just that length: more, until the verdict on all
   of it, and no other after that. */
static void
check_every_split(struct slice in, const struct parsed *whole)
{
	size_t decided = 0;

	for (size_t n = 0; n <= in.n && n <= PROXY_HEADER_MAX + 1; n++) {
		char *copy = malloc(n == 0 ? 1 : n);
		struct parsed p;

		if (n > 0)
			memcpy(copy, in.p, n);
		p = parse((struct slice){ copy, n });
		if (p.verdict == PROXY_HEADER_MORE) {
			assert(decided == 0);
		} else {
			assert(p.verdict == whole->verdict);
			assert(p.used == whole->used);
			assert((p.why != NULL) ==
			       (p.verdict == PROXY_HEADER_BAD));
			decided = decided == 0 ? n : decided;
		}
		free(copy);
	}
	if (whole->verdict == PROXY_HEADER_DONE)
		assert(decided == whole->used);
	if (whole->verdict == PROXY_HEADER_MORE)
		assert(decided == 0 && in.n < PROXY_HEADER_MAX);
}

static void
check_reads_back(const struct buf *out, const struct proxy_header *h, bool v2)
{
	struct parsed back = parse(buf_slice(out));

	assert(back.verdict == PROXY_HEADER_DONE && back.used == out->n);
	assert(out->n <= PROXY_HEADER_SEND_MAX);
	if (h->local)
		return;
	assert(addr_eq(&back.h.source, &h->source));
	assert(addr_eq(&back.h.destination, &h->destination));
	if (!v2)
		return;
	assert(slice_eq(back.h.authority, h->authority));
	assert(slice_eq(back.h.unique_id, h->unique_id));
	assert(back.h.tls.used == h->tls.used);
	if (h->tls.version.n <= PROXY_HEADER_TLS_VERSION_MAX)
		assert(slice_eq(back.h.tls.version, h->tls.version));
}

static void
check_written(const struct proxy_header *h)
{
	struct addr own = { .family = ADDR_V4, .ip = { 127, 0, 0, 1 } };
	struct buf out;

	buf_init(&out, PROXY_HEADER_SEND_MAX);
	assert(proxy_header_write_v2(h, &out));
	check_reads_back(&out, h, true);
	buf_clear(&out);
	assert(proxy_header_write_v1(h, &own, &own, &out));
	assert(out.n <= PROXY_HEADER_V1_MAX);
	check_reads_back(&out, h, false);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct parsed whole = parse(in);

	check_every_split(in, &whole);
	if (whole.verdict != PROXY_HEADER_DONE)
		return 0;
	check_done(in, &whole);
	check_written(&whole.h);
	return 0;
}
