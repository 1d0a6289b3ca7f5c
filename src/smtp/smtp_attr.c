#include "smtp/smtp_attr.h"

#include "smtp/smtp_xtext.h"

static const struct slice names[SMTP_ATTRS] = {
	[SMTP_ATTR_NAME] = SL("NAME"),
	[SMTP_ATTR_ADDR] = SL("ADDR"),
	[SMTP_ATTR_PORT] = SL("PORT"),
	[SMTP_ATTR_PROTO] = SL("PROTO"),
	[SMTP_ATTR_HELO] = SL("HELO"),
	[SMTP_ATTR_LOGIN] = SL("LOGIN"),
	[SMTP_ATTR_SESSION] = SL("SESSION"),
	[SMTP_ATTR_CLIENT_TRANSPORT] = SL("CLIENT-TRANSPORT"),
	[SMTP_ATTR_TTL] = SL("TTL"),
	[SMTP_ATTR_TIMEOUT] = SL("TIMEOUT"),
	[SMTP_ATTR_DESTNAME] = SL("DESTNAME"),
	[SMTP_ATTR_DESTADDR] = SL("DESTADDR"),
	[SMTP_ATTR_DESTPORT] = SL("DESTPORT"),
	[SMTP_ATTR_FORWARD] = SL("FORWARD"),
	[SMTP_ATTR_REVERSE_NAME] = SL("REVERSE_NAME"),
	[SMTP_ATTR_SOURCE] = SL("SOURCE"),
	[SMTP_ATTR_IDENT] = SL("IDENT"),
};

enum smtp_attr
smtp_attr_find(struct slice name)
{
	size_t i = 0;

	while (i < SMTP_ATTRS && !slice_eq_nocase(names[i], name))
		i++;
	return (enum smtp_attr)i;
}

unsigned
smtp_attrs_read(struct slice list)
{
	unsigned set = 0;
	struct slice word;

	while (slice_cut_word(&list, &word)) {
		enum smtp_attr attr = smtp_attr_find(word);

		if (attr != SMTP_ATTRS)
			set |= SMTP_ATTR_BIT(attr);
	}
	return set;
}

void
smtp_attrs_write(unsigned attrs, struct buf *out)
{
	for (unsigned i = 0; i < SMTP_ATTRS; i++) {
		if ((attrs & SMTP_ATTR_BIT(i)) != 0)
			BUF_ADD(out, SL(" "), names[i]);
	}
}

static bool
is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0;
}

/* Nothing that could end a line later; octets beyond ASCII only where user names
   and variables are. */
static bool
is_sound(enum smtp_attr attr, struct slice value)
{
	bool any = attr == SMTP_ATTR_LOGIN || attr == SMTP_ATTR_FORWARD;

	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !any))
			return false;
	}
	return true;
}

bool
smtp_attr_next(struct slice *args, struct arena *a, enum smtp_attr *attr_out,
	       struct slice *name_out, struct slice *value_out)
{
	struct slice rest = *args, word, value;
	enum smtp_attr attr;
	size_t at;

	if (!slice_cut_word(&rest, &word)) {
		*args = rest;
		return false;
	}
	at = slice_index(word, '=');
	if (at == word.n || !is_name(slice_first(word, at)))
		return false;
	attr = smtp_attr_find(slice_first(word, at));
	value = slice_skip(word, at + 1);
	if ((attr != SMTP_ATTR_FORWARD && value.n > SMTP_MAX_ATTR_VALUE) ||
	    !smtp_xtext_decode(value, a, &value) || !is_sound(attr, value))
		return false;
	*attr_out = attr;
	*name_out = slice_first(word, at);
	*value_out = value;
	*args = rest;
	return true;
}

bool
smtp_attr_is_unavailable(struct slice value)
{
	return slice_eq_nocase(value, SL("[UNAVAILABLE]")) ||
	       slice_eq_nocase(value, SL("[TEMPUNAVAIL]"));
}

bool
smtp_attr_read_ip(struct slice value, struct addr *addr_out)
{
	static const struct slice prefix = SL("IPV6:");
	bool prefixed = slice_starts_nocase(value, prefix);
	struct slice text = prefixed ? slice_skip(value, prefix.n) : value;

	if (prefixed && !slice_has(text, ':'))
		return false;
	return addr_parse_ip(text, addr_out);
}
