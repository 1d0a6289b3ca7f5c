#include "auth/passwd_index.h"

/* Its hash function only. */
#include <uthash.h>

#include "base/mem.h"

struct key {
	struct slice text, user;
	uint32_t hash;
};

static uint32_t
hash_of(struct slice user)
{
	unsigned hash;

	HASH_JEN(user.p, user.n, hash);
	return hash;
}

static size_t
offset_of(uint64_t item)
{
	return item & UINT32_MAX;
}

/* The line at offset at, without its end; the next begins at *next_out. */
static struct slice
line_at(struct slice text, size_t at, size_t *next_out)
{
	struct slice rest = slice_skip(text, at), line;

	slice_cut(&rest, '\n', &line);
	*next_out = text.n - rest.n;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Whatever stands in the index was a user's line when it was put there. */
static struct slice
user_at(struct slice text, size_t at)
{
	size_t next;
	struct slice line = line_at(text, at, &next);

	return slice_first(line, slice_index(line, ':'));
}

/* By hash; only where that is the same, by name, and then by place. Names
   chosen to collide cost no more than a sort by name would. */
static int
item_cmp(const void *a, const void *b, void *text)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	const struct slice *t = text;
	int order;

	if (x >> 32 != y >> 32)
		return x < y ? -1 : 1;
	order = slice_cmp(user_at(*t, offset_of(x)), user_at(*t, offset_of(y)));
	if (order != 0 || x == y)
		return order;
	return x < y ? -1 : 1;
}

static int
key_cmp(const void *k, const void *item)
{
	const struct key *key = k;
	uint64_t it = *(const uint64_t *)item;

	if (key->hash != it >> 32)
		return key->hash < it >> 32 ? -1 : 1;
	return slice_cmp(key->user, user_at(key->text, offset_of(it)));
}

static void
add_problem(struct passwd_index *index, const char *why, size_t line,
	    size_t first_line)
{
	if (index->problem_count++ >= PASSWD_INDEX_PROBLEMS)
		return;
	index->problems[index->problem_count - 1] = (struct passwd_problem){
		.why = why, .line = line, .first_line = first_line,
	};
}

static size_t
count_lines(struct slice text)
{
	struct slice line;
	size_t n = 0;

	while (slice_cut(&text, '\n', &line))
		n++;
	return n;
}

static void
collect(struct slice text, struct passwd_index *index)
{
	size_t at = 0, next, number = 1;
	struct passwd_line line;
	const char *why;

	for (; at < text.n; at = next, number++) {
		switch (passwd_line_parse(line_at(text, at, &next), &line,
					  &why)) {
		case PASSWD_LINE_USER:
			index->v[index->n++] =
				(uint64_t)hash_of(line.user) << 32 | at;
			break;
		case PASSWD_LINE_REFUSED:
			add_problem(index, why, number, 0);
			break;
		case PASSWD_LINE_NOTHING:
			break;
		}
	}
}

static bool
same_user(struct slice text, uint64_t a, uint64_t b)
{
	return a >> 32 == b >> 32 && slice_eq(user_at(text, offset_of(a)),
					      user_at(text, offset_of(b)));
}

/* Lines of one user stand side by side now, the first of the text first. */
static void
drop_doubles(struct slice text, struct passwd_index *index)
{
	size_t kept = 0;

	for (size_t i = 0; i < index->n; i++) {
		if (kept == 0 ||
		    !same_user(text, index->v[kept - 1], index->v[i])) {
			index->v[kept++] = index->v[i];
			continue;
		}
		if (index->problem_count >= PASSWD_INDEX_PROBLEMS) {
			index->problem_count++;	/* no need to count lines */
			continue;
		}
		add_problem(index, "this user stands there already",
			    passwd_index_line(text, offset_of(index->v[i])),
			    passwd_index_line(text,
					      offset_of(index->v[kept - 1])));
	}
	index->n = kept;
}

void
passwd_index_make(struct slice text, struct passwd_index *index_out)
{
	*index_out = (struct passwd_index){ 0 };
	index_out->v = mem_zalloc_array(count_lines(text), sizeof(uint64_t));
	collect(text, index_out);
	qsort_r(index_out->v, index_out->n, sizeof(uint64_t), item_cmp, &text);
	drop_doubles(text, index_out);
}

void
passwd_index_free(struct passwd_index *index)
{
	free(index->v);
	*index = (struct passwd_index){ 0 };
}

bool
passwd_index_find(const struct passwd_index *index, struct slice text,
		  struct slice user, struct passwd_line *line_out,
		  size_t *at_out)
{
	struct key key = { .text = text, .user = user, .hash = hash_of(user) };
	const uint64_t *item;
	const char *why;
	size_t next;

	item = bsearch(&key, index->v, index->n, sizeof(uint64_t), key_cmp);
	if (item == NULL)
		return false;
	*at_out = offset_of(*item);
	return passwd_line_parse(line_at(text, *at_out, &next), line_out,
				 &why) == PASSWD_LINE_USER;
}

size_t
passwd_index_line(struct slice text, size_t at)
{
	return count_lines(slice_first(text, at)) + 1;
}
