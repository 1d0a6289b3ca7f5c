#include "auth/route.h"

typedef bool read_field(struct slice value, struct route *r);

static bool
read_host(struct slice value, struct route *r)
{
	r->host = value;
	return value.n > 0 && value.n <= 255 && slice_is_printable(value) &&
	       !slice_has(value, ' ');
}

static bool
read_hostip(struct slice value, struct route *r)
{
	return addr_parse_ip(value, &r->hostip);
}

static bool
read_hostips(struct slice value, struct route *r)
{
	r->hostips = value;
	return true;
}

static bool
read_tag(struct slice value, struct route *r)
{
	r->tag = value;
	return true;
}

static bool
read_port(struct slice value, struct route *r)
{
	uint64_t n;

	if (!slice_to_u64(value, UINT16_MAX, &n) || n == 0)
		return false;
	r->port = (uint16_t)n;
	return true;
}

/* "any-cert" does not verify; any other value does. A boolean field counts by
   being there, but "no" is what people mean when they write it. */
static bool
is_no(struct slice value)
{
	return slice_eq(value, SL("no"));
}

static bool
read_ssl(struct slice value, struct route *r)
{
	if (is_no(value) || (r->has_tls && r->tls == BACKEND_TLS_STARTTLS))
		return true;
	r->has_tls = true;
	r->tls = BACKEND_TLS_IMPLICIT;
	r->any_cert = slice_eq(value, SL("any-cert"));
	return true;
}

static bool
read_starttls(struct slice value, struct route *r)
{
	if (is_no(value))
		return true;
	r->has_tls = true;
	r->tls = BACKEND_TLS_STARTTLS;
	r->any_cert = slice_eq(value, SL("any-cert"));
	return true;
}

static bool
read_destuser(struct slice value, struct route *r)
{
	r->destuser = value;
	return value.n > 0;
}

static bool
read_pass(struct slice value, struct route *r)
{
	r->pass = value;
	r->has_pass = true;
	return true;
}

static bool
read_master(struct slice value, struct route *r)
{
	r->master = value;	/* empty is no master (1.1) */
	return true;
}

static bool
read_mech(struct slice value, struct route *r)
{
	r->mech = value;
	return value.n > 0;
}

/* A plain number is seconds; the longest is ten minutes. */
static bool
read_timeout(struct slice value, struct route *r)
{
	const uint64_t longest_ms = 600 * 1000;
	size_t digits = 0;
	uint64_t n, unit = 1000;
	struct slice word;

	while (digits < value.n && value.p[digits] >= '0' &&
	       value.p[digits] <= '9')
		digits++;
	word = slice_trim(slice_skip(value, digits));
	if (slice_starts(word, SL("ms")))
		unit = 1;
	else if (slice_starts(word, SL("m")))
		unit = 60 * 1000;
	else if (word.n > 0 && !slice_starts(word, SL("s")))
		return false;
	if (!slice_to_u64(slice_first(value, digits), longest_ms / unit, &n))
		return false;
	r->timeout_ms = (int64_t)(n * unit);
	return true;
}

static bool
read_source_ip(struct slice value, struct route *r)
{
	return addr_parse_ip(value, &r->source_ip);
}

static bool
read_not_trusted(struct slice value, struct route *r)
{
	r->not_trusted = !is_no(value);
	return true;
}

static bool
read_nopipelining(struct slice value, struct route *r)
{
	r->nopipelining = !is_no(value);
	return true;
}

static bool
read_noauth(struct slice value, struct route *r)
{
	r->noauth = !is_no(value);
	return true;
}

static bool
read_protocol(struct slice value, struct route *r)
{
	r->protocol = value;
	return slice_eq(value, SL("lmtp")) || slice_eq(value, SL("smtp"));
}

static bool
read_proxy(struct slice value, struct route *r)
{
	r->proxy = !is_no(value);
	return true;
}

static bool
read_nologin(struct slice value, struct route *r)
{
	r->nologin = !is_no(value);
	return true;
}

static bool
read_reason(struct slice value, struct route *r)
{
	r->reason = value;
	return true;
}

static const struct {
	struct slice name;
	read_field *read;
	const char *right;	/* what it takes, for the error */
} rows[] = {
	{ SL("host"), read_host, "an address or a host name" },
	{ SL("hostip"), read_hostip, "an address" },
	{ SL("hostips"), read_hostips, "addresses" },
	{ SL("director_tag"), read_tag, "a tag" },
	{ SL("port"), read_port, "a number from 1 to 65535" },
	{ SL("ssl"), read_ssl, "yes or any-cert" },
	{ SL("starttls"), read_starttls, "yes or any-cert" },
	{ SL("destuser"), read_destuser, "a user name" },
	{ SL("pass"), read_pass, "a password" },
	{ SL("master"), read_master, "a user name" },
	{ SL("proxy_mech"), read_mech, "the name of a SASL mechanism" },
	{ SL("proxy_timeout"), read_timeout, "seconds, at most 600" },
	{ SL("source_ip"), read_source_ip, "an address" },
	{ SL("proxy_not_trusted"), read_not_trusted, "yes" },
	{ SL("proxy_nopipelining"), read_nopipelining, "yes" },
	{ SL("proxy_noauth"), read_noauth, "yes" },
	{ SL("protocol"), read_protocol, "lmtp or smtp" },
	{ SL("proxy"), read_proxy, "yes" },
	{ SL("proxy_maybe"), read_proxy, "yes" },
	{ SL("nologin"), read_nologin, "yes" },
	{ SL("reason"), read_reason, "a text" },
};

static struct err *
read_one(const struct var *v, struct route *r)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!slice_eq(rows[i].name, v->name))
			continue;
		/* It goes into commands and replies as it is. */
		if (slice_ends_line(v->value))
			return err_new(ERR_CONFIG, "field %.*s has a line end "
						   "in it", SL_FMT(v->name));
		if (rows[i].read(v->value, r))
			return NULL;
		/* A password is never repeated in an error. */
		return err_new(ERR_CONFIG, "field %.*s does not have %s",
			       SL_FMT(v->name), rows[i].right);
	}
	return NULL;
}

struct err *
route_read(const struct vars *fields, struct arena *a, struct route *route_out)
{
	struct route r = { .port = 0 };

	for (size_t i = 0; i < fields->n; i++) {
		const struct var *v = &fields->v[i];
		struct err *e;

		if (slice_starts(v->name, SL("forward_"))) {
			vars_set(&r.forward, a,
				 slice_skip(v->name, sizeof("forward_") - 1),
				 v->value);
			continue;
		}
		e = read_one(v, &r);
		if (e != NULL)
			return e;
	}
	*route_out = r;
	return NULL;
}
