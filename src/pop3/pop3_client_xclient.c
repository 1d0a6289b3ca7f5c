/* The XCLIENT that tells a backend who the client is (spec:
   dovecot-forwarding.md section 5): values are not coded, so none has a blank;
   what does not fit into one command goes into a second, and variables that fit
   into neither are left out, the last ones first. */
#include "base/base64.h"
#include "core/forward_list.h"
#include "pop3/pop3_private.h"

static void
add_field(struct buf *out, struct slice name, struct slice value)
{
	if (value.n > 0)
		BUF_ADD(out, SL(" "), name, SL("="), value);
}

static void
add_number(struct buf *out, struct slice name, uint64_t n)
{
	if (n == 0)
		return;
	BUF_ADD(out, SL(" "), name, SL("="));
	buf_add_u64(out, n);
}

static void
add_addr(struct buf *out, struct slice ip, struct slice port,
	 const struct addr *a)
{
	char text[ADDR_IP_TEXT];

	add_field(out, ip, slice_of(addr_ip_text(a, text)));
	add_number(out, port, a->port);
}

static void
add_facts(struct buf *out, const struct forward *f)
{
	add_addr(out, SL("ADDR"), SL("PORT"), &f->client);
	add_addr(out, SL("DESTADDR"), SL("DESTPORT"), &f->connected);
	add_field(out, SL("SESSION"), f->session_id);
	add_number(out, SL("TTL"), forward_next_ttl(f));
	add_field(out, SL("CLIENT-TRANSPORT"),
		  f->client_tls ? SL("TLS") : SL("insecure"));
	add_field(out, SL("DESTNAME"), f->connected_name);
}

/* The first count variables in base64, if they fit into room octets. */
static bool
code_variables(const struct vars *variables, size_t count, size_t room,
	       struct buf *coded)
{
	struct buf list;
	bool fits;

	buf_init(&list, POP3_MAX_ARGUMENTS);
	buf_clear(coded);
	fits = forward_list_write(variables, count, &list) &&
	       base64_encode(buf_slice(&list), coded) && coded->n <= room;
	buf_free(&list);
	return fits;
}

size_t
pop3_write_xclient(const struct forward *f, struct buf *out, size_t *left_out)
{
	const size_t name = sizeof(" FORWARD=") - 1;
	size_t n = f->variables.n, used;
	struct buf facts, coded;
	bool second;

	buf_init(&facts, POP3_MAX_ARGUMENTS);
	buf_init(&coded, 2 * POP3_MAX_ARGUMENTS);
	add_facts(&facts, f);
	/* The blank in front of the first field is not counted. */
	while (n > 0 && !code_variables(&f->variables, n,
					POP3_MAX_ARGUMENTS + 1 - name, &coded))
		n--;
	used = n > 0 ? name + coded.n : 0;
	second = facts.n - 1 + used > POP3_MAX_ARGUMENTS;
	BUF_ADD(out, SL("XCLIENT"), buf_slice(&facts));
	if (second)
		buf_add(out, SL("\r\nXCLIENT"));
	if (n > 0)
		BUF_ADD(out, SL(" FORWARD="), buf_slice(&coded));
	buf_add(out, SL("\r\n"));
	*left_out = f->variables.n - n;
	buf_free(&facts);
	buf_free(&coded);
	return second ? 2 : 1;
}
