#include "unit.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log_sink.h"
#include "temp_dir.h"

/* The sink is one a process; Check gives each test a process of its own. */
static const struct log log_ = { .service = "imap-login" };

static void
say(enum log_event ev, const char *what)
{
	LOG(&log_, ev, F_TEXT("what", slice_of(what)));
}

/* ---- captured ---------------------------------------------------------- */

static struct buf captured;

static void
capture(enum log_event ev, struct slice text)
{
	buf_addf(&captured, "%s[%.*s]", log_event_row(ev)->name,
		 SL_FMT(text));
}

START_TEST(a_captured_line_has_no_time_and_no_level_hides_it)
{
	buf_init(&captured, 1000);
	log_sink_capture(capture);
	say(EV_NOTE_ERROR, "a");
	say(EV_NOTE_DEBUG, "b");
	log_sink_capture(NULL);
	ck_assert(!log_wants(EV_NOTE_DEBUG));
	assert_slice(buf_slice(&captured),
		     SL("note.error[imap-login: Error: a]"
			"note.debug[imap-login: Debug: b]"));
	buf_free(&captured);
}
END_TEST

START_TEST(nothing_beyond_the_level_is_wanted)
{
	log_sink_set_level(LEVEL_ERROR);
	ck_assert(log_wants(EV_NOTE_ERROR));
	ck_assert(!log_wants(EV_NOTE_WARN));
	log_sink_set_level(LEVEL_DEBUG);
	ck_assert(log_wants(EV_NOTE_DEBUG));
}
END_TEST

/* ---- into a file ------------------------------------------------------- */

static struct temp_dir dir;
static struct buf text;

static void
setup(void)
{
	temp_dir_make(&dir);
	buf_init(&text, 1000000);
}

static void
teardown(void)
{
	temp_dir_remove(&dir);
	buf_free(&text);
}

static void
use_file(enum log_format format)
{
	struct log_sink_conf conf = { .target = LOG_TO_FILE, .format = format,
				      .level = LEVEL_DEBUG };
	int fd = -1;

	conf.path = temp_dir_path(&dir, "log");
	ck_assert_ptr_null(log_sink_open(&conf, &fd));
	log_sink_use(&conf, fd);
}

/* The file as it is now. */
static struct slice
written(void)
{
	buf_clear(&text);
	temp_dir_read(&dir, "log", &text);
	return buf_slice(&text);
}

static size_t
lines_of(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static bool
ends_with(struct slice s, struct slice tail)
{
	return s.n >= tail.n && slice_eq(slice_skip(s, s.n - tail.n), tail);
}

/* Replaces each digit: no test waits for a certain time. */
static struct slice
without_numbers(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9')
			text.p[i] = '0';
	}
	return s;
}

START_TEST(a_file_gets_a_line_with_the_time_in_front)
{
	use_file(LOG_FORMAT_DOVECOT);
	say(EV_NOTE_ERROR, "a");
	say(EV_NOTE_DEBUG, "b\n");
	assert_slice(without_numbers(written()),
		     SL("0000-00-00 00:00:00 imap-login: Error: a\n"
			"0000-00-00 00:00:00 imap-login: Debug: b\\x0a\n"));
}
END_TEST

START_TEST(json_is_one_object_a_line)
{
	static const struct slice front =
		SL("{\"time\":\"0000-00-00T00:00:00.000000");
	struct slice s;

	use_file(LOG_FORMAT_JSON);
	say(EV_NOTE_ERROR, "a");
	s = without_numbers(written());
	ck_assert(slice_starts(s, front));
	s = slice_skip(s, front.n + 5);		/* the zone's sign varies */
	ck_assert(slice_starts(s, SL("\",\"pid\":")));
	s = slice_skip(s, slice_index(s, '0'));
	while (s.n > 0 && s.p[0] == '0')
		s = slice_skip(s, 1);
	assert_slice(s, SL(",\"level\":\"error\",\"event\":\"note.error\","
			   "\"service\":\"imap-login\",\"what\":\"a\"}\n"));
}
END_TEST

START_TEST(a_batch_waits_for_its_flush_and_an_error_does_not)
{
	use_file(LOG_FORMAT_DOVECOT);
	log_sink_batch(true);
	say(EV_NOTE_DEBUG, "a");
	say(EV_NOTE_DEBUG, "b");
	assert_slice(written(), SL(""));
	log_sink_flush();
	assert_slice(without_numbers(written()),
		     SL("0000-00-00 00:00:00 imap-login: Debug: a\n"
			"0000-00-00 00:00:00 imap-login: Debug: b\n"));
	say(EV_NOTE_DEBUG, "c");
	say(EV_NOTE_ERROR, "d");
	ck_assert(ends_with(written(), SL("Error: d\n")));
	say(EV_NOTE_DEBUG, "e");
	log_sink_batch(false);
	ck_assert(ends_with(written(), SL("Debug: e\n")));
}
END_TEST

START_TEST(a_batch_loses_nothing_however_much_there_is)
{
	use_file(LOG_FORMAT_DOVECOT);
	log_sink_batch(true);
	for (int i = 0; i < 5000; i++)
		say(EV_NOTE_DEBUG, "a line among others");
	log_sink_flush();
	ck_assert_uint_eq(lines_of(written()), 5000);
}
END_TEST

