/* How an event becomes a line. */
#include "base/log_sink.h"

/* A longer text is cut: nobody reads the rest, and a line has its own bound.
   Octets as they are written: what a peer sends must not grow by escaping until
   it pushes our own fields out of the line. */
#define MAX_TEXT 512

static const struct log_event_row rows[] = {
#define X(id, name, level, text, doc) [EV_##id] = { name, level, text, doc },
	LOG_EVENTS(X)
#undef X
};

const struct log_event_row *
log_event_row(enum log_event ev)
{
	return &rows[ev];
}

/* ---- a peer's octets --------------------------------------------------- */

/* The length of the UTF-8 sequence at the front of s, or 0 if it is none
   (RFC 3629 section 4: no overlong forms, no surrogates) or one of U+0080 to
   U+009F, which a terminal takes for commands as it does those below U+0020. */
static size_t
utf8_length(struct slice s)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t n;
	} forms[] = {
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, { 0xc3, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *u = (const unsigned char *)s.p;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (u[0] < forms[i].first_low || u[0] > forms[i].first_high)
			continue;
		if (s.n < forms[i].n || u[1] < forms[i].second_low ||
		    u[1] > forms[i].second_high)
			return 0;
		for (size_t k = 2; k < forms[i].n; k++) {
			if (u[k] < 0x80 || u[k] > 0xbf)
				return 0;
		}
		return forms[i].n;
	}
	return 0;
}

struct escaping {
	const char *special;	/* what would be mistaken for our own */
	const char *front;	/* what stands before two hex digits */
};

/* '<' and '>' too: a user called "x>, rip=192.0.2.1" must not have somebody
   else banned by fail2ban. */
static const struct escaping for_text = { "<>\\", "\\x" };
static const struct escaping for_json = { "\"\\", "\\u00" };

/* Writes what stands at the front of s and returns how many octets that was. */
static size_t
escape_one(struct buf *out, struct slice s, const struct escaping *how)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c >= 0x80 ? utf8_length(s) : 1;

	if (n == 0 || c < 0x20 || c == 0x7f || strchr(how->special, c) != NULL) {
		buf_addf(out, "%s%02x", how->front, (unsigned)c);
		return 1;
	}
	buf_add(out, slice_first(s, n));
	return n;
}

static void
escape(struct buf *out, struct slice s, const struct escaping *how)
{
	size_t before = out->n;

	while (s.n > 0 && out->n - before < MAX_TEXT)
		s = slice_skip(s, escape_one(out, s, how));
}

/* ---- fields ------------------------------------------------------------ */

static bool
is_empty(const struct log_field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_NAMED:
	case FIELD_FLAG:
		return f->text.n == 0;
	case FIELD_ADDR:
	case FIELD_IP:
		return f->addr->family == ADDR_NONE;
	case FIELD_COUNT:
	case FIELD_MS:
		return false;
	}
	return false;
}

static bool
is_zero(const struct log_field *f)
{
	return f->type == FIELD_COUNT && f->count == 0;
}

static void
add_value(struct buf *out, const struct log_field *f)
{
	char text[ADDR_TEXT];

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_NAMED:
	case FIELD_FLAG:
		escape(out, f->text, &for_text);
		return;
	case FIELD_COUNT:
		buf_add_u64(out, f->count);
		return;
	case FIELD_MS:
		buf_addf(out, "%llu.%03llu",
			 (unsigned long long)f->count / 1000,
			 (unsigned long long)f->count % 1000);
		return;
	case FIELD_ADDR:
		buf_add(out, slice_of(addr_text(f->addr, text)));
		return;
	case FIELD_IP:
		buf_add(out, slice_of(addr_ip_text(f->addr, text)));
		return;
	}
}

static void
add_field(struct buf *out, const struct log_field *f)
{
	if (f->type != FIELD_FLAG)
		BUF_ADD(out, slice_of(f->name), SL("="));
	if (f->type == FIELD_NAMED)
		buf_add_char(out, '<');
	add_value(out, f);
	if (f->type == FIELD_NAMED)
		buf_add_char(out, '>');
}

static void
add_json_string(struct buf *out, struct slice s)
{
	buf_add_char(out, '"');
	escape(out, s, &for_json);
	buf_add_char(out, '"');
}

static void
add_json_field(struct buf *out, const struct log_field *f)
{
	char text[ADDR_TEXT];

	BUF_ADD(out, SL(",\""), slice_of(f->name), SL("\":"));
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_NAMED:
	case FIELD_FLAG:
		add_json_string(out, f->text);
		return;
	case FIELD_COUNT:
	case FIELD_MS:
		buf_add_u64(out, f->count);
		return;
	case FIELD_ADDR:
		add_json_string(out, slice_of(addr_text(f->addr, text)));
		return;
	case FIELD_IP:
		add_json_string(out, slice_of(addr_ip_text(f->addr, text)));
		return;
	}
}

