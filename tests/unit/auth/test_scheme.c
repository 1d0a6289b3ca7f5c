#include "unit.h"

#include "auth/scheme.h"
#include "scheme_vectors.h"

/* With both arguments in memory of just their length. */
static enum scheme_verdict
verify(struct slice stored, struct slice password, const char **why_out)
{
	struct slice s = exact_copy(stored, stored.n);
	struct slice p = exact_copy(password, password.n);
	enum scheme_verdict verdict = scheme_verify(s, SL("CRYPT"), p, why_out);

	free_copy(s);
	free_copy(p);
	return verdict;
}

static void
expect(struct slice stored, struct slice password, enum scheme_verdict wanted)
{
	const char *why = "";
	enum scheme_verdict got = verify(stored, password, &why);

	ck_assert_msg(got == wanted, "\"%.*s\": verdict %d (%s), not %d",
		      SL_FMT(stored), got, why, wanted);
	ck_assert((got == SCHEME_MATCH || got == SCHEME_MISMATCH) ==
		  (why[0] == '\0'));
}

START_TEST(what_dovecot_stored_matches_its_password)
{
	expect(vectors[_i].stored, vectors[_i].password, SCHEME_MATCH);
}
END_TEST

/* DES sees eight octets and 7 bits of each, so the change is at the front, and
   not in the highest bit. */
START_TEST(what_dovecot_stored_matches_no_other_password)
{
	struct slice password = vectors[_i].password;
	char other[64] = "x";

	if (password.n > 0) {
		memcpy(other, password.p, password.n);
		other[0] ^= 1;
	}
	expect(vectors[_i].stored,
	       (struct slice){ other, password.n == 0 ? 1 : password.n },
	       SCHEME_MISMATCH);
	if (password.n > 0)
		expect(vectors[_i].stored, SL(""), SCHEME_MISMATCH);
}
END_TEST

/* "{ARGON2ID}" as doveadm makes it takes 64 MB and a tenth of a second. */
static bool
is_slow(struct slice stored)
{
	return slice_starts(stored, SL("{ARGON2I}$")) ||
	       slice_starts(stored, SL("{ARGON2ID}$argon2id$v=19$m=65536"));
}

/* All prefixes are walked: no octet behind the end is read (ASan), and nothing
   but the whole lets anybody in. */
START_TEST(a_stored_password_cut_short_matches_nothing)
{
	struct slice stored = vectors[_i].stored;
	const char *why;

	for (size_t n = 0; n < stored.n && !is_slow(stored); n++)
		ck_assert_msg(verify(slice_first(stored, n),
				     vectors[_i].password,
				     &why) != SCHEME_MATCH,
			      "\"%.*s\" at %zu", SL_FMT(stored), n);
}
END_TEST

