#include "base/base64.h"

#include <limits.h>
#include <openssl/evp.h>

#include "base/mem.h"

bool
base64_encode(struct slice s, struct buf *out)
{
	size_t n = (s.n + 2) / 3 * 4, room;
	char *p;

	if (s.n > INT_MAX / 2 || n > buf_room(out)) {
		out->refused = true;
		return false;
	}
	if (n == 0)
		return true;
	/* EVP_EncodeBlock() puts a NUL behind its last octet. */
	p = buf_space(out, n, &room);
	unsigned char quartets[4 * 64 + 1];

	for (size_t at = 0; at < s.n; at += 3 * 64) {
		size_t piece = s.n - at < 3 * 64 ? s.n - at : 3 * 64;
		int coded = EVP_EncodeBlock(quartets,
					    (const unsigned char *)s.p + at,
					    (int)piece);

		memcpy(p + at / 3 * 4, quartets, (size_t)coded);
	}
	OPENSSL_cleanse(quartets, sizeof(quartets));
	buf_grew(out, n);
	return true;
}

static bool
is_alphabet(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* How many '=' end s, or 3 if s is no base64. OpenSSL alone would pass blanks
   at both ends and padding in the middle. */
static size_t
padding_of(struct slice s)
{
	size_t pad = 0;

	if (s.n % 4 != 0)
		return 3;
	while (pad < 2 && pad < s.n && s.p[s.n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < s.n - pad; i++) {
		if (!is_alphabet(s.p[i]))
			return 3;
	}
	return pad;
}

/* The octets behind the padding come out as zero only if the unused bits were:
   "QQ==" is one octet, "QR==" is nothing anyone encoded. */
static bool
is_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\0')
			return false;
	}
	return true;
}

bool
base64_decode(struct slice s, struct buf *out)
{
	size_t pad = padding_of(s), n = s.n / 4 * 3, room;
	char *p;

	if (pad == 3 || s.n > INT_MAX)
		return false;
	if (n == 0)
		return true;
	if (n > buf_room(out)) {
		out->refused = true;
		return false;
	}
	p = buf_space(out, n, &room);
	if (EVP_DecodeBlock((unsigned char *)p, (const unsigned char *)s.p,
			    (int)s.n) != (int)n || !is_zero(p + n - pad, pad)) {
		mem_wipe(p, n);
		return false;
	}
	buf_grew(out, n - pad);
	return true;
}
