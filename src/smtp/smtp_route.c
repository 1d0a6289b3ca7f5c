#include "smtp/smtp_route.h"

#include "base/mem.h"
#include "smtp/smtp_path.h"
#include "smtp/smtp_route_private.h"

/* ---- making ---------------------------------------------------------------- */

static void
add_key(struct smtp_routes *r, struct slice match, size_t row)
{
	struct route_key *key = NULL;
	struct buf text;

	buf_init(&text, SMTP_MAX_ROUTE_LINE);
	smtp_route_fold(match, &text);
	HASH_FIND(hh, r->keys, text.p, text.n, key);
	if (key == NULL) {
		key = mem_zalloc(sizeof(*key) + text.n + 1);
		key->row = row;
		key->n = text.n;
		memcpy(key->text, text.p, text.n);
		HASH_ADD_KEYPTR(hh, r->keys, key->text, key->n, key);
	}
	buf_free(&text);
}

static struct err *
add_row(struct smtp_routes *r, struct slice match, struct slice target)
{
	struct smtp_route row;
	struct err *e;

	if (r->n == SMTP_MAX_ROUTES)
		return err_new(ERR_CONFIG, "more than %d routes", SMTP_MAX_ROUTES);
	if (!smtp_route_is_match(match))
		return err_new(ERR_CONFIG, "\"%.*s\" is no address, no @domain, no "
			       "local@ and no name", SL_FMT(match));
	e = smtp_route_read_target(r->settings, target, &r->arena, &row);
	if (e != NULL)
		return e;
	if (row.action == ROUTE_DOMAIN && !slice_has(match, '@'))
		return err_new(ERR_CONFIG, "a name has no local part that could go "
			       "to %.*s", SL_FMT(target));
	if (r->n == r->cap) {
		r->cap = r->cap == 0 ? 16 : 2 * r->cap;
		r->v = mem_realloc(r->v, r->cap * sizeof(*r->v));
	}
	r->v[r->n] = row;
	add_key(r, match, r->n++);
	return NULL;
}

/* ---- files ----------------------------------------------------------------- */

/* Takes the next word off a line: an atom, or what stands in quotes. A '#' outside
   of them ends the line. False when none is left; *bad_out says if the quotes do
   not end. */
static bool
next_word(struct slice *line, struct buf *word, bool *bad_out)
{
	buf_clear(word);
	*line = slice_trim(*line);
	if (line->n == 0 || line->p[0] == '#')
		return false;
	if (line->p[0] != '"') {
		size_t n = 0;

		while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t' &&
		       line->p[n] != '#' && line->p[n] != '"')
			n++;
		buf_add(word, slice_first(*line, n));
		*line = slice_skip(*line, n);
		return true;
	}
	*line = slice_skip(*line, 1);
	while (line->n > 0 && line->p[0] != '"') {
		if (line->p[0] == '\\' && line->n > 1)
			*line = slice_skip(*line, 1);
		buf_add_char(word, line->p[0]);
		*line = slice_skip(*line, 1);
	}
	*bad_out = line->n == 0;
	if (line->n > 0)
		*line = slice_skip(*line, 1);
	return !*bad_out;
}

/* The words of the right side, with one blank between them. A first "=" is
   decoration. */
static bool
read_rest(struct slice line, struct buf *out, bool *bad_out)
{
	struct buf word;
	bool first = true;

	buf_init(&word, SMTP_MAX_ROUTE_LINE);
	while (next_word(&line, &word, bad_out)) {
		if (first && slice_eq(buf_slice(&word), SL("=")))
			continue;
		if (!first)
			buf_add_char(out, ' ');
		buf_add(out, buf_slice(&word));
		first = false;
	}
	buf_free(&word);
	return !first && !*bad_out;
}

