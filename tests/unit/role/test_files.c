#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf_text.h"
#include "net/unit_pki.h"
#include "role/files.h"
#include "role/messages.h"
#include "temp_dir.h"

static struct temp_dir dir;
static struct settings *settings;
static struct files *files;
static struct buf problems;
static struct unit_cert cert, other;

static void
make_certificates(void)
{
	unit_cert_make(&cert, UNIT_KEY_EC, "DNS:mail.test", 1, NULL);
	unit_cert_make(&other, UNIT_KEY_EC, "DNS:other.test", 1, NULL);
}

static void
forget_certificates(void)
{
	unit_cert_free(&cert);
	unit_cert_free(&other);
}

static void
setup(void)
{
	temp_dir_make(&dir);
	temp_dir_write(&dir, "cert", buf_slice(&cert.cert_pem));
	temp_dir_write(&dir, "key", buf_slice(&cert.key_pem));
	buf_init(&problems, 10000);
}

static void
teardown(void)
{
	files_free(&files);
	settings_free(&settings);
	temp_dir_remove(&dir);
	buf_free(&problems);
}

/* text, with the folder's name for each %. */
static void
configure(const char *text)
{
	struct slice rest = slice_of(text), piece;
	struct buf all;

	buf_init(&all, 10000);
	buf_add(&all, SL(CONF_TEXT_LISTENER CONF_TEXT_AUTH));
	while (slice_cut(&rest, '%', &piece)) {
		buf_add(&all, piece);
		if (rest.n > 0)
			buf_add(&all, dir.path);
	}
	settings = conf_text_settings(buf_slice(&all));
	buf_free(&all);
}

static void
read_files(void)
{
	files = files_read(settings, &problems);
	ck_assert_msg(files != NULL, "%.*s", SL_FMT(buf_slice(&problems)));
	ck_assert_uint_eq(problems.n, 0);
}

/* Each of texts must be in a line of its own. */
static void
refuse_files(size_t count, const char *const *texts)
{
	struct slice rest, line;

	files = files_read(settings, &problems);
	ck_assert_ptr_null(files);
	rest = buf_slice(&problems);
	for (size_t i = 0; i < count; i++) {
		ck_assert(slice_cut(&rest, '\n', &line));
		ck_assert_msg(memmem(line.p, line.n, texts[i],
				     strlen(texts[i])) != NULL,
			      "%.*s", SL_FMT(line));
	}
	ck_assert_msg(rest.n == 0, "%.*s", SL_FMT(rest));
}

#define CERTIFICATE "tls: { certificates: [ { cert: %/cert, key: %/key } ] }\n"
#define BACKENDS "director: { backend_defaults: { tls: starttls, ca_file: %/ca }, " \
	"backends: [ { name: a, host: 192.0.2.1 } ] }\n"

/* ---- problems ---------------------------------------------------------- */

START_TEST(all_that_cannot_be_read_is_told)
{
	static const char *const texts[] = {
		"/nocert: No such file", "/nokey: No such file",
		/* The defaults and the backend that has them. */
		"/ca: No such file", "/ca: No such file",
	};

	configure("tls: { certificates: [ { cert: %/nocert, key: %/nokey } ] }\n"
		  BACKENDS);
	refuse_files(4, texts);
}
END_TEST

START_TEST(what_a_worker_could_not_use_is_told)
{
	static const char *const texts[] = {
		"tls.certificates: use the key of ",
		"ca has no certificate of an authority",
		"ca has no certificate of an authority",
	};

	temp_dir_write(&dir, "key", buf_slice(&other.key_pem));
	temp_dir_write(&dir, "ca", SL("nothing\n"));
	configure(CERTIFICATE BACKENDS);
	refuse_files(3, texts);
}
END_TEST

START_TEST(a_file_that_cannot_be_one_is_not_read)
{
	static const char *const texts[] = { "/cert: File too large" };

	ck_assert_int_eq(truncate(temp_dir_path(&dir, "cert").p, 5 << 20), 0);
	configure(CERTIFICATE);
	refuse_files(1, texts);
}
END_TEST

/* ---- changes ----------------------------------------------------------- */

START_TEST(a_file_that_was_replaced_has_changed)
{
	configure(CERTIFICATE);
	read_files();
	ck_assert(!files_changed(files));
	/* While it is being replaced it may be away. */
	ck_assert_int_eq(unlink(temp_dir_path(&dir, "key").p), 0);
	ck_assert(!files_changed(files));
	temp_dir_write(&dir, "key", buf_slice(&cert.key_pem));
	ck_assert(files_changed(files));
}
END_TEST

/* ---- on the way to a worker -------------------------------------------- */

static struct loop *loop;
static struct buf heard;

static void
on_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct arena a = { 0 };
	struct msg_certificate c;
	struct msg_file f;

	(void)arg;
	(void)fd;
	buf_addf(&heard, "%u", type);
	if ((type == MESSAGE_FILE || type == MESSAGE_ROUTE_FILE) &&
	    msg_file_read(body, &a, &f))
		BUF_ADD(&heard, SL(" "),
			slice_skip(f.path, dir.path.n), SL("="), f.text);
	if (type == MESSAGE_CERTIFICATE && msg_certificate_read(body, &a, &c)) {
		assert_slice(c.cert, buf_slice(&cert.cert_pem));
		assert_slice(c.key, buf_slice(&cert.key_pem));
		BUF_ADD(&heard, SL(" "), slice_skip(c.name, dir.path.n));
	}
	buf_add_char(&heard, '\n');
	arena_free(&a);
	if (type == MESSAGE_CERTIFICATES)
		loop_stop(loop);
}

static void
on_closed(void *arg)
{
	(void)arg;
	ck_abort_msg("closed");
}

static const struct ipc_ops ops = { on_message, on_closed };

START_TEST(a_worker_is_sent_what_it_needs_and_no_more)
{
	struct ipc here, there;
	struct buf want;
	int one, other_end;

	temp_dir_write(&dir, "ca", buf_slice(&other.cert_pem));
	configure(CERTIFICATE BACKENDS);
	read_files();
	loop = loop_make();
	buf_init(&heard, 20000);
	ck_assert_ptr_null(ipc_pair(&one, &other_end));
	ipc_open(&here, loop, one, &ops, NULL);
	ipc_open(&there, loop, other_end, &ops, NULL);
	files_send(files, &here);
	loop_run(loop);
	buf_init(&want, 20000);
	buf_addf(&want, "%u /ca=%.*s\n%u\n%u /cert\n%u\n", MESSAGE_FILE,
		 SL_FMT(buf_slice(&other.cert_pem)), MESSAGE_ROUTES,
		 MESSAGE_CERTIFICATE, MESSAGE_CERTIFICATES);
	assert_slice(buf_slice(&heard), buf_slice(&want));
	ipc_close(&here);
	ipc_close(&there);
	buf_free(&want);
	buf_free(&heard);
	loop_free(&loop);
}
END_TEST

Suite *
suite_files(void)
{
	Suite *suite = suite_create("files");
	TCase *all = tcase_create("files");

	tcase_add_unchecked_fixture(all, make_certificates, forget_certificates);
	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, all_that_cannot_be_read_is_told);
	tcase_add_test(all, what_a_worker_could_not_use_is_told);
	tcase_add_test(all, a_file_that_cannot_be_one_is_not_read);
	tcase_add_test(all, a_file_that_was_replaced_has_changed);
	tcase_add_test(all, a_worker_is_sent_what_it_needs_and_no_more);
	suite_add_tcase(suite, all);
	return suite;
}
