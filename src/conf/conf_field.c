#include "conf/conf_field.h"

#include "base/mem.h"

const struct conf_field *
conf_field_find(const struct conf_table *table, struct slice key)
{
	for (size_t i = 0; i < table->count; i++) {
		if (slice_eq(slice_of(table->fields[i].key), key))
			return &table->fields[i];
	}
	return NULL;
}

const char *
conf_word_of(const struct conf_word *words, int value)
{
	while (words->word != NULL && words->value != value)
		words++;
	return words->word;
}

bool
conf_field_applies(const struct conf_table *table, const struct conf_field *f,
		   const void *members)
{
	const struct conf_field *selector;
	struct slice rest = slice_of(f->only), item, word;
	int value;

	if (f->only == NULL)
		return true;
	selector = conf_field_find(table, slice_of(table->selector));
	memcpy(&value, (const char *)members + selector->at, sizeof(value));
	word = slice_of(conf_word_of(selector->words, value));
	while (slice_cut_word(&rest, &item)) {
		if (slice_eq(item, word))
			return true;
	}
	return false;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t n = a < b ? a : b;

	return n < c ? n : c;
}

/* Longer keys are no misspelling of ours. */
#define LONGEST 48

/* How many letters to add, drop, change or swap (Damerau's count, adjacent
   swaps) to make one word of the other. */
static size_t
distance(struct slice a, struct slice b)
{
	size_t d[LONGEST + 1][LONGEST + 1];

	if (a.n > LONGEST || b.n > LONGEST)
		return SIZE_MAX;
	for (size_t i = 0; i <= a.n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b.n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = a.p[i - 1] != b.p[j - 1];

			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
					d[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && d[i - 2][j - 2] < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[a.n][b.n];
}

const char *
conf_field_nearest(const struct conf_table *table, struct slice key)
{
	const char *best = NULL;
	size_t best_distance = key.n / 3 + 2;

	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];
		size_t n = distance(slice_of(f->key), key);

		/* Dovecot's word for it counts as a perfect guess. */
		if (f->dovecot != NULL && slice_eq(slice_of(f->dovecot), key))
			n = 0;
		if (n < best_distance) {
			best = f->key;
			best_distance = n;
		}
	}
	return best;
}
