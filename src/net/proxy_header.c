#include "net/proxy_header.h"

#include "net/proxy_header_private.h"

bool
proxy_header_is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return s.n > 0 && s.n <= PROXY_HEADER_AUTHORITY_MAX;
}

/* ---- version 1 ----------------------------------------------------------- */

/* What is here of a line. */
struct line {
	struct slice text;	/* up to its CR, or as far as it came */
	bool ended;		/* the CR was seen; only an LF may follow */
	bool whole;		/* that too */
};

/* Postfix takes a line that ends with LF alone, Dovecot and nginx do not; a
   sender that cannot end a line is not one to believe about addresses. */
static const char *
find_line(struct slice in, struct line *line_out)
{
	for (size_t i = 0; i < in.n; i++) {
		switch (in.p[i]) {
		case '\r':
			if (i + 1 < in.n && in.p[i + 1] != '\n')
				return "a CR without LF";
			*line_out = (struct line){ slice_first(in, i), true,
						   i + 1 < in.n };
			return NULL;
		case '\n':
			return "an LF without CR";
		case '\0':
			return "a NUL in the line";
		}
		if (i + 1 > PROXY_HEADER_V1_MAX - 2)
			return "a line of more than 107 octets";
	}
	*line_out = (struct line){ in, false, false };
	return NULL;
}

/* The text must be of the family that the line announced; nginx does not look,
   and would take an IPv6 address in TCP4. */
static const char *
read_ip(struct slice field, bool v6, struct addr *addr_out)
{
	if (slice_has(field, ':') != v6 || !addr_parse_ip(field, addr_out))
		return "a wrong address";
	return NULL;
}

/* A leading zero makes some readers see an octal number. */
static const char *
read_port(struct slice field, struct addr *addr)
{
	uint64_t port;

	if (!slice_to_u64(field, UINT16_MAX, &port) ||
	    (field.n > 1 && field.p[0] == '0'))
		return "a wrong port";
	addr->port = (uint16_t)port;
	return NULL;
}

/* Source address, destination address, source port, destination port. Parts
   the line between single spaces and judges each field as soon as its end is
   here. */
static const char *
read_ends(const struct line *line, struct slice rest, bool v6,
	  struct proxy_header *h)
{
	for (int i = 0; i < 4; i++) {
		size_t end = slice_index(rest, ' ');
		bool space_follows = end < rest.n, last = i == 3;
		struct slice field = slice_first(rest, end);
		struct addr *addr = i % 2 == 0 ? &h->source : &h->destination;
		const char *why;

		if (!space_follows && !line->ended)
			return NULL;
		if (space_follows == last)
			return last ? "too many fields" : "too few fields";
		why = i < 2 ? read_ip(field, v6, addr) : read_port(field, addr);
		if (why != NULL)
			return why;
		rest = slice_skip(rest, last ? end : end + 1);
	}
	return NULL;
}

/* What stands between "PROXY " and the line's end, or its beginning. */
static const char *
read_line(const struct line *line, struct slice rest, struct proxy_header *h)
{
	bool tcp6 = agrees(rest, SL("TCP6 "));
	size_t word = SL("TCP4 ").n;

	/* Section 2.1: whatever follows UNKNOWN is to be ignored. */
	if (agrees(rest, SL("UNKNOWN"))) {
		h->local = true;
		word = SL("UNKNOWN").n;
	} else if (!tcp6 && !agrees(rest, SL("TCP4 "))) {
		return "neither TCP4, TCP6 nor UNKNOWN";
	}
	if (rest.n < word)
		return line->ended ? "too few fields" : NULL;
	return h->local ? NULL :
			  read_ends(line, slice_skip(rest, word), tcp6, h);
}

static const char *
read_v1(struct slice in, struct line *line_out, struct proxy_header *h)
{
	const struct slice start = SL("PROXY ");
	const char *why;

	if (!agrees(in, start))
		return "no PROXY header";
	why = find_line(in, line_out);
	if (why != NULL)
		return why;
	if (line_out->text.n < start.n)
		return NULL;
	return read_line(line_out, slice_skip(line_out->text, start.n), h);
}

static enum proxy_header_parse
parse_v1(struct slice in, struct proxy_header *out, size_t *used_out,
	 const char **why_out)
{
	struct proxy_header h = { 0 };
	struct line line;
	const char *why = read_v1(in, &line, &h);

	if (why != NULL) {
		*why_out = why;
		return PROXY_HEADER_BAD;
	}
	if (!line.whole)
		return PROXY_HEADER_MORE;
	*out = h;
	*used_out = line.text.n + 2;
	return PROXY_HEADER_DONE;
}

/* ---- either -------------------------------------------------------------- */

enum proxy_header_parse
proxy_header_parse(struct slice in, struct proxy_header *out, size_t *used_out,
		   const char **why_out)
{
	if (in.n == 0)
		return PROXY_HEADER_MORE;
	if (in.p[0] == V2_SIGNATURE.p[0])
		return proxy_header_parse_v2(in, out, used_out, why_out);
	return parse_v1(in, out, used_out, why_out);
}
