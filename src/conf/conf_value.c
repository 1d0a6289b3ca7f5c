#include "conf/conf_value.h"

#include <limits.h>

/* ---- units ------------------------------------------------------------- */

struct unit {
	const char *word;
	uint64_t times;
};

/* The first of several words is the one we write. Largest first. */
static const struct unit durations[] = {
	{ "w", 7 * 24 * 3600 * 1000ull }, { "weeks", 7 * 24 * 3600 * 1000ull },
	{ "week", 7 * 24 * 3600 * 1000ull },
	{ "d", 24 * 3600 * 1000ull }, { "days", 24 * 3600 * 1000ull },
	{ "day", 24 * 3600 * 1000ull },
	{ "h", 3600 * 1000ull }, { "hours", 3600 * 1000ull },
	{ "hour", 3600 * 1000ull },
	{ "m", 60 * 1000ull }, { "min", 60 * 1000ull },
	{ "mins", 60 * 1000ull }, { "minutes", 60 * 1000ull },
	{ "s", 1000 }, { "secs", 1000 }, { "sec", 1000 }, { "seconds", 1000 },
	{ "ms", 1 }, { "msecs", 1 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "T", 1ull << 40 }, { "TB", 1ull << 40 },
	{ "G", 1ull << 30 }, { "GB", 1ull << 30 },
	{ "M", 1ull << 20 }, { "MB", 1ull << 20 },
	{ "k", 1ull << 10 }, { "kB", 1ull << 10 }, { "KB", 1ull << 10 },
	{ "K", 1ull << 10 },
	{ "B", 1 }, { "", 1 },
	{ NULL, 0 },
};

static bool
read_units(struct slice text, const struct unit *units, uint64_t max,
	   uint64_t *n_out)
{
	size_t digits = 0;
	uint64_t n;
	struct slice word;

	while (digits < text.n && text.p[digits] >= '0' &&
	       text.p[digits] <= '9')
		digits++;
	if (!slice_to_u64(slice_first(text, digits), max, &n))
		return false;
	word = slice_trim(slice_skip(text, digits));
	if (n == 0 && word.n == 0) {
		*n_out = 0;
		return true;
	}
	for (; units->word != NULL; units++) {
		if (!slice_eq(word, slice_of(units->word)))
			continue;
		if (n > max / units->times)
			return false;
		*n_out = n * units->times;
		return true;
	}
	return false;
}

static void
write_units(uint64_t n, const struct unit *units, struct buf *out)
{
	while (n > 0 && n % units->times != 0)
		units++;
	buf_add_u64(out, n == 0 ? 0 : n / units->times);
	if (n > 0)
		buf_add(out, slice_of(units->word));
}

static bool
read_duration(struct slice text, int64_t *ms_out)
{
	uint64_t n;

	if (slice_eq(text, SL("never"))) {
		*ms_out = CONF_NEVER;
		return true;
	}
	if (!read_units(text, durations, INT64_MAX - 1, &n))
		return false;
	*ms_out = (int64_t)n;
	return true;
}

/* ---- what would be right ----------------------------------------------- */

static void
describe_words(const struct conf_word *words, struct buf *out)
{
	for (const struct conf_word *w = words; w->word != NULL; w++) {
		if (w != words)
			buf_add(out, w[1].word == NULL ? SL(" or ") : SL(", "));
		buf_add(out, slice_of(w->word));
	}
}

static const char *const descriptions[] = {
	[CONF_BOOL] = "yes or no",
	[CONF_COUNT] = "a whole number",
	[CONF_SIZE] = "a size such as 4096, 64k or 16M",
	[CONF_DURATION] = "a duration such as 500ms, 5s, 15m, 2h or 1d",
	[CONF_ENUM] = NULL,
	[CONF_TEXT] = "a text",
	[CONF_SECRET] = "a text",
	[CONF_TEXTS] = "a text, or a list of texts",
	[CONF_NETS] = "a list of addresses or networks such as 192.0.2.7, "
		      "10.0.0.0/8 or 2001:db8::/32",
	[CONF_ENDPOINTS] = "a list of addresses with a port such as \"*:143\", "
			   "192.0.2.7:143 or \"[2001:db8::7]:143\"",
	[CONF_VARS] = "a mapping of names to texts",
	[CONF_SECTION] = "a mapping of settings",
	[CONF_LIST] = "a list of mappings",
};