/* Six texts of a peer that means ill, then what somebody looks for. */
static void
say_much(void)
{
	static char ill[2000];
	struct slice s = { ill, sizeof(ill) };

	memset(ill, 1, sizeof(ill));
	LOG(&log_, EV_NOTE_DEBUG, F_TEXT("what", s), F_NAMED("user", s),
	    F_TEXT("a", s), F_TEXT("b", s), F_TEXT("c", s), F_TEXT("d", s),
	    F_COUNT("looked_for", 42));
}

START_TEST(a_peer_cannot_push_our_own_fields_out_of_the_line)
{
	use_file(LOG_FORMAT_DOVECOT);
	say_much();
	ck_assert(ends_with(written(), SL(", looked_for=42\n")));
}
END_TEST

/* As many fields as there can be, each as long as it can be. */
static void
say_too_much(void)
{
	static char octets[2000];
	struct log_field f[32];

	memset(octets, 'x', sizeof(octets));
	for (size_t i = 0; i < 32; i++)
		f[i] = (struct log_field)F_TEXT("f", ((struct slice){
						octets, sizeof(octets) }));
	log_write(&log_, EV_NOTE_DEBUG, f, 32);
}

START_TEST(a_line_too_long_is_still_one_line)
{
	static const struct slice next =
		SL("0000-00-00 00:00:00 imap-login: Debug: next\n");

	use_file(LOG_FORMAT_DOVECOT);
	say_too_much();
	say(EV_NOTE_DEBUG, "next");
	ck_assert(ends_with(without_numbers(written()), next));
	text.n -= next.n;
	ck_assert_uint_gt(text.n, 4000);
	ck_assert_uint_lt(text.n, 9000);
	ck_assert_uint_eq(slice_index(buf_slice(&text), '\n'), text.n - 1);
}
END_TEST

START_TEST(json_too_long_is_still_json)
{
	json_t *object;

	use_file(LOG_FORMAT_JSON);
	say_too_much();
	written();
	ck_assert_uint_gt(text.n, 4000);
	ck_assert(ends_with(buf_slice(&text), SL("x\"}\n")));
	object = json_loadb(text.p, text.n, 0, NULL);
	ck_assert_ptr_nonnull(object);
	json_decref(object);
}
END_TEST

START_TEST(a_replaced_file_gets_what_follows)
{
	int fd;

	use_file(LOG_FORMAT_DOVECOT);
	log_sink_batch(true);
	say(EV_NOTE_DEBUG, "before");
	fd = open(temp_dir_path(&dir, "log2").p, O_WRONLY | O_CREAT, 0600);
	log_sink_reopen(fd);
	say(EV_NOTE_ERROR, "after");
	ck_assert(ends_with(written(), SL("Debug: before\n")));
	buf_clear(&text);
	temp_dir_read(&dir, "log2", &text);
	assert_slice(without_numbers(buf_slice(&text)),
		     SL("0000-00-00 00:00:00 imap-login: Error: after\n"));
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_an_error)
{
	struct log_sink_conf conf = { .target = LOG_TO_FILE };
	struct err *e;
	int fd = -7;

	conf.path = temp_dir_path(&dir, "no/such/folder");
	e = log_sink_open(&conf, &fd);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(err_kind(e), ERR_SYSTEM);
	ck_assert_int_eq(fd, -7);
	err_free(&e);
}
END_TEST

/* ---- into syslog ------------------------------------------------------- */

