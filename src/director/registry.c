#include "director/registry.h"

#include <uthash.h>

#include "base/mem.h"

/* A name and how many sessions have it: users, and backends. */
struct tally {
	UT_hash_handle hh;
	size_t sessions;
	size_t n;
	char name[];
};

struct entry {
	UT_hash_handle hh;
	struct {
		uint64_t worker, serial;
	} key;
	struct tally *user, *backend;
};

struct registry {
	struct entry *entries;
	struct tally *users, *backends;
};

struct registry *
registry_make(void)
{
	return mem_zalloc(sizeof(struct registry));
}

static struct tally *
find_tally(struct tally *set, struct slice name)
{
	struct tally *t = NULL;

	HASH_FIND(hh, set, name.p, name.n, t);
	return t;
}

static struct tally *
count_in(struct tally **set, struct slice name)
{
	struct tally *t = find_tally(*set, name);

	if (t == NULL) {
		t = mem_zalloc(sizeof(*t) + name.n + 1);
		t->n = name.n;
		if (name.n > 0)
			memcpy(t->name, name.p, name.n);
		HASH_ADD_KEYPTR(hh, *set, t->name, t->n, t);
	}
	t->sessions++;
	return t;
}

static void
count_out(struct tally **set, struct tally *t)
{
	if (--t->sessions > 0)
		return;
	HASH_DEL(*set, t);
	free(t);
}

static struct entry *
find_entry(struct registry *r, uint64_t worker, uint64_t serial)
{
	struct entry probe = { .key = { worker, serial } }, *e = NULL;

	HASH_FIND(hh, r->entries, &probe.key, sizeof(probe.key), e);
	return e;
}

static void
drop_entry(struct registry *r, struct entry *e)
{
	count_out(&r->users, e->user);
	count_out(&r->backends, e->backend);
	HASH_DEL(r->entries, e);
	free(e);
}

void
registry_opened(struct registry *r, uint64_t worker, uint64_t serial,
		struct slice user, struct slice backend)
{
	struct entry *e = find_entry(r, worker, serial);

	if (e != NULL)
		return;
	e = mem_zalloc(sizeof(*e));
	e->key.worker = worker;
	e->key.serial = serial;
	e->user = count_in(&r->users, user);
	e->backend = count_in(&r->backends, backend);
	HASH_ADD(hh, r->entries, key, sizeof(e->key), e);
}

void
registry_closed(struct registry *r, uint64_t worker, uint64_t serial)
{
	struct entry *e = find_entry(r, worker, serial);

	if (e != NULL)
		drop_entry(r, e);
}

void
registry_worker_gone(struct registry *r, uint64_t worker)
{
	struct entry *e, *next;

	HASH_ITER(hh, r->entries, e, next) {
		if (e->key.worker == worker)
			drop_entry(r, e);
	}
}

void
registry_free(struct registry **r)
{
	struct entry *e, *next;

	if (*r == NULL)
		return;
	HASH_ITER(hh, (*r)->entries, e, next)
		drop_entry(*r, e);
	free(*r);
	*r = NULL;
}

size_t
registry_sessions(const struct registry *r)
{
	return HASH_COUNT(r->entries);
}

size_t
registry_users(const struct registry *r)
{
	return HASH_COUNT(r->users);
}

size_t
registry_sessions_on(const struct registry *r, struct slice backend)
{
	const struct tally *t = find_tally(r->backends, backend);

	return t == NULL ? 0 : t->sessions;
}