void
conf_value_describe(const struct conf_field *f, struct buf *out)
{
	if (f->type == CONF_ENUM)
		describe_words(f->words, out);
	else
		buf_add(out, slice_of(descriptions[f->type]));
	if (f->min != NULL && f->max != NULL)
		buf_addf(out, " from %s to %s", f->min, f->max);
	else if (f->min != NULL)
		buf_addf(out, " of at least %s", f->min);
	else if (f->max != NULL)
		buf_addf(out, " of at most %s", f->max);
}

/* ---- reading ----------------------------------------------------------- */

static bool
read_bool(struct slice text, bool *b_out)
{
	static const struct {
		struct slice word;
		bool value;
	} words[] = {
		{ SL("yes"), true }, { SL("no"), false },
		{ SL("true"), true }, { SL("false"), false },
		{ SL("on"), true }, { SL("off"), false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_eq_nocase(text, words[i].word)) {
			*b_out = words[i].value;
			return true;
		}
	}
	return false;
}

static bool
read_enum(const struct conf_word *words, struct slice text, int *value_out)
{
	for (; words->word != NULL; words++) {
		if (slice_eq(text, slice_of(words->word))) {
			*value_out = words->value;
			return true;
		}
	}
	return false;
}

static bool
read_endpoint(struct slice text, struct conf_endpoint *e_out)
{
	struct conf_endpoint e = { .any = false };
	uint64_t port;

	if (slice_starts(text, SL("*:"))) {
		if (!slice_to_u64(slice_skip(text, 2), UINT16_MAX, &port) ||
		    port == 0)
			return false;
		e.any = true;
		e.addr.port = (uint16_t)port;
	} else if (!addr_parse(text, &e.addr)) {
		return false;
	}
	*e_out = e;
	return true;
}

/* Room for one more in a list of v and n. The room is always a power of two, so
   that n says when it is used up; the old array stays in the arena. */
static void *
grow(struct arena *a, void *v, size_t n, size_t size)
{
	char *grown;

	if ((n & (n - 1)) != 0)
		return v;
	grown = arena_alloc(a, (n == 0 ? 1 : 2 * n) * size);
	if (n > 0)
		memcpy(grown, v, n * size);
	return grown;
}

#define APPEND(a, list, item)                                         \
	do {                                                          \
		(list)->v = grow((a), (list)->v, (list)->n,           \
				 sizeof(*(list)->v));                 \
		(list)->v[(list)->n++] = (item);                      \
	} while (0)

static bool
read_any(const struct conf_field *f, struct slice text, struct arena *a,
	 void *member)
{
	struct addr_net net;
	struct conf_endpoint endpoint;

	switch (f->type) {
	case CONF_BOOL:
		return read_bool(text, member);
	case CONF_COUNT:
		return slice_to_u64(text, UINT64_MAX, member);
	case CONF_SIZE:
		return read_units(text, sizes, UINT64_MAX, member);
	case CONF_DURATION:
		return read_duration(text, member);
	case CONF_ENUM:
		return read_enum(f->words, text, member);
	case CONF_TEXT:
	case CONF_SECRET:
		if (slice_has(text, '\0'))
			return false;
		*(struct slice *)member = arena_copy(a, text);
		return true;
	case CONF_TEXTS:
		if (slice_has(text, '\0'))
			return false;
		APPEND(a, (struct conf_texts *)member, arena_copy(a, text));
		return true;
	case CONF_NETS:
		if (!addr_net_parse(text, &net))
			return false;
		APPEND(a, (struct addr_nets *)member, net);
		return true;
	case CONF_ENDPOINTS:
		if (!read_endpoint(text, &endpoint))
			return false;
		APPEND(a, (struct conf_endpoints *)member, endpoint);
		return true;
	case CONF_VARS:
	case CONF_SECTION:
	case CONF_LIST:
		return false;
	}
	return false;
}