/* What syslogd would be. */
static int
bind_syslogd(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct slice path = temp_dir_path(&dir, "devlog");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	ck_assert_uint_lt(path.n, sizeof(sun.sun_path));
	memcpy(sun.sun_path, path.p, path.n);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
use_syslog(void)
{
	struct log_sink_conf conf = { .target = LOG_TO_SYSLOG,
				      .level = LEVEL_DEBUG,
				      .ident = SL("dovecot"),
				      .facility = LOG_MAIL };
	int fd = -1;

	conf.path = temp_dir_path(&dir, "devlog");
	ck_assert_ptr_null(log_sink_open(&conf, &fd));
	log_sink_use(&conf, fd);
}

START_TEST(syslog_gets_priority_time_and_ident_and_no_line_end)
{
	int syslogd = bind_syslogd();
	char got[1000];
	struct slice line = { got, 0 };

	use_syslog();
	/* Syslog has no batches: a datagram is a line. */
	log_sink_batch(true);
	say(EV_NOTE_ERROR, "a");
	line.n = (size_t)recv(syslogd, got, sizeof(got), MSG_DONTWAIT);
	ck_assert(slice_starts(line, SL("<19>")));
	/* "<19>Feb  3 04:05:06 " */
	line = slice_skip(line, 20);
	ck_assert(slice_starts(line, SL("dovecot[")));
	line = slice_skip(line, slice_index(line, ']'));
	assert_slice(line, SL("]: imap-login: Error: a"));
	close(syslogd);
}
END_TEST

START_TEST(a_syslogd_that_went_is_noticed_once)
{
	int syslogd = bind_syslogd();

	use_syslog();
	ck_assert(!log_sink_lost());
	close(syslogd);
	say(EV_NOTE_ERROR, "a");
	ck_assert(log_sink_lost());
	ck_assert(!log_sink_lost());
}
END_TEST

START_TEST(a_syslog_socket_that_cannot_be_is_an_error)
{
	static char long_name[200];
	struct log_sink_conf conf = { .target = LOG_TO_SYSLOG };
	struct err *e;
	int fd;

	memset(long_name, 'x', sizeof(long_name) - 1);
	conf.path = slice_of(long_name);
	e = log_sink_open(&conf, &fd);
	ck_assert_int_eq(err_kind(e), ERR_CONFIG);
	err_free(&e);
	conf.path = temp_dir_path(&dir, "nobody");
	e = log_sink_open(&conf, &fd);
	ck_assert_int_eq(err_kind(e), ERR_SYSTEM);
	err_free(&e);
}
END_TEST

/* ---- into a pipe ------------------------------------------------------- */

static void
use_pipe(int *reader_out)
{
	struct log_sink_conf conf = { .target = LOG_TO_STDERR,
				      .level = LEVEL_DEBUG };
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	fcntl(fds[1], F_SETPIPE_SZ, 16384);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	log_sink_use(&conf, fds[1]);
	*reader_out = fds[0];
}

static void
read_all(int fd)
{
	char octets[5000];
	ssize_t n;

	while ((n = read(fd, octets, sizeof(octets))) > 0)
		buf_add(&text, (struct slice){ octets, (size_t)n });
}

START_TEST(a_batch_does_not_wait_for_a_full_pipe)
{
	int reader;
	size_t lines;
	struct buf want;

	use_pipe(&reader);
	log_sink_batch(true);
	for (int i = 0; i < 1000; i++)
		say(EV_NOTE_DEBUG, "a line");
	log_sink_flush();
	read_all(reader);
	lines = lines_of(buf_slice(&text));
	ck_assert_uint_gt(lines, 100);
	ck_assert_uint_lt(lines, 1000);
	ck_assert(ends_with(buf_slice(&text), SL(" a line\n")));

	/* What is missing is counted by the line, not by the batch. */
	buf_init(&want, 100);
	buf_addf(&want, " lines=%zu\n", 1000 - lines);
	buf_clear(&text);
	log_sink_batch(false);
	say(EV_NOTE_DEBUG, "again");
	read_all(reader);
	ck_assert(ends_with(slice_first(buf_slice(&text),
					slice_index(buf_slice(&text), '\n') + 1),
			    buf_slice(&want)));
	buf_free(&want);
	close(reader);
}
END_TEST

START_TEST(a_full_pipe_loses_lines_and_says_how_many)
{
	int reader;
	size_t lines;

	use_pipe(&reader);
	for (int i = 0; i < 1000; i++)
		say(EV_NOTE_DEBUG, "a line");
	read_all(reader);
	lines = lines_of(buf_slice(&text));
	ck_assert_uint_gt(lines, 0);
	ck_assert_uint_lt(lines, 1000);
	buf_clear(&text);
	say(EV_NOTE_DEBUG, "again");
	read_all(reader);
	assert_slice(without_numbers(buf_slice(&text)),
		     SL("0000-00-00 00:00:00 log: Warning: Log lines were "
			"lost: nobody took them: lines=000\n"
			"0000-00-00 00:00:00 imap-login: Debug: again\n"));
	close(reader);
}
END_TEST

START_TEST(what_waits_is_written_when_the_process_crashes)
{
	int reader, status;
	pid_t child;

	use_pipe(&reader);
	child = fork();
	if (child == 0) {
		log_sink_batch(true);
		say(EV_NOTE_DEBUG, "last words");
		abort();
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	read_all(reader);
	ck_assert(ends_with(buf_slice(&text), SL("Debug: last words\n")));
	close(reader);
}
END_TEST

Suite *
suite_log_sink(void)
{
	const TTest *const tests[] = {
		a_captured_line_has_no_time_and_no_level_hides_it,
		nothing_beyond_the_level_is_wanted,
		a_file_gets_a_line_with_the_time_in_front,
		json_is_one_object_a_line,
		a_batch_waits_for_its_flush_and_an_error_does_not,
		a_batch_loses_nothing_however_much_there_is,
		a_peer_cannot_push_our_own_fields_out_of_the_line,
		a_line_too_long_is_still_one_line,
		json_too_long_is_still_json,
		a_replaced_file_gets_what_follows,
		a_file_that_cannot_be_opened_is_an_error,
		syslog_gets_priority_time_and_ident_and_no_line_end,
		a_syslogd_that_went_is_noticed_once,
		a_syslog_socket_that_cannot_be_is_an_error,
		a_batch_does_not_wait_for_a_full_pipe,
		a_full_pipe_loses_lines_and_says_how_many,
		what_waits_is_written_when_the_process_crashes,
	};
	Suite *suite = suite_create("log_sink");
	TCase *tcase = tcase_create("log_sink");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
