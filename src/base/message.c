#include "base/message.h"

/* Beyond this a list of variables is nonsense, whoever sent it. */
#define MAX_VARS 4096

/* ---- writing ----------------------------------------------------------- */

static void
put_number(struct buf *out, uint64_t n, size_t octets)
{
	char le[8];

	for (size_t i = 0; i < octets; i++)
		le[i] = (char)(n >> (8 * i) & 0xff);
	buf_add(out, (struct slice){ le, octets });
}

static void
put_text(struct buf *out, struct slice s)
{
	put_number(out, s.n, 4);
	buf_add(out, s);
}

static void
put_vars(struct buf *out, const struct vars *vars)
{
	put_number(out, vars->n, 4);
	for (size_t i = 0; i < vars->n; i++) {
		put_text(out, vars->v[i].name);
		put_text(out, vars->v[i].value);
	}
}

static void
put_addr(struct buf *out, const struct addr *a)
{
	put_number(out, a->family, 1);
	put_number(out, a->port, 2);
	buf_add(out, (struct slice){ (const char *)a->ip, sizeof(a->ip) });
}

static void
put_field(struct buf *out, enum message_field_type type, const void *at)
{
	switch (type) {
	case MESSAGE_BOOL:
		put_number(out, *(const bool *)at, 1);
		return;
	case MESSAGE_U32:
		put_number(out, *(const uint32_t *)at, 4);
		return;
	case MESSAGE_U64:
		put_number(out, *(const uint64_t *)at, 8);
		return;
	case MESSAGE_TEXT:
		put_text(out, *(const struct slice *)at);
		return;
	case MESSAGE_ADDR:
		put_addr(out, at);
		return;
	case MESSAGE_VARS:
		put_vars(out, at);
		return;
	}
}

bool
message_put(const struct message_field *fields, size_t count,
	    const void *message, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		put_field(out, fields[i].type,
			  (const char *)message + fields[i].at);
	return buf_ok(out);
}

/* ---- reading ----------------------------------------------------------- */

static bool
get_number(struct slice *in, size_t octets, uint64_t *n_out)
{
	uint64_t n = 0;

	if (in->n < octets)
		return false;
	for (size_t i = 0; i < octets; i++)
		n |= (uint64_t)(unsigned char)in->p[i] << (8 * i);
	*in = slice_skip(*in, octets);
	*n_out = n;
	return true;
}

static bool
get_text(struct slice *in, struct slice *s_out)
{
	uint64_t n;

	if (!get_number(in, 4, &n) || n > in->n)
		return false;
	*s_out = slice_first(*in, (size_t)n);
	*in = slice_skip(*in, (size_t)n);
	return true;
}

static bool
get_vars(struct slice *in, struct arena *a, struct vars *vars_out)
{
	struct vars vars = { 0 };
	uint64_t n;

	/* Each takes at least the eight octets of its two lengths. */
	if (!get_number(in, 4, &n) || n > MAX_VARS || n > in->n / 8)
		return false;
	vars.n = vars.cap = (size_t)n;
	vars.v = arena_alloc(a, vars.n * sizeof(*vars.v));
	for (size_t i = 0; i < vars.n; i++) {
		if (!get_text(in, &vars.v[i].name) ||
		    !get_text(in, &vars.v[i].value))
			return false;
	}
	*vars_out = vars;
	return true;
}

static bool
get_addr(struct slice *in, struct addr *addr_out)
{
	uint64_t family, port;
	struct addr a = { 0 };

	if (!get_number(in, 1, &family) || family > ADDR_V6 ||
	    !get_number(in, 2, &port) || in->n < sizeof(a.ip))
		return false;
	a.family = (uint8_t)family;
	a.port = (uint16_t)port;
	memcpy(a.ip, in->p, sizeof(a.ip));
	*in = slice_skip(*in, sizeof(a.ip));
	*addr_out = a;
	return true;
}

static bool
get_field(struct slice *in, enum message_field_type type, struct arena *a,
	  void *at)
{
	uint64_t n;

	switch (type) {
	case MESSAGE_BOOL:
		if (!get_number(in, 1, &n) || n > 1)
			return false;
		*(bool *)at = n == 1;
		return true;
	case MESSAGE_U32:
		if (!get_number(in, 4, &n))
			return false;
		*(uint32_t *)at = (uint32_t)n;
		return true;
	case MESSAGE_U64:
		return get_number(in, 8, at);
	case MESSAGE_TEXT:
		return get_text(in, at);
	case MESSAGE_ADDR:
		return get_addr(in, at);
	case MESSAGE_VARS:
		return get_vars(in, a, at);
	}
	return false;
}

bool
message_read(const struct message_field *fields, size_t count, struct slice in,
	     struct arena *a, void *out)
{
	for (size_t i = 0; i < count; i++) {
		if (!get_field(&in, fields[i].type, a,
			       (char *)out + fields[i].at))
			return false;
	}
	return in.n == 0;
}
