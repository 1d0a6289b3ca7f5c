#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

void
random_octets(void *out, size_t n)
{
	char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			abort();	/* no kernel we run on lacks it */
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

uint32_t
random_below(uint32_t below)
{
	/* The largest multiple of below; numbers beyond it would favour some. */
	uint32_t limit = UINT32_MAX - UINT32_MAX % below;
	uint32_t n;

	do {
		random_octets(&n, sizeof(n));
	} while (n >= limit);
	return n % below;
}
