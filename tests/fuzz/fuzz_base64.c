/* What decodes is the one coded form of what comes out; everything encodes, and
   comes back. */
#include "fuzz.h"

#include "base/base64.h"

static void
decode(struct slice s)
{
	struct buf plain, coded;

	/* No decoded form is longer than this, and each fits. */
	buf_init(&plain, s.n / 4 * 3);
	buf_init(&coded, s.n);
	if (base64_decode(s, &plain)) {
		require(base64_encode(buf_slice(&plain), &coded));
		require(slice_eq(buf_slice(&coded), s));
	} else {
		require(plain.n == 0);
		require(buf_ok(&plain));
	}
	buf_free(&plain);
	buf_free(&coded);
}

static void
encode(struct slice s)
{
	struct buf plain, coded;

	buf_init(&plain, s.n);
	buf_init(&coded, (s.n + 2) / 3 * 4);
	require(base64_encode(s, &coded));
	require(base64_decode(buf_slice(&coded), &plain));
	require(slice_eq(buf_slice(&plain), s));
	buf_free(&plain);
	buf_free(&coded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = { (const char *)data, size };

	decode(s);
	encode(s);
	return 0;
}
