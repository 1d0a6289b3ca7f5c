/* SCRAM (RFC 5802, RFC 7677): both sides of an exchange that proves a password
   without saying it. Pure, but for what the arithmetic costs.

   Names and passwords are not prepared (RFC 4013), as in Dovecot: a client that
   does so, and a user with a password that is changed by it, meet here only if
   the password was stored prepared. */
#ifndef AUTH_SCRAM_H
#define AUTH_SCRAM_H

#include "auth/gs2.h"
#include "base/vars.h"

/* A digest of OpenSSL's has at most 64 octets. */
#define SCRAM_MAX_KEY 64
#define SCRAM_MAX_SALT 128
/* RFC 7677 section 4; Dovecot takes no fewer. */
#define SCRAM_MIN_ROUNDS 4096

/* ---- what a server keeps of a password --------------------------------- */

struct scram_secret {
	int rounds;
	size_t salt_n, key_n;
	unsigned char salt[SCRAM_MAX_SALT];
	unsigned char stored_key[SCRAM_MAX_KEY], server_key[SCRAM_MAX_KEY];
};

/* Reads Dovecot's form, "rounds,salt,StoredKey,ServerKey", all but the rounds in
   base64. NULL, or why it is none. */
const char *scram_secret_read(struct slice stored, struct scram_secret *out);

/* Makes one from a password; costs the rounds. NULL, or why it cannot. */
const char *scram_secret_make(const char *digest, struct slice password,
			      struct slice salt, int rounds,
			      struct scram_secret *out);

/* Octets of the digest; 0 if OpenSSL lacks it. */
size_t scram_key_size(const char *digest);

/* ---- the server's side ------------------------------------------------- */

/* The client's first message; slices borrow from it or are in the arena. */
struct scram_first {
	struct gs2 gs2;
	struct slice user;	/* decoded, never empty */
	struct slice nonce;
	struct slice bare;	/* the message without its gs2 header */
};

bool scram_first_read(struct slice message, struct arena *a,
		      struct scram_first *out);

enum scram_verdict {
	SCRAM_RIGHT,		/* *reply_out goes to the client, and then it
				   is in */
	SCRAM_WRONG,		/* another password */
	SCRAM_NONSENSE,		/* no message of SCRAM, or not of this exchange */
};

/* Texts are in the arena of scram_server_begin(). */
struct scram_server {
	const char *digest;
	struct arena *arena;
	struct scram_secret secret;
	struct slice bare, first;	/* client's and server's first message */
	struct slice nonce;
	struct slice channel;		/* what "c=" must stand for */
};

/* The server's first message, to first. binding is the channel's data if first
   asks for it, else empty. nonce is printable and without commas. */
struct slice scram_server_begin(struct scram_server *s, const char *digest,
				const struct scram_first *first,
				struct slice binding,
				const struct scram_secret *secret,
				struct slice nonce, struct arena *a);

enum scram_verdict scram_server_final(struct scram_server *s,
				      struct slice message,
				      struct slice *reply_out);

/* A nonce: 24 octets of base64, from 18 unpredictable ones. */
struct slice scram_nonce(struct arena *a);

/* ---- the client's side ------------------------------------------------- */

/* Deriving the key from the password may take long: it is done a slice at a
   time. */
struct scram_hi;

struct scram_client {
	const char *digest;
	struct arena arena;
	struct slice header, bare, first;
	unsigned char salted[SCRAM_MAX_KEY], server_signature[SCRAM_MAX_KEY];
	size_t key_n;
	struct scram_hi *hi;	/* NULL when it is not being derived */
};

/* More rounds than this no backend may ask of us: some seconds of a core. */
#define SCRAM_MAX_CLIENT_ROUNDS 2000000

/* Zeroed before. The first message. */
bool scram_client_begin(struct scram_client *c, const char *digest,
			struct slice user, struct slice authzid,
			struct slice nonce, struct buf *out);
/* Takes the server's first message. False if it is none. */
bool scram_client_take_first(struct scram_client *c, struct slice message,
			     struct slice password);
/* Goes on deriving, for at most so many rounds. True when done. */
bool scram_client_derive(struct scram_client *c, uint32_t rounds);
/* Then: our last message. */
bool scram_client_final(struct scram_client *c, struct buf *out);
/* True if the server's last message proves that it knows the password too. */
bool scram_client_trusts(const struct scram_client *c, struct slice message);
/* Wipes. Harmless on a zeroed one. */
void scram_client_free(struct scram_client *c);

#endif
