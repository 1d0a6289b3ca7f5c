/* What reads as a message is written back as the same octets, and no part of it
   reads as one. */
#include "fuzz.h"

#include "base/message.h"

#define MSG_ALL(F) \
	F(BOOL, yes) F(U32, id) F(TEXT, user) F(VARS, vars) F(ADDR, from) \
	F(U64, big) F(TEXT, pass)
MESSAGE_STRUCT(msg_all, MSG_ALL);
MESSAGE_TABLE(msg_all, MSG_ALL);

/* Arrays of the reader are never larger than what they were read from asks
   for: a name and a value have eight octets there, and 32 here. */
#define MAX_ARENA(n) (4 * (n) + 64)

static void
write_back(const struct msg_all *m, struct slice in)
{
	struct buf out;

	buf_init(&out, in.n);
	require(msg_all_put(m, &out));
	require(slice_eq(buf_slice(&out), in));
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct arena a = { 0 };
	struct msg_all m;

	if (msg_all_read(in, &a, &m)) {
		write_back(&m, in);
		for (size_t n = 0; n < size; n++)
			require(!msg_all_read(slice_first(in, n), &a, &m));
	} else {
		require(a.used <= MAX_ARENA(size));
	}
	arena_free(&a);
	return 0;
}
