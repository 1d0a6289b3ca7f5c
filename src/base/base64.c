#include "base/base64.h"

#include <limits.h>
#include <openssl/evp.h>

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

/* The unused bits of the last quartet are zero: "QQ==" is one octet, "QR==" is
   nothing anyone encoded. OpenSSL decodes padding to octets made of them. */
static bool
has_clean_end(struct slice s, size_t pad)
{
	const unsigned char *last = (const unsigned char *)s.p + s.n - 4;
	unsigned char octets[3];
	bool clean = true;

	EVP_DecodeBlock(octets, last, 4);
	for (size_t i = 3 - pad; i < 3; i++)
		clean = clean && octets[i] == 0;
	OPENSSL_cleanse(octets, sizeof(octets));
	return clean;
}

bool
base64_decode(struct slice s, struct buf *out)
{
	size_t pad = padding_of(s);
	unsigned char octets[3 * 64];

	if (pad == 3 || (s.n > 0 && !has_clean_end(s, pad)))
		return false;
	if (s.n / 4 * 3 - pad > buf_room(out)) {
		out->refused = true;
		return false;
	}
	while (s.n > 0) {
		size_t piece = s.n < 4 * 64 ? s.n : 4 * 64;
		size_t n = piece / 4 * 3 - (piece == s.n ? pad : 0);

		EVP_DecodeBlock(octets, (const unsigned char *)s.p, (int)piece);
		buf_add(out, (struct slice){ (char *)octets, n });
		s = slice_skip(s, piece);
	}
	OPENSSL_cleanse(octets, sizeof(octets));
	return true;
}

static bool
is_url_alphabet(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool
base64url_decode(struct slice s, struct buf *out)
{
	struct buf padded;
	bool good = s.n % 4 != 1;

	buf_init(&padded, s.n + 3);
	for (size_t i = 0; i < s.n && good; i++) {
		char c = s.p[i];

		good = is_url_alphabet(c);
		buf_add_char(&padded, c == '-' ? '+' : c == '_' ? '/' : c);
	}
	while (good && padded.n % 4 != 0)
		buf_add_char(&padded, '=');
	good = good && base64_decode(buf_slice(&padded), out);
	buf_free(&padded);
	return good;
}
