/* Reading routes: what stands on their right side, and the lines of files (spec:
   postmaster-seed.md section 2). */
#include "base/mem.h"
#include "smtp/smtp_path.h"
#include "smtp/smtp_reply.h"
#include "smtp/smtp_route_private.h"

void
smtp_route_fold(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
}

/* ---- words ----------------------------------------------------------------- */

static bool
is_name(struct slice s)
{
	return s.n > 0 && s.n <= SMTP_MAX_LOCAL && slice_is_printable(s) &&
	       !slice_has(s, '@') && !slice_has(s, ' ') && !slice_has(s, ',') &&
	       !slice_has(s, '/') && !slice_has(s, '|') && !slice_has(s, ':');
}

/* Where the domain begins: behind the last '@'. s.n if there is none. */
static size_t
last_at(struct slice s)
{
	size_t at = s.n;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '@')
			at = i;
	}
	return at;
}

bool
smtp_route_is_match(struct slice s)
{
	size_t at = last_at(s);
	struct slice local = slice_first(s, at), domain;

	if (at == s.n)
		return is_name(s);
	domain = slice_skip(s, at + 1);
	if (local.n == 0 && domain.n > 1 && domain.p[0] == '.')
		domain = slice_skip(domain, 1);
	if (domain.n == 0)
		return is_name(local);
	return smtp_is_domain(domain) && local.n <= SMTP_MAX_LOCAL &&
	       slice_is_printable(local);
}

/* ---- where to -------------------------------------------------------------- */

static const struct backend_conf *
find_backend(const struct settings *s, struct slice name)
{
	for (size_t i = 0; i < s->director.backends.n; i++) {
		const struct backend_conf *b =
			CONF_ITEM(s->director.backends, backend_conf, i);

		if (slice_eq(b->name, name) || slice_eq(b->host, name))
			return b;
	}
	return NULL;
}

static struct err *
read_host(const struct settings *s, struct slice text, enum protocol protocol,
	  struct smtp_route *out)
{
	*out = (struct smtp_route){ .action = ROUTE_HOST, .protocol = protocol };
	if (slice_eq(text, SL("director"))) {
		out->action = ROUTE_DIRECTOR;
		return NULL;
	}
	out->backend = find_backend(s, text);
	if (out->backend != NULL || addr_parse(text, &out->addr) ||
	    addr_parse_ip(text, &out->addr))
		return NULL;
	return err_new(ERR_CONFIG, "\"%.*s\" is no backend's name and no address; "
		       "a host goes by name once director.backends has it (with "
		       "weight: 0 it gets no users)", SL_FMT(text));
}

static bool
is_code(struct slice word)
{
	uint64_t code;

	return slice_to_u64(word, 599, &code) && word.n == 3 && code >= 400;
}

/* "550 5.1.1 User unknown"; each of the three may be left out. */
static struct err *
read_reject(struct slice text, struct arena *a, struct smtp_route *out)
{
	struct slice rest = text, code = SL("550"), word = { 0 }, enhanced;
	unsigned class;

	*out = (struct smtp_route){ .action = ROUTE_REJECT };
	if (slice_cut_word(&rest, &word) && is_code(word)) {
		code = word;
		text = slice_trim(rest);
	} else if (word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9' &&
		   word.n == 3) {
		return err_new(ERR_CONFIG, "a refusal's code is 4xx or 5xx, not "
			       "%.*s", SL_FMT(word));
	}
	class = (unsigned)(code.p[0] - '0') * 100;
	enhanced = smtp_cut_enhanced(&text, class);
	if (!slice_is_printable(text))
		return err_new(ERR_CONFIG, "words for a client are printable "
			       "ASCII");
	if (enhanced.n == 0)
		enhanced = class == 400 ? SL("4.3.0") : SL("5.1.1");
	if (text.n == 0)
		text = class == 400 ? SL("Try again later") : SL("User unknown");
	out->reply = arena_printf(a, "%.*s %.*s %.*s", SL_FMT(code),
				  SL_FMT(enhanced), SL_FMT(text));
	return NULL;
}

static struct err *
read_address(const struct settings *s, struct slice text, struct arena *a,
	     struct smtp_route *out)
{
	size_t at = last_at(text);

	if (slice_has(text, ','))
		return err_new(ERR_CONFIG, "several targets for one recipient would "
			       "need a spool, and usher keeps none; let a mail "
			       "server behind it do that");
	if (slice_has(text, '|') || slice_has(text, '/'))
		return err_new(ERR_CONFIG, "programs and files are no targets; let "
			       "a mail server behind usher do that");
	if (!smtp_route_is_match(text) || slice_starts(text, SL("@.")))
		return err_new(ERR_CONFIG, "\"%.*s\" is no address, no @domain and "
			       "no name", SL_FMT(text));
	*out = (struct smtp_route){ .local = arena_copy(a, slice_first(text, at)) };
	if (at == text.n && find_backend(s, text) != NULL)
		return err_new(ERR_CONFIG, "%.*s is a backend: say relay:%.*s or "
			       "lmtp:%.*s", SL_FMT(text), SL_FMT(text),
			       SL_FMT(text));
	if (at == text.n && slice_has(text, '.'))
		return err_new(ERR_CONFIG, "%.*s: if that is a host, say relay:%.*s "
			       "or lmtp:%.*s; if it is a user, say the whole "
			       "address", SL_FMT(text), SL_FMT(text),
			       SL_FMT(text));
	if (at < text.n)
		out->domain = arena_copy(a, slice_skip(text, at + 1));
	out->action = at == text.n ? ROUTE_NAME :
		      at == 0 ? ROUTE_DOMAIN :
		      out->domain.n == 0 ? ROUTE_BARE :
					   ROUTE_ADDRESS;
	return NULL;
}

struct err *
smtp_route_read_target(const struct settings *s, struct slice text,
		       struct arena *a, struct smtp_route *out)
{
	struct slice rest = text, word;

	if (slice_starts(text, SL("relay:")))
		return read_host(s, slice_skip(text, 6), PROTOCOL_SMTP, out);
	if (slice_starts(text, SL("lmtp:")))
		return read_host(s, slice_skip(text, 5), PROTOCOL_LMTP, out);
	if (slice_cut_word(&rest, &word) && slice_eq(word, SL("reject")))
		return read_reject(slice_trim(rest), a, out);
	return read_address(s, text, a, out);
}