/* A bound as the number it stands for; the tables' own texts always read. */
static uint64_t
bound(const struct conf_field *f, const char *text)
{
	uint64_t n = 0;
	int64_t ms = 0;

	if (f->type == CONF_DURATION) {
		read_duration(slice_of(text), &ms);
		return (uint64_t)ms;
	}
	read_units(slice_of(text), sizes, UINT64_MAX, &n);
	return n;
}

static bool
within_bounds(const struct conf_field *f, const void *member)
{
	uint64_t n;

	if (f->type != CONF_COUNT && f->type != CONF_SIZE &&
	    f->type != CONF_DURATION)
		return true;
	n = *(const uint64_t *)member;
	return (f->min == NULL || n >= bound(f, f->min)) &&
	       (f->max == NULL || n <= bound(f, f->max));
}

/* An operator knows a value by its beginning. */
#define SAID 64

static void
say_wrong(const struct conf_field *f, struct slice text, struct buf *wrong)
{
	bool cut = text.n > SAID;

	if (f->type == CONF_SECRET)
		buf_addf(wrong, "%s: this is not ", f->key);
	else
		buf_addf(wrong, "%s: \"%.*s%s\" is not ", f->key,
			 SL_FMT(slice_first(text, cut ? SAID : text.n)),
			 cut ? "..." : "");
	conf_value_describe(f, wrong);
}

bool
conf_value_read(const struct conf_field *f, struct slice text, struct arena *a,
		void *member, struct buf *wrong)
{
	if (read_any(f, text, a, member) && within_bounds(f, member))
		return true;
	say_wrong(f, text, wrong);
	return false;
}

/* ---- writing ----------------------------------------------------------- */

bool
conf_type_is_list(enum conf_type type)
{
	return type == CONF_TEXTS || type == CONF_NETS ||
	       type == CONF_ENDPOINTS;
}

size_t
conf_value_count(const struct conf_field *f, const void *member)
{
	if (f->type == CONF_TEXTS)
		return ((const struct conf_texts *)member)->n;
	if (f->type == CONF_NETS)
		return ((const struct addr_nets *)member)->n;
	if (f->type == CONF_ENDPOINTS)
		return ((const struct conf_endpoints *)member)->n;
	return 1;
}

static void
write_net(const struct addr_net *net, struct buf *out)
{
	char ip[ADDR_IP_TEXT];

	buf_addf(out, "%s/%u", addr_ip_text(&net->ip, ip), (unsigned)net->bits);
}

static void
write_endpoint(const struct conf_endpoint *e, struct buf *out)
{
	char text[ADDR_TEXT];

	if (e->any)
		buf_addf(out, "*:%u", (unsigned)e->addr.port);
	else
		buf_add(out, slice_of(addr_text(&e->addr, text)));
}

void
conf_value_write(const struct conf_field *f, const void *member, size_t i,
		 struct buf *out)
{
	switch (f->type) {
	case CONF_BOOL:
		buf_add(out, *(const bool *)member ? SL("yes") : SL("no"));
		return;
	case CONF_COUNT:
		buf_add_u64(out, *(const uint64_t *)member);
		return;
	case CONF_SIZE:
		write_units(*(const uint64_t *)member, sizes, out);
		return;
	case CONF_DURATION:
		if (*(const int64_t *)member == CONF_NEVER)
			buf_add(out, SL("never"));
		else
			write_units(*(const uint64_t *)member, durations, out);
		return;
	case CONF_ENUM:
		buf_add(out, slice_of(conf_word_of(f->words,
						   *(const int *)member)));
		return;
	case CONF_TEXT:
	case CONF_SECRET:
		buf_add(out, *(const struct slice *)member);
		return;
	case CONF_TEXTS:
		buf_add(out, ((const struct conf_texts *)member)->v[i]);
		return;
	case CONF_NETS:
		write_net(&((const struct addr_nets *)member)->v[i], out);
		return;
	case CONF_ENDPOINTS:
		write_endpoint(&((const struct conf_endpoints *)member)->v[i],
			       out);
		return;
	case CONF_VARS:
	case CONF_SECTION:
	case CONF_LIST:
		return;
	}
}
