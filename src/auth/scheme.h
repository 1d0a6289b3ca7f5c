/* Stored passwords, in the schemes of Dovecot 2.3: "{SSHA256}..." for one.

   A scheme's name is read without regard to case. What follows the braces is
   text or base64, as the scheme has it; ".HEX", ".B64" or ".BASE64" behind the
   name says otherwise, for any scheme. Data of a scheme with a fixed size may
   be hex without saying so: its length tells. A text that begins with "$1$" is
   MD5-CRYPT even without braces. Where real Dovecot and the manual differ, real
   Dovecot (2.3.19) was followed, but for these, on purpose:
   - Base64 has no blanks inside, and no bits that nobody encoded.
   - An empty stored password without braces matches nothing. Dovecot, told that
     PLAIN is the default, lets such a user in with an empty password.
   - A password with a NUL in it matches nothing, instead of matching what
     stands before the NUL.

   Left out: CRAM-MD5, HMAC-MD5, DIGEST-MD5, PLAIN-MD4, PLAIN-TRUNC, OTP, NTLM
   and LANMAN. They are unknown schemes here. */
#ifndef AUTH_SCHEME_H
#define AUTH_SCHEME_H

#include "base/buf.h"

enum scheme_verdict {
	SCHEME_MATCH,
	SCHEME_MISMATCH,	/* another password, or a locked account */
	SCHEME_UNKNOWN,		/* no such scheme, or not built in */
	SCHEME_BROKEN,		/* cannot be judged; *why_out says why */
};

/* The cost of a check stands in the stored password. What costs more than this
   is SCHEME_BROKEN. Each figure keeps the dearest check to a few seconds of
   one core (1 to 5 on the machine it was chosen on), and takes what
   "doveadm pw" writes unless its -r asks for more: of ARGON2ID up to 4, of
   ARGON2I up to 8. */
#define SCHEME_MAX_BCRYPT_COST 16	/* 2^16 rounds */
#define SCHEME_MAX_SHA_ROUNDS 5000000	/* $5$rounds=, $6$rounds= */
#define SCHEME_MAX_HMAC_ROUNDS 10000000	/* PBKDF2, SCRAM-SHA-* */
#define SCHEME_MAX_ARGON2_KIB (1024 * 1024)	 /* memory: 1 GiB */
#define SCHEME_MAX_ARGON2_WORK (4 * 1024 * 1024) /* KiB times passes */
#define SCHEME_MAX_ARGON2_LANES 64
/* yescrypt ($y$, $gy$): what crypt_gensalt(5) makes, cost 1 to 11 (1 GiB). */

/* A longer stored password is SCHEME_BROKEN, a longer one given by a client
   matches nothing. The hashes of crypt(3) are made of at most 511 octets. */
#define SCHEME_MAX_STORED 8192
#define SCHEME_MAX_PASSWORD 8192

/* Compares password with stored; default_scheme ("CRYPT", also with a suffix)
   is stored's scheme where it names none. *why_out, a text for the log that
   holds nothing of either, is written for SCHEME_UNKNOWN and SCHEME_BROKEN
   only.

   Blocks for as long as the scheme takes. Of both arguments nothing remains in
   memory that is given back. */
enum scheme_verdict scheme_verify(struct slice stored,
				  struct slice default_scheme,
				  struct slice password, const char **why_out);

/* Appends the password itself, where that is what is stored (PLAIN). */
bool scheme_clear(struct slice stored, struct slice default_scheme,
		  struct buf *out);
/* Appends what is stored, decoded, if it is of the scheme wanted. */
bool scheme_data(struct slice stored, struct slice default_scheme,
		 struct slice wanted, struct buf *out);

#endif
