#include "smtp/smtp_path.h"

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* RFC 6531: octets of UTF-8 stand wherever letters do. */
static bool
is_utf8_octet(char c)
{
	return (unsigned char)c >= 0x80;
}

/* atext of RFC 5322 section 3.2.3, with the dot. Dots at odd places are
   forgiven: such addresses exist, and backends judge them. */
static bool
is_atom_char(char c)
{
	static const struct slice others = SL("!#$%&'*+-/=?^_`{|}~.");

	return is_alnum(c) || is_utf8_octet(c) ||
	       (c != '\0' && slice_has(others, c));
}

static bool
is_literal(struct slice s)
{
	if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != ':')
			return false;
	}
	return true;
}

/* Underscores are no part of host names, and are found in them. */
bool
smtp_is_domain(struct slice s)
{
	if (s.n == 0 || s.n > SMTP_MAX_DOMAIN)
		return false;
	if (s.p[0] == '[')
		return is_literal(s);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!is_alnum(c) && !is_utf8_octet(c) && c != '-' &&
		    c != '.' && c != '_')
			return false;
	}
	return s.p[0] != '.' && s.p[0] != '-';
}

/* The length of a quoted string at the front of s; 0 if it does not end. */
static size_t
quoted_length(struct slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return 0;
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

static size_t
local_length(struct slice s)
{
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '"')
		return quoted_length(s);
	while (n < s.n && is_atom_char(s.p[n]))
		n++;
	return n;
}

/* "<@relay,@other:" is to be ignored (RFC 5321 section 4.1.1.3). */
static void
skip_source_route(struct slice *s)
{
	if (s->n > 0 && s->p[0] == '@')
		*s = slice_skip(*s, slice_index(*s, ':'));
	if (s->n > 0 && s->p[0] == ':')
		*s = slice_skip(*s, 1);
}

/* Where the path ends: the first '>' that no quotes hide. s.n if nowhere. */
static size_t
closing_bracket(struct slice s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '>' && !quoted)
			return i;
	}
	return s.n;
}

static enum smtp_path_parse
split(struct smtp_path *path)
{
	size_t n = local_length(path->whole);
	struct slice rest;

	if (path->whole.n == 0)
		return SMTP_PATH_DONE;
	if (path->whole.n > SMTP_MAX_PATH || n == 0 || n > SMTP_MAX_LOCAL)
		return SMTP_PATH_BAD_LOCAL;
	path->local = slice_first(path->whole, n);
	rest = slice_skip(path->whole, n);
	if (rest.n == 0)
		return SMTP_PATH_DONE;
	if (rest.p[0] != '@')
		return SMTP_PATH_BAD_LOCAL;
	path->domain = slice_skip(rest, 1);
	return smtp_is_domain(path->domain) ? SMTP_PATH_DONE :
					      SMTP_PATH_BAD_DOMAIN;
}

enum smtp_path_parse
smtp_path_read(struct slice args, struct slice prefix,
	       struct smtp_path *path_out, struct slice *params_out)
{
	struct smtp_path path = { .whole = { 0 } };
	enum smtp_path_parse verdict;
	struct slice s;
	size_t end;

	if (!slice_starts_nocase(args, prefix))
		return SMTP_PATH_BAD_SYNTAX;
	s = slice_skip(args, prefix.n);
	if (s.n > 0 && s.p[0] == ' ')
		s = slice_skip(s, 1);
	if (s.n == 0 || s.p[0] != '<')
		return SMTP_PATH_BAD_SYNTAX;
	s = slice_skip(s, 1);
	end = closing_bracket(s);
	if (end == s.n)
		return SMTP_PATH_BAD_SYNTAX;
	path.whole = slice_first(s, end);
	skip_source_route(&path.whole);
	verdict = split(&path);
	s = slice_skip(s, end + 1);
	if (verdict == SMTP_PATH_DONE && s.n > 0 && s.p[0] != ' ')
		verdict = SMTP_PATH_BAD_SYNTAX;
	if (verdict == SMTP_PATH_DONE) {
		*path_out = path;
		*params_out = slice_trim(s);
	}
	return verdict;
}

/* esmtp-keyword: a letter or digit, then these and '-' (RFC 5321 section
   4.1.2). */
static bool
is_keyword(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && (s.p[i] != '-' || i == 0))
			return false;
	}
	return s.n > 0;
}

/* esmtp-value: no blanks, no control characters. The RFC lets no '=' in, and
   base64 ends in some. */
static bool
is_value(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
			return false;
	}
	return s.n > 0;
}

bool
smtp_param_next(struct slice *params, struct smtp_param *param_out)
{
	struct smtp_param p = { .value = { 0 } };
	struct slice rest = *params, word;
	size_t at;

	if (!slice_cut_word(&rest, &word)) {
		*params = rest;
		return false;
	}
	at = slice_index(word, '=');
	p.name = slice_first(word, at);
	if (at < word.n)
		p.value = slice_skip(word, at + 1);
	if (!is_keyword(p.name) || (at < word.n && !is_value(p.value)))
		return false;
	*params = rest;
	*param_out = p;
	return true;
}