static const struct odd {
	struct slice stored, password;
	enum scheme_verdict verdict;
} odd[] = {
	/* Behind a bare MD5-CRYPT anything may stand; around base64, blanks. */
	{ SL("$1$OGj3aSHc$yf7eHOGTTN9l0VwwPbshi.$junk"), SL("secret"),
	  SCHEME_MATCH },
	{ SL("{SHA1} 5en6G6MezRroT3XKqkdPOmY/BfQ= "), SL("secret"),
	  SCHEME_MATCH },
	{ SL("{SHA1}5en6G6MezRroT3XK qkdPOmY/BfQ="), SL("secret"),
	  SCHEME_BROKEN },

	{ SL(""), SL(""), SCHEME_MISMATCH },
	{ SL(""), SL("x"), SCHEME_MISMATCH },
	{ SL("{CRYPT}"), SL(""), SCHEME_MISMATCH },
	{ SL("*"), SL("*"), SCHEME_MISMATCH },
	{ SL("!$1$OGj3aSHc$yf7eHOGTTN9l0VwwPbshi."), SL("secret"),
	  SCHEME_MISMATCH },
	{ SL("{PLAIN}secret"), SL("Secret"), SCHEME_MISMATCH },
	{ SL("{PLAIN}secret"), SL("secre"), SCHEME_MISMATCH },
	{ SL("{PLAIN}secret"), SL("secret\0x"), SCHEME_MISMATCH },
	{ SL("{PLAIN.HEX}73006d"), SL("s\0m"), SCHEME_MISMATCH },
	{ SL("{CRYPT}6V8S4C0Oq1v5I"), SL("secret\0x"), SCHEME_MISMATCH },

	{ SL("{}secret"), SL("secret"), SCHEME_UNKNOWN },
	{ SL("{FOO}secret"), SL("secret"), SCHEME_UNKNOWN },
	{ SL("{ PLAIN}secret"), SL("secret"), SCHEME_UNKNOWN },
	{ SL("{PLAIN.}secret"), SL("secret"), SCHEME_UNKNOWN },
	{ SL("{PLAIN.B32}secret"), SL("secret"), SCHEME_UNKNOWN },
	{ SL("{.HEX}00"), SL("secret"), SCHEME_UNKNOWN },
	{ SL("{NTLM}878d8014606cda29677a44efa1353fc7"), SL("secret"),
	  SCHEME_UNKNOWN },
	{ SL("{LANMAN}552902031bede9efaad3b435b51404ee"), SL("secret"),
	  SCHEME_UNKNOWN },
	{ SL("{OTP}sha1 1024 403c253f53140cf0 72bbcfa1233be072"), SL("secret"),
	  SCHEME_UNKNOWN },
	{ SL("{PLAIN-TRUNC}3-sec"), SL("secret"), SCHEME_UNKNOWN },

	{ SL("{PLAIN.HEX}736"), SL("s6"), SCHEME_BROKEN },
	{ SL("{PLAIN.HEX}7g"), SL("p"), SCHEME_BROKEN },
	{ SL("{PLAIN.B64}c2Vjcm"), SL("secr"), SCHEME_BROKEN },
	{ SL("{SHA1}"), SL(""), SCHEME_BROKEN },
	{ SL("{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ"), SL("secret"),
	  SCHEME_BROKEN },
	{ SL("{SHA1}5en6G6MezRroT3XKqkdPOmY/BfR="), SL("secret"),
	  SCHEME_BROKEN },
	{ SL("{SHA256}5en6G6MezRroT3XKqkdPOmY/BfQ="), SL("secret"),
	  SCHEME_BROKEN },
	{ SL("{SHA1.B64}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"),
	  SL("secret"), SCHEME_BROKEN },
	{ SL("{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), SL("secret"),
	  SCHEME_BROKEN },	/* a digest, and no salt */
	{ SL("{MD5}"), SL(""), SCHEME_BROKEN },
	{ SL("{MD5}{MD5}{MD5}"), SL(""), SCHEME_BROKEN },
	{ SL("{CRYPT}xx"), SL("x"), SCHEME_BROKEN },
	{ SL("{CRYPT}x"), SL("x"), SCHEME_BROKEN },
	{ SL("{CRYPT}$6$salt"), SL("x"), SCHEME_BROKEN },
	{ SL("{CRYPT}$3$$878d8014606cda29677a44efa1353fc7"), SL("secret"),
	  SCHEME_BROKEN },
	{ SL("{MD5-CRYPT}$1$OGj3aSHc$yf7eHOGTTN9l0VwwPbshi.$junk"),
	  SL("secret"), SCHEME_BROKEN },
	{ SL("{CRYPT.HEX}6100"), SL("x"), SCHEME_BROKEN },
	{ SL("{PBKDF2}$2$salt$1$"
	     "d96c6bb43d7ce5a1a228b485886db439d84b1534"), SL("x"),
	  SCHEME_BROKEN },
	{ SL("{PBKDF2}$1$salt$0$"
	     "d96c6bb43d7ce5a1a228b485886db439d84b1534"), SL("x"),
	  SCHEME_BROKEN },
	{ SL("{PBKDF2}$1$salt$+1$"
	     "d96c6bb43d7ce5a1a228b485886db439d84b1534"), SL("x"),
	  SCHEME_BROKEN },
	{ SL("{PBKDF2}$1$salt$1$d96c"), SL("x"), SCHEME_BROKEN },
	{ SL("{SCRAM-SHA-1}4095,tPTPbEz6gRTLdqv/Oq4XmQ==,"
	     "g4x73Z0iJnq682ZdYWiWmgL2Zmk=,sgqUp6lpq37VGcHD7dSvB/uEw1I="),
	  SL("secret"), SCHEME_BROKEN },
	{ SL("{SCRAM-SHA-1}4096,tPTPbEz6gRTLdqv/Oq4XmQ==,"
	     "g4x73Z0iJnq682ZdYWiWmgL2Zmk="),
	  SL("secret"), SCHEME_BROKEN },
	{ SL("{SCRAM-SHA-256}4096,tPTPbEz6gRTLdqv/Oq4XmQ==,"
	     "g4x73Z0iJnq682ZdYWiWmgL2Zmk=,sgqUp6lpq37VGcHD7dSvB/uEw1I="),
	  SL("secret"), SCHEME_BROKEN },	/* keys of SHA-1 */
#ifdef HAVE_ARGON2
	{ SL("{ARGON2ID}garbage"), SL("secret"), SCHEME_BROKEN },
	{ SL("{ARGON2ID}$argon2id$v=16$m=64,t=1,p=4$c2FsdHNhbHRzYWx0$"
	     "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	  SL("secret"), SCHEME_BROKEN },
	{ SL("{ARGON2ID}$argon2id$v=19$m=64,t=0,p=4$c2FsdHNhbHRzYWx0$"
	     "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	  SL("secret"), SCHEME_BROKEN },
#else
	{ SL("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=4$c2FsdHNhbHRzYWx0$"
	     "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	  SL("secret"), SCHEME_UNKNOWN },
#endif
};

START_TEST(what_cannot_be_judged_is_told_from_a_mismatch)
{
	expect(odd[_i].stored, odd[_i].password, odd[_i].verdict);
}
END_TEST

#define KEY20 "d96c6bb43d7ce5a1a228b485886db439d84b1534"
#define BCRYPT_END "abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

/* Were one of these run, the test would take minutes: the maximum and one. */
static const struct slice dear[] = {
	SL("{BLF-CRYPT}$2y$17$" BCRYPT_END),
	SL("{BLF-CRYPT}$2y$31$" BCRYPT_END),
	SL("{SHA256-CRYPT}$5$rounds=5000001$salt$x"),
	SL("{SHA512-CRYPT}$6$rounds=999999999$salt$x"),
	SL("{SHA512-CRYPT}$6$rounds=18446744073709551615$salt$x"),
	SL("{CRYPT}$y$jGT$uXs5SWi7c8jXMeFMbsqjM.$"
	   "7DC7Xc/8GqJHVPtWgPhQhfpRM0m7y0wM3ZvlxkgRpV1"),
	SL("{PBKDF2}$1$salt$10000001$" KEY20),
	SL("{SCRAM-SHA-1}10000001,tPTPbEz6gRTLdqv/Oq4XmQ==,"
	   "g4x73Z0iJnq682ZdYWiWmgL2Zmk=,sgqUp6lpq37VGcHD7dSvB/uEw1I="),
#ifdef HAVE_ARGON2
	SL("{ARGON2ID}$argon2id$v=19$m=1048577,t=1,p=1$c2FsdHNhbHRzYWx0$"
	   "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	SL("{ARGON2ID}$argon2id$v=19$m=1048576,t=5,p=1$c2FsdHNhbHRzYWx0$"
	   "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	SL("{ARGON2ID}$argon2id$v=19$m=4294967295,t=4294967295,p=1$"
	   "c2FsdHNhbHRzYWx0$ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	SL("{ARGON2ID}$argon2id$v=19$m=1024,t=1,p=65$c2FsdHNhbHRzYWx0$"
	   "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
#endif
};

START_TEST(what_would_cost_minutes_is_refused_with_its_reason)
{
	const char *why = NULL;

	ck_assert_int_eq(verify(dear[_i], SL("secret"), &why), SCHEME_BROKEN);
	ck_assert_str_eq(why, "checking it costs more than is allowed");
}
END_TEST

/* Parameters that crypt_gensalt() never makes multiply the cost of others. */
START_TEST(yescrypt_with_more_parameters_is_refused)
{
	const char *why = NULL;

	ck_assert_int_eq(verify(SL("{CRYPT}$y$j75../$uXs5SWi7c8jXMeFMbsqjM.$x"),
				SL("secret"), &why), SCHEME_BROKEN);
	ck_assert_str_eq(why, "parameters that crypt_gensalt(5) never makes");
}
END_TEST

START_TEST(the_default_scheme_is_for_those_without_braces)
{
	static const struct {
		struct slice stored, scheme;
		enum scheme_verdict verdict;
	} rows[] = {
		{ SL("secret"), SL("PLAIN"), SCHEME_MATCH },
		{ SL("736563726574"), SL("plain.hex"), SCHEME_MATCH },
		{ SL("5ebe2294ecd0e0f08eab7690d2a6ee69"), SL("PLAIN-MD5"),
		  SCHEME_MATCH },
		{ SL("{PLAIN}secret"), SL("SHA512"), SCHEME_MATCH },
		{ SL("{PLAIN}secret"), SL("nonsense"), SCHEME_MATCH },
		{ SL("{PLAINsecret"), SL("PLAIN"), SCHEME_MISMATCH },
		{ SL("secret"), SL("nonsense"), SCHEME_UNKNOWN },
		{ SL("secret"), SL(""), SCHEME_UNKNOWN },
		/* Dovecot lets in here. */
		{ SL(""), SL("PLAIN"), SCHEME_MISMATCH },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why;
		struct slice password = rows[i].stored.n == 0 ? SL("") :
								SL("secret");

		ck_assert_msg(scheme_verify(rows[i].stored, rows[i].scheme,
					    password, &why) == rows[i].verdict,
			      "row %zu", i);
	}
}
END_TEST

START_TEST(overlong_input_matches_nothing)
{
	static char text[SCHEME_MAX_STORED + 1];
	struct slice all = { text, sizeof(text) };
	struct slice most = slice_first(all, SCHEME_MAX_STORED);
	const char *why;

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(scheme_verify(most, SL("PLAIN"), most, &why),
			 SCHEME_MATCH);
	ck_assert_int_eq(scheme_verify(all, SL("PLAIN"), all, &why),
			 SCHEME_BROKEN);
	ck_assert_int_eq(scheme_verify(SL("{PLAIN}x"), SL("PLAIN"), all, &why),
			 SCHEME_MISMATCH);
	/* crypt(3) takes 511 octets. */
	ck_assert_int_eq(scheme_verify(SL("{CRYPT}6V8S4C0Oq1v5I"), SL("PLAIN"),
				       slice_first(all, 512), &why),
			 SCHEME_MISMATCH);
}
END_TEST

Suite *
suite_scheme(void)
{
	Suite *suite = suite_create("scheme");
	TCase *rows = tcase_create("vectors"), *rest = tcase_create("rest");

	/* Every prefix of a slow hash, under ASan. */
	tcase_set_timeout(rows, 60);
	tcase_add_loop_test(rows, what_dovecot_stored_matches_its_password,
			    0, VECTOR_COUNT);
	tcase_add_loop_test(rows, what_dovecot_stored_matches_no_other_password,
			    0, VECTOR_COUNT);
	tcase_add_loop_test(rows, a_stored_password_cut_short_matches_nothing,
			    0, VECTOR_COUNT);
	suite_add_tcase(suite, rows);
	tcase_add_loop_test(rest, what_cannot_be_judged_is_told_from_a_mismatch,
			    0, (int)(sizeof(odd) / sizeof(odd[0])));
	tcase_add_loop_test(rest,
			    what_would_cost_minutes_is_refused_with_its_reason,
			    0, (int)(sizeof(dear) / sizeof(dear[0])));
	tcase_add_test(rest, yescrypt_with_more_parameters_is_refused);
	tcase_add_test(rest, the_default_scheme_is_for_those_without_braces);
	tcase_add_test(rest, overlong_input_matches_nothing);
	suite_add_tcase(suite, rest);
	return suite;
}