/* ---- lines ------------------------------------------------------------- */

/* A field goes in whole or not at all, so that a line that is full is still a
   line, and JSON still JSON. */
static void
whole_or_nothing(struct buf *out, size_t before)
{
	if (buf_ok(out))
		return;
	out->n = before;
	out->refused = false;
}

static const struct log_field *
find_field(const struct log_field *fields, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq(slice_of(fields[i].name), name))
			return &fields[i];
	}
	return NULL;
}

/* One "{name}" or "{name?front|back}" of an event's text: the second form
   writes front, value and back only if there is a value. */
static void
add_placeholder(struct buf *out, struct slice inner, const struct log_field *v,
		size_t count, uint32_t *used)
{
	struct slice name, front = { 0 };
	bool maybe = slice_has(inner, '?');
	const struct log_field *f;

	if (!slice_cut(&inner, '?', &name))
		return;
	f = find_field(v, count, name);
	if (f == NULL)
		return;
	*used |= 1u << (f - v);
	if (maybe && (is_empty(f) || is_zero(f)))
		return;
	slice_cut(&inner, '|', &front);
	buf_add(out, front);
	add_value(out, f);
	buf_add(out, inner);
}

/* Writes the event's text with its fields put in; *used tells which. */
static void
add_text(struct buf *out, struct slice text, const struct log_field *v,
	 size_t count, uint32_t *used)
{
	while (text.n > 0) {
		size_t open = slice_index(text, '{');
		size_t close = slice_index(text, '}');

		buf_add(out, slice_first(text, open));
		if (open == text.n)
			return;
		add_placeholder(out,
				(struct slice){ text.p + open + 1,
						close - open - 1 },
				v, count, used);
		text = slice_skip(text, close + 1);
	}
}

static void
add_list(struct buf *out, const struct log_field *f, bool *first)
{
	size_t before = out->n;

	if (is_empty(f))
		return;
	buf_add(out, *first ? SL(": ") : SL(", "));
	*first = false;
	add_field(out, f);
	whole_or_nothing(out, before);
}

static void
add_json_list(struct buf *out, const struct log_field *f)
{
	size_t before = out->n;

	if (is_empty(f))
		return;
	add_json_field(out, f);
	whole_or_nothing(out, before);
}

/* Dovecot leaves "Info: " out where syslog carries the level. */
static const char *
level_word(const struct log_sink_conf *conf, enum log_level level)
{
	static const char *const words[] = {
		[LEVEL_ERROR] = "Error: ", [LEVEL_WARN] = "Warning: ",
		[LEVEL_INFO] = "Info: ", [LEVEL_DEBUG] = "Debug: ",
	};

	if (level == LEVEL_INFO && conf->target == LOG_TO_SYSLOG)
		return "";
	return words[level];
}

/* "Login: user=<jane>, rip=192.0.2.7, session=<x>". The
   session id comes last: what reads these lines expects it there. */
static void
render_dovecot(struct buf *out, enum log_event ev,
	       const struct log_context *context, const struct log_field *v,
	       size_t count)
{
	const struct log_field *session = NULL;
	uint32_t used = 0;
	bool first = true;

	add_text(out, slice_of(rows[ev].text), v, count, &used);
	for (size_t i = 0; i < context->n; i++) {
		if (strcmp(context->v[i].name, "session") == 0)
			session = &context->v[i];
		else
			add_list(out, &context->v[i], &first);
	}
	for (size_t i = 0; i < count; i++) {
		if ((used & (1u << i)) == 0)
			add_list(out, &v[i], &first);
	}
	if (session != NULL)
		add_list(out, session, &first);
}

static void
render_json(struct buf *out, const struct log *log, enum log_event ev,
	    const struct log_context *context, const struct log_field *v,
	    size_t count)
{
	static const char *const words[] = {
		[LEVEL_ERROR] = "error", [LEVEL_WARN] = "warn",
		[LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug",
	};

	BUF_ADD(out, SL("\"level\":\""), slice_of(words[rows[ev].level]),
		SL("\",\"event\":\""), slice_of(rows[ev].name),
		SL("\",\"service\":"));
	add_json_string(out, slice_of(log->service));
	for (size_t i = 0; i < context->n; i++)
		add_json_list(out, &context->v[i]);
	for (size_t i = 0; i < count; i++)
		add_json_list(out, &v[i]);
}

void
log_render(struct buf *out, const struct log_sink_conf *conf,
	   const struct log *log, enum log_event ev,
	   const struct log_field *fields, size_t count)
{
	struct log_context context = { .n = 0 };

	if (log->context != NULL)
		log->context(log->arg, &context);
	if (conf->format == LOG_FORMAT_JSON) {
		render_json(out, log, ev, &context, fields, count);
		return;
	}
	BUF_ADD(out, slice_of(log->service), SL(": "),
		slice_of(level_word(conf, rows[ev].level)));
	render_dovecot(out, ev, &context, fields, count);
}