static struct err *
add_line(struct smtp_routes *r, struct slice line)
{
	struct buf left, right;
	bool bad = false;
	struct err *e = NULL;

	if (line.n > SMTP_MAX_ROUTE_LINE)
		return err_new(ERR_CONFIG, "the line is longer than %d octets",
			       SMTP_MAX_ROUTE_LINE);
	if (slice_has(line, '\0'))
		return err_new(ERR_CONFIG, "there is a NUL in the line");
	buf_init(&left, SMTP_MAX_ROUTE_LINE);
	buf_init(&right, SMTP_MAX_ROUTE_LINE);
	if (next_word(&line, &left, &bad)) {
		if (left.p[0] == '[')
			e = err_new(ERR_CONFIG, "a file of routes has no sections");
		else if (!read_rest(line, &right, &bad))
			e = err_new(ERR_CONFIG, bad ? "a quote does not end" :
						      "where to is missing");
		else
			e = add_row(r, buf_slice(&left), buf_slice(&right));
	} else if (bad) {
		e = err_new(ERR_CONFIG, "a quote does not end");
	}
	buf_free(&left);
	buf_free(&right);
	return e;
}

static void
complain(struct buf *problems, struct slice path, size_t line, struct err *e)
{
	buf_addf(problems, "%.*s:%zu:1: %s\n", SL_FMT(path), line, err_text(e));
	err_free(&e);
}

static void
add_file(struct smtp_routes *r, struct slice path, struct slice text,
	 struct buf *problems)
{
	struct slice line;

	for (size_t n = 1; slice_cut(&text, '\n', &line); n++) {
		struct err *e;

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		e = add_line(r, line);
		if (e != NULL)
			complain(problems, path, n, e);
	}
}

/* ---- settings -------------------------------------------------------------- */

static struct slice
target_text(const struct route_conf *c, struct arena *a)
{
	if (c->relay.p != NULL)
		return arena_printf(a, "relay:%.*s", SL_FMT(c->relay));
	if (c->lmtp.p != NULL)
		return arena_printf(a, "lmtp:%.*s", SL_FMT(c->lmtp));
	if (c->reject.p != NULL)
		return arena_printf(a, "reject %.*s", SL_FMT(c->reject));
	return c->to;
}

struct sources {
	smtp_route_file *file;
	void *arg;
	struct buf *problems;
};

static void
add_conf(struct smtp_routes *r, const struct route_conf *c,
	 const struct sources *from)
{
	struct slice text;
	struct err *e;

	if (c->file.p != NULL) {
		if (from->file(from->arg, c->file, &text))
			add_file(r, c->file, text, from->problems);
		return;
	}
	e = add_row(r, c->match, target_text(c, &r->arena));
	if (e != NULL)
		settings_complain(r->settings, c, from->problems, "routes: %s",
				  err_text(e));
	err_free(&e);
}

static void
add_table(struct smtp_routes *r, struct slice table, const struct sources *from)
{
	const struct conf_list *list = &r->settings->routes;

	for (size_t i = 0; i < list->n; i++) {
		const struct route_conf *c = CONF_ITEM(*list, route_conf, i);

		if (slice_eq(c->table, table))
			add_conf(r, c, from);
	}
}

struct smtp_routes *
smtp_routes_make(const struct settings *settings,
		 const struct listener_conf *listener, smtp_route_file *file,
		 void *arg, struct buf *problems)
{
	struct smtp_routes *r = mem_zalloc(sizeof(*r));
	struct sources from = { file, arg, problems };
	size_t before = problems->n;

	r->settings = settings;
	for (size_t i = 0; i < listener->routes.n; i++)
		add_table(r, listener->routes.v[i], &from);
	add_table(r, SL(""), &from);
	if (problems->n > before)
		smtp_routes_free(&r);
	return r;
}

void
smtp_routes_free(struct smtp_routes **routes)
{
	struct route_key *key, *next;

	if (*routes == NULL)
		return;
	HASH_ITER(hh, (*routes)->keys, key, next) {
		HASH_DEL((*routes)->keys, key);
		free(key);
	}
	arena_free(&(*routes)->arena);
	free((*routes)->v);
	free(*routes);
	*routes = NULL;
}

/* ---- finding --------------------------------------------------------------- */

/* What is being looked for. domain.p is NULL for a name, empty for an address
   without a domain. */
struct wanted {
	struct slice local, domain;
};

