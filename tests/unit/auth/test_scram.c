#include "unit.h"

#include "auth/sasl_client.h"
#include "auth/scram.h"
#include "base/base64.h"

static struct arena arena;

/* The examples of RFC 5802 section 5 and RFC 7677 section 3: user "user",
   password "pencil". */
static const struct {
	const char *digest;
	struct slice client_nonce, server_nonce, salt;
	struct slice first, server_first, final, server_final;
} rows[] = {
	{ "SHA1", SL("fyko+d2lbbFgONRv9qkxdawL"), SL("3rfcNHYJY1ZVvWVs7j"),
	  SL("QSXCR+Q6sek8bf92"),
	  SL("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"),
	  SL("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	     "s=QSXCR+Q6sek8bf92,i=4096"),
	  SL("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	     "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
	  SL("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") },
	{ "SHA256", SL("rOprNGfwEbeRWgbNEkqO"),
	  SL("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
	  SL("W22ZaJ0SNY7soEsUEjb6gQ=="),
	  SL("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
	  SL("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	     "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
	  SL("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	     "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
	  SL("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") },
};
#define ROWS (int)(sizeof(rows) / sizeof(rows[0]))

static void
make_secret(int i, struct slice password, struct scram_secret *out)
{
	struct buf salt;

	buf_init(&salt, SCRAM_MAX_SALT);
	ck_assert(base64_decode(rows[i].salt, &salt));
	ck_assert_ptr_null(scram_secret_make(rows[i].digest, password,
					     buf_slice(&salt), 4096, out));
	buf_free(&salt);
}

static struct slice
begin_server(int i, struct slice message, struct slice password,
	     struct slice binding, struct scram_server *s)
{
	struct scram_secret secret;
	struct scram_first first;

	ck_assert(scram_first_read(message, &arena, &first));
	make_secret(i, password, &secret);
	return scram_server_begin(s, rows[i].digest, &first, binding, &secret,
				  rows[i].server_nonce, &arena);
}

START_TEST(the_server_speaks_as_in_the_examples)
{
	struct scram_server s;
	struct slice reply;

	assert_slice(begin_server(_i, rows[_i].first, SL("pencil"), SL(""),
				  &s), rows[_i].server_first);
	ck_assert_int_eq(scram_server_final(&s, rows[_i].final, &reply),
			 SCRAM_RIGHT);
	assert_slice(reply, rows[_i].server_final);
	arena_free(&arena);
}
END_TEST

START_TEST(the_client_speaks_as_in_the_examples)
{
	struct scram_client c = { 0 };
	struct buf out;

	buf_init(&out, 4096);
	ck_assert(scram_client_begin(&c, rows[_i].digest, SL("user"), SL(""),
				     rows[_i].client_nonce, &out));
	assert_slice(buf_slice(&out), rows[_i].first);
	ck_assert(scram_client_take_first(&c, rows[_i].server_first,
					  SL("pencil")));
	while (!scram_client_derive(&c, 100))
		;
	buf_clear(&out);
	ck_assert(scram_client_final(&c, &out));
	assert_slice(buf_slice(&out), rows[_i].final);
	ck_assert(scram_client_trusts(&c, rows[_i].server_final));
	ck_assert(!scram_client_trusts(&c, SL("v=AAAA")));
	ck_assert(!scram_client_trusts(&c, SL("e=other-error")));
	buf_free(&out);
	scram_client_free(&c);
}
END_TEST

START_TEST(a_wrong_password_is_wrong)
{
	struct scram_server s;
	struct slice reply;

	begin_server(_i, rows[_i].first, SL("pencils"), SL(""), &s);
	ck_assert_int_eq(scram_server_final(&s, rows[_i].final, &reply),
			 SCRAM_WRONG);
	arena_free(&arena);
}
END_TEST

START_TEST(every_other_last_message_is_nonsense)
{
	static const struct slice finals[] = {
		SL(""), SL("c=biws"), SL("c=biws,r=x,p=AAAA"),
		SL("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"),
		SL("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p="),
		SL("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		   "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=,x=y"),
		/* another nonce, another header */
		SL("c=biws,r=fyko+d2lbbFgONRv9qkxdawL,"
		   "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
		SL("c=eSws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		   "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
	};
	struct scram_server s;
	struct slice reply;

	begin_server(0, rows[0].first, SL("pencil"), SL(""), &s);
	for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++)
		ck_assert_msg(scram_server_final(&s, finals[i], &reply) ==
				      SCRAM_NONSENSE,
			      "%.*s", SL_FMT(finals[i]));
	arena_free(&arena);
}
END_TEST

START_TEST(first_messages_are_read)
{
	struct scram_first f;

	ck_assert(scram_first_read(SL("n,a=ad=2Cmin,n=us=3Der,r=x,ext=1"),
				   &arena, &f));
	assert_slice(f.user, SL("us=er"));
	assert_slice(f.gs2.authzid, SL("ad,min"));
	assert_slice(f.bare, SL("n=us=3Der,r=x,ext=1"));
	assert_slice(f.gs2.text, SL("n,a=ad=2Cmin,"));
	ck_assert_int_eq(f.gs2.binding, GS2_NONE);
	ck_assert(scram_first_read(SL("p=tls-exporter,,n=u,r=x"), &arena, &f));
	ck_assert_int_eq(f.gs2.binding, GS2_USED);
	assert_slice(f.gs2.binding_name, SL("tls-exporter"));
	ck_assert(scram_first_read(SL("y,,n=u,r=x"), &arena, &f));
	ck_assert_int_eq(f.gs2.binding, GS2_UNUSED);
	arena_free(&arena);
}
END_TEST

START_TEST(what_is_no_first_message_is_refused)
{
	static const struct slice bad[] = {
		SL(""), SL("n"), SL("n,"), SL("n,,"), SL("n,,n=u"),
		SL("n,,n=,r=x"), SL("n,,n=u,r="), SL("x,,n=u,r=x"),
		SL("n,b=y,n=u,r=x"), SL("n,a=,n=u,r=x"), SL("p=,,n=u,r=x"),
		SL("p=a b,,n=u,r=x"), SL("n,,m=1,n=u,r=x"),
		SL("n,,n=u=2,r=x"), SL("n,,n=u\0,r=x"), SL("n,,n=u,r=x y"),
		SL("n,,n=u,r=\177"),
	};
	struct scram_first f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice in = exact_copy(bad[i], bad[i].n);

		ck_assert_msg(!scram_first_read(in, &arena, &f), "%.*s",
			      SL_FMT(bad[i]));
		free_copy(in);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(a_binding_is_part_of_the_proof)
{
	/* The client's side binds to nothing: its header is replaced. */
	struct scram_server s;
	struct slice reply;

	begin_server(0, SL("p=tls-unique,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"),
		     SL("pencil"), SL("channel"), &s);
	assert_slice(s.channel, SL("p=tls-unique,,channel"));
	ck_assert_int_eq(scram_server_final(&s, rows[0].final, &reply),
			 SCRAM_NONSENSE);
	arena_free(&arena);
}
END_TEST

START_TEST(a_client_does_not_take_every_server)
{
	static const struct slice firsts[] = {
		SL(""), SL("e=unknown-user"), SL("r=xy,s=AAAA,i=4096"),
		SL("r=abc,s=AAAA,i=4096"),	/* adds nothing of its own */
		SL("r=abcd,s=AAAA,i=4095"), SL("r=abcd,s=AAAA,i=2000001"),
		SL("r=abcd,s=A,i=4096"), SL("r=abcd,i=4096"),
		SL("m=x,r=abcd,s=AAAA,i=4096"),
	};

	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		struct scram_client c = { 0 };
		struct buf out;

		buf_init(&out, 256);
		ck_assert(scram_client_begin(&c, "SHA256", SL("u"), SL("a,b"),
					     SL("abc"), &out));
		assert_slice(buf_slice(&out), SL("n,a=a=2Cb,n=u,r=abc"));
		ck_assert_msg(!scram_client_take_first(&c, firsts[i], SL("p")),
			      "%.*s", SL_FMT(firsts[i]));
		buf_free(&out);
		scram_client_free(&c);
	}
}
END_TEST

START_TEST(secrets_are_read_as_dovecot_writes_them)
{
	struct scram_secret s;

	ck_assert_ptr_null(scram_secret_read(
		SL("4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,"
		   "D+CSWLOshSulAsxiupA+qs2/fTE="), &s));
	ck_assert_int_eq(s.rounds, 4096);
	ck_assert_uint_eq(s.key_n, 20);
	ck_assert_ptr_nonnull(scram_secret_read(SL("4095,QQ==,QQ==,QQ=="),
						&s));
	ck_assert_ptr_nonnull(scram_secret_read(SL("4096,QQ==,QQ=="), &s));
	ck_assert_ptr_nonnull(scram_secret_read(SL("4096,QQ==,QQ==,QUE="),
						&s));
	ck_assert_ptr_nonnull(scram_secret_read(SL("4096,QQ==,QQ==,QQ==,"),
						&s));
}
END_TEST

/* ---- usher as the client of both --------------------------------------- */

START_TEST(a_sasl_client_talks_to_a_scram_server)
{
	const struct sasl_client_identity id = { .user = SL("jane"),
						 .password = SL("pencil") };
	struct sasl_client c;
	struct scram_server s;
	struct slice reply;
	struct buf out;

	buf_init(&out, 4096);
	ck_assert(sasl_client_begin(&c, SL("SCRAM-SHA-256"), &id));
	ck_assert(!sasl_client_may_end(&c));
	ck_assert_int_eq(sasl_client_step(&c, SL(""), &out), SASL_CLIENT_SEND);
	reply = begin_server(1, arena_copy(&arena, buf_slice(&out)),
			     SL("pencil"), SL(""), &s);
	buf_clear(&out);
	ck_assert_int_eq(sasl_client_step(&c, reply, &out), SASL_CLIENT_LATER);
	while (sasl_client_work(&c, &out) == SASL_CLIENT_LATER)
		ck_assert_uint_eq(out.n, 0);
	ck_assert_int_eq(scram_server_final(&s, buf_slice(&out), &reply),
			 SCRAM_RIGHT);
	ck_assert(!sasl_client_may_end(&c));
	buf_clear(&out);
	ck_assert_int_eq(sasl_client_step(&c, reply, &out), SASL_CLIENT_SEND);
	ck_assert_uint_eq(out.n, 0);
	ck_assert(sasl_client_may_end(&c));
	buf_free(&out);
	sasl_client_free(&c);
	arena_free(&arena);
}
END_TEST

Suite *
suite_scram(void)
{
	Suite *suite = suite_create("scram");
	TCase *tcase = tcase_create("scram");

	tcase_add_loop_test(tcase, the_server_speaks_as_in_the_examples, 0,
			    ROWS);
	tcase_add_loop_test(tcase, the_client_speaks_as_in_the_examples, 0,
			    ROWS);
	tcase_add_loop_test(tcase, a_wrong_password_is_wrong, 0, ROWS);
	tcase_add_test(tcase, every_other_last_message_is_nonsense);
	tcase_add_test(tcase, first_messages_are_read);
	tcase_add_test(tcase, what_is_no_first_message_is_refused);
	tcase_add_test(tcase, a_binding_is_part_of_the_proof);
	tcase_add_test(tcase, a_client_does_not_take_every_server);
	tcase_add_test(tcase, secrets_are_read_as_dovecot_writes_them);
	tcase_add_test(tcase, a_sasl_client_talks_to_a_scram_server);
	suite_add_tcase(suite, tcase);
	return suite;
}
