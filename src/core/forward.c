#include "core/forward.h"

#include "base/base64.h"
#include "base/clock.h"

struct slice
forward_make_session_id(const struct addr *client, struct arena *a)
{
	size_t ip = client->family == ADDR_V6 ? 16 : 4;
	uint64_t us = (uint64_t)clock_wall_us();
	char raw[6 + 2 + 16];
	struct buf text;
	struct slice id;

	for (size_t i = 0; i < 6; i++)
		raw[i] = (char)(us >> (8 * i) & 0xff);
	raw[6] = (char)(client->port & 0xff);
	raw[7] = (char)(client->port >> 8);
	memcpy(raw + 8, client->ip, ip);
	buf_init(&text, FORWARD_MAX_SESSION_ID);
	base64_encode((struct slice){ raw, 8 + ip }, &text);
	id = arena_copy(a, buf_slice(&text));
	buf_free(&text);
	return id;
}

static bool
is_clean(char c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' &&
	       c != '>';
}

struct slice
forward_clean_session_id(struct slice id, struct arena *a)
{
	char clean[FORWARD_MAX_SESSION_ID];
	size_t n = 0;

	for (size_t i = 0; i < id.n && n < sizeof(clean); i++) {
		if (is_clean(id.p[i]))
			clean[n++] = id.p[i];
	}
	return arena_copy(a, (struct slice){ clean, n });
}

bool
forward_variable_fits(struct slice name, struct slice value)
{
	return name.n > 0 && name.n <= FORWARD_MAX_NAME &&
	       slice_is_printable(name) && !slice_has(name, ' ') &&
	       !slice_has(name, '"') && !slice_has(name, '\\') &&
	       !slice_has(name, '=') && value.n <= FORWARD_MAX_VALUE &&
	       !slice_has(value, '\0');
}

uint64_t
forward_next_ttl(const struct forward *f)
{
	return f->ttl <= 1 ? 0 : f->ttl - 1;
}

static size_t
list_length(const struct vars *variables)
{
	size_t n = 0;

	for (size_t i = 0; i < variables->n; i++)
		n += variables->v[i].name.n + variables->v[i].value.n + 2;
	return n;
}

size_t
forward_add(struct forward *f, const struct vars *variables, struct arena *a)
{
	size_t left_out = 0;

	for (size_t i = 0; i < variables->n; i++) {
		const struct var *v = &variables->v[i];
		const struct var *old = vars_find(&f->variables, v->name);
		size_t was = old == NULL ? 0 : old->name.n + old->value.n + 2;

		if (!forward_variable_fits(v->name, v->value) ||
		    list_length(&f->variables) - was + v->name.n + v->value.n +
				    2 > FORWARD_MAX_LIST)
			left_out++;
		else
			vars_set(&f->variables, a, v->name, v->value);
	}
	return left_out;
}