/* The row for such a text, if it comes before *best. */
static void
try_text(const struct smtp_routes *r, struct slice front, struct slice middle,
	 struct slice back, size_t *best)
{
	struct route_key *key = NULL;
	struct buf text;

	buf_init(&text, SMTP_MAX_ROUTE_LINE);
	smtp_route_fold(front, &text);
	buf_add(&text, middle);
	smtp_route_fold(back, &text);
	if (buf_ok(&text))
		HASH_FIND(hh, r->keys, text.p, text.n, key);
	if (key != NULL && key->row < *best)
		*best = key->row;
	buf_free(&text);
}

static const struct smtp_route *
find_row(const struct smtp_routes *r, const struct wanted *w)
{
	struct slice parent = w->domain;
	size_t best = SIZE_MAX, dot;

	if (r == NULL || r->n == 0)
		return NULL;
	if (w->domain.p == NULL) {
		try_text(r, w->local, SL(""), SL(""), &best);
	} else {
		try_text(r, w->local, SL("@"), w->domain, &best);
		if (w->domain.n > 0)
			try_text(r, SL(""), SL("@"), w->domain, &best);
	}
	/* a.b.example.org is below .b.example.org, .example.org and .org. */
	while ((dot = slice_index(parent, '.')) < parent.n) {
		parent = slice_skip(parent, dot + 1);
		try_text(r, SL(""), SL("@."), parent, &best);
	}
	return best == SIZE_MAX ? NULL : &r->v[best];
}

static void
reject(struct smtp_destination *out, struct slice reply)
{
	out->kind = SMTP_REJECTED;
	out->reply = reply;
}

/* Follows a row. True if that is where it ends. */
static bool
follow(const struct smtp_route *row, struct wanted *w,
       struct smtp_destination *out)
{
	switch (row->action) {
	case ROUTE_REJECT:
		reject(out, row->reply);
		return true;
	case ROUTE_DIRECTOR:
		out->protocol = row->protocol;
		return true;
	case ROUTE_HOST:
		out->kind = SMTP_TO_HOST;
		out->protocol = row->protocol;
		out->backend = row->backend;
		out->addr = row->addr;
		return true;
	case ROUTE_DOMAIN:
		w->domain = row->domain;
		break;
	case ROUTE_ADDRESS:
		w->local = row->local;
		w->domain = row->domain;
		break;
	case ROUTE_BARE:
		w->local = row->local;
		w->domain = SL("");
		break;
	case ROUTE_NAME:
		w->local = row->local;
		w->domain = (struct slice){ 0 };
		break;
	}
	out->rewritten = true;
	return false;
}

static bool
is_postmaster(struct slice local)
{
	return slice_eq_nocase(local, SL("postmaster"));
}

/* Nothing leads on: the lookups are asked about the address. */
static void
conclude(const struct wanted *w, bool bare, struct smtp_destination *out)
{
	if (w->domain.p != NULL && w->domain.n == 0 && !bare)
		reject(out, SL("550 5.1.2 Address without a domain"));
}

void
smtp_route_find(const struct smtp_routes *routes, struct slice local,
		struct slice domain, struct slice hostname, bool bare,
		struct arena *a, struct smtp_destination *out)
{
	struct wanted w = { local, domain.n > 0 ? domain : SL("") };
	const struct smtp_route *row;
	bool own = false;

	*out = (struct smtp_destination){ .kind = SMTP_TO_USER,
					  .protocol = PROTOCOL_LMTP };
	if (domain.n == 0 && is_postmaster(local))
		w.domain = (struct slice){ 0 };
	for (int n = 0; n <= SMTP_MAX_REWRITES; n++) {
		row = find_row(routes, &w);
		if (row == NULL && !own && is_postmaster(w.local) &&
		    w.domain.n > 0 && slice_eq_nocase(w.domain, hostname)) {
			own = true;
			w.domain = (struct slice){ 0 };
			continue;
		}
		if (row == NULL || follow(row, &w, out)) {
			if (row == NULL)
				conclude(&w, bare, out);
			out->local = arena_copy(a, w.local);
			out->domain = arena_copy(a, w.domain);
			return;
		}
	}
	reject(out, SL("554 5.4.6 Routes lead in a circle"));
}
