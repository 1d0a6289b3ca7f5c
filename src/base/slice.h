/* A view of bytes that somebody else owns. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Never NUL-terminated by contract; may hold any octet, NUL included. Valid as
   long as the owner is. p may be NULL when n is 0. */
struct slice {
	const char *p;
	size_t n;
};

/* A slice of a string literal. */
#define SL(lit) ((struct slice){ "" lit, sizeof(lit) - 1 })

/* For "%.*s", with peers' bytes only where the log escapes them. */
#define SL_FMT(s) (int)(s).n, (s).p == NULL ? "" : (s).p

/* A view of a NUL-terminated string; NULL gives the empty slice. */
struct slice slice_of(const char *s);

bool slice_eq(struct slice a, struct slice b);
/* The same with ASCII letters folded; other octets compare as they are. */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_starts_nocase(struct slice s, struct slice prefix);

/* s, or otherwise if s is empty. */
static inline struct slice
slice_or(struct slice s, struct slice otherwise)
{
	return s.n > 0 ? s : otherwise;
}

/* Orders as memcmp does, a prefix before what it begins. */
int slice_cmp(struct slice a, struct slice b);

/* Where c first stands in s, or s.n. */
size_t slice_index(struct slice s, char c);
static inline bool
slice_has(struct slice s, char c)
{
	return slice_index(s, c) < s.n;
}

/* s without its first n octets, or its first n octets. n is at most s.n. */
struct slice slice_skip(struct slice s, size_t n);
struct slice slice_first(struct slice s, size_t n);

/* Takes everything before the first sep off the front of *rest, and sep with
   it. Without a sep it takes all. False when *rest was empty. */
bool slice_cut(struct slice *rest, char sep, struct slice *head_out);

/* Takes the next word off the front of *rest: what stands between blanks
   (space, TAB). False when only blanks were left. */
bool slice_cut_word(struct slice *rest, struct slice *word_out);

/* s without blanks (space, TAB, CR, LF) at both ends. */
struct slice slice_trim(struct slice s);

/* Reads all of s as a decimal number no larger than max. No sign, no blanks,
   no empty string. */
bool slice_to_u64(struct slice s, uint64_t max, uint64_t *n_out);

/* True if s has a CR, LF or NUL: what ends a line or a text before its time. */
bool slice_ends_line(struct slice s);

/* True if every octet is printable 7-bit ASCII, space included. */
bool slice_is_printable(struct slice s);

#endif
