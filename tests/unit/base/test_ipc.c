#include "unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ipc.h"
#include "base/mem.h"

/* What goes in front of each message; ipc.c keeps it to itself. */
struct header {
	uint32_t length;
	uint32_t type : 31;
	uint32_t has_fd : 1;
};

/* One end, and what it heard: "type:body" or "type:(length)", with "+fd" and
   the octet that can be read from the descriptor, "closed" at the end. */
struct end {
	struct ipc ipc;
	struct buf heard;
	size_t count, stop_at;	/* messages; the loop stops at this many */
	int closed;
	bool close_at_once;	/* in the callback, message or closed() */
};

static struct loop *loop;
static struct end here, there;

static void
hear_fd(struct end *e, int fd)
{
	char octet;

	ck_assert_int_eq(read(fd, &octet, 1), 1);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
	BUF_ADD(&e->heard, SL("+fd"), ((struct slice){ &octet, 1 }));
}

static void
on_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct end *e = arg;

	buf_addf(&e->heard, "%s%u:", e->heard.n > 0 ? " " : "", type);
	if (body.n > 100)
		buf_addf(&e->heard, "(%zu)", body.n);
	else
		buf_add(&e->heard, body);
	if (fd >= 0)
		hear_fd(e, fd);
	if (e->close_at_once)
		ipc_close(&e->ipc);
	if (++e->count == e->stop_at || e->close_at_once)
		loop_stop(loop);
}

static void
on_closed(void *arg)
{
	struct end *e = arg;

	buf_addf(&e->heard, "%sclosed", e->heard.n > 0 ? " " : "");
	e->closed++;
	if (e->close_at_once)
		ipc_close(&e->ipc);
	loop_stop(loop);
}

static const struct ipc_ops ops = { on_message, on_closed };

static void
setup(void)
{
	int one, other;

	loop = loop_make();
	ck_assert_ptr_null(ipc_pair(&one, &other));
	here = there = (struct end){ 0 };
	buf_init(&here.heard, 100000);
	buf_init(&there.heard, 100000);
	ipc_open(&here.ipc, loop, one, &ops, &here);
	ipc_open(&there.ipc, loop, other, &ops, &there);
}

static void
teardown(void)
{
	ipc_close(&here.ipc);
	ipc_close(&there.ipc);
	loop_free(&loop);
	buf_free(&here.heard);
	buf_free(&there.heard);
}

static void
give_up(void *unused)
{
	(void)unused;
	loop_stop(loop);
}

/* Runs until e heard count messages more, a connection closed, or long nothing
   happened. */
static void
run_until(struct end *e, size_t count)
{
	struct loop_timer guard = { 0 };

	e->stop_at = e->count + count;
	loop_timer_init(&guard, loop, give_up, NULL);
	loop_timer_start(&guard, 3000);
	loop_run(loop);
	loop_timer_stop(&guard);
}

/* A pipe's reading end that has this octet in it. */
static int
fd_with(char octet)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], &octet, 1), 1);
	close(fds[1]);
	return fds[0];
}

START_TEST(messages_arrive_in_order_both_ways)
{
	ipc_send(&here.ipc, 1, SL("one"));
	ipc_send(&here.ipc, 2, SL(""));
	ipc_send(&here.ipc, INT32_MAX, SL("th\0ee"));
	run_until(&there, 3);
	assert_slice(buf_slice(&there.heard), SL("1:one 2: 2147483647:th\0ee"));
	ipc_send(&there.ipc, 7, SL("back"));
	run_until(&here, 1);
	assert_slice(buf_slice(&here.heard), SL("7:back"));
}
END_TEST

START_TEST(each_descriptor_comes_with_its_message)
{
	ipc_send_fd(&here.ipc, 1, SL("a"), fd_with('A'));
	ipc_send(&here.ipc, 2, SL("b"));
	ipc_send_fd(&here.ipc, 3, SL(""), fd_with('C'));
	ipc_send_fd(&here.ipc, 4, SL("d"), fd_with('D'));
	ipc_send(&here.ipc, 5, SL("e"));
	run_until(&there, 5);
	assert_slice(buf_slice(&there.heard),
		     SL("1:a+fdA 2:b 3:+fdC 4:d+fdD 5:e"));
}
END_TEST

START_TEST(many_descriptors_keep_their_order)
{
	struct buf want;

	buf_init(&want, 100000);
	for (int i = 0; i < 200; i++) {
		char octet = (char)('a' + i % 26);

		ipc_send_fd(&here.ipc, 9, SL(""), fd_with(octet));
		buf_addf(&want, "%s9:+fd%c", i > 0 ? " " : "", octet);
	}
	run_until(&there, 200);
	assert_slice(buf_slice(&there.heard), buf_slice(&want));
	buf_free(&want);
}
END_TEST

START_TEST(the_biggest_message_goes_through_and_so_does_what_follows)
{
	char *octets = mem_zalloc(IPC_MAX_MESSAGE);

	ipc_send(&here.ipc, 1, (struct slice){ octets, IPC_MAX_MESSAGE });
	ipc_send_fd(&here.ipc, 2, (struct slice){ octets, 3000000 },
		    fd_with('X'));
	ipc_send(&here.ipc, 3, SL("small"));
	run_until(&there, 3);
	assert_slice(buf_slice(&there.heard),
		     SL("1:(16777216) 2:(3000000)+fdX 3:small"));
	free(octets);
}
END_TEST

/* The octets of two messages, written by hand. */
static struct slice
two_messages(struct buf *out)
{
	struct header h = { .length = 5, .type = 8 };
	struct slice header = { (char *)&h, sizeof(h) };

	buf_init(out, 100);
	BUF_ADD(out, header, SL("hello"));
	h.length = 0;
	h.type = 9;
	BUF_ADD(out, header);
	return buf_slice(out);
}

static void
write_raw(int fd, struct slice s)
{
	ck_assert_int_eq(write(fd, s.p, s.n), (ssize_t)s.n);
}

START_TEST(split_anywhere_it_is_the_same_message)
{
	struct buf both;
	struct slice octets = two_messages(&both);
	int raw = here.ipc.fd;

	for (size_t n = 1; n < octets.n; n++) {
		struct loop_timer guard = { 0 };

		buf_clear(&there.heard);
		write_raw(raw, slice_first(octets, n));
		/* Let the first piece be read alone. */
		loop_timer_init(&guard, loop, give_up, NULL);
		loop_timer_start(&guard, 1000);
		loop_turn(loop);
		loop_timer_stop(&guard);
		write_raw(raw, slice_skip(octets, n));
		run_until(&there, n < octets.n - sizeof(struct header) ? 2 : 1);
		assert_slice(buf_slice(&there.heard), SL("8:hello 9:"));
	}
	buf_free(&both);
}
END_TEST

START_TEST(a_length_beyond_the_maximum_ends_the_connection)
{
	struct header h = { .length = IPC_MAX_MESSAGE + 1, .type = 1 };

	ipc_send(&here.ipc, 1, SL("good"));
	ipc_drain(&here.ipc, 1000);
	ck_assert_int_eq(write(here.ipc.fd, &h, sizeof(h)), sizeof(h));
	run_until(&there, 2);
	assert_slice(buf_slice(&there.heard), SL("1:good closed"));
	ck_assert(!ipc_is_open(&there.ipc));
}
END_TEST

START_TEST(a_descriptor_that_was_announced_must_be_there)
{
	struct header h = { .length = 0, .type = 1, .has_fd = 1 };

	ck_assert_int_eq(write(here.ipc.fd, &h, sizeof(h)), sizeof(h));
	run_until(&there, 1);
	assert_slice(buf_slice(&there.heard), SL("closed"));
}
END_TEST

START_TEST(the_end_is_told_once_and_after_all_that_came_before)
{
	ipc_send(&here.ipc, 1, SL("a"));
	ipc_send_fd(&here.ipc, 2, SL("b"), fd_with('B'));
	ipc_drain(&here.ipc, 1000);
	ipc_close(&here.ipc);
	run_until(&there, 9);
	assert_slice(buf_slice(&there.heard), SL("1:a 2:b+fdB closed"));
	ck_assert(!ipc_is_open(&there.ipc));
	ipc_send(&there.ipc, 1, SL("to nobody"));
	ipc_close(&there.ipc);
	ck_assert_int_eq(there.closed, 1);
	ck_assert_int_eq(here.closed, 0);
}
END_TEST

START_TEST(last_words_are_heard_by_who_was_just_about_to_speak)
{
	ipc_send(&here.ipc, 1, SL("a"));
	ipc_send_fd(&here.ipc, 2, SL("b"), fd_with('B'));
	ipc_drain(&here.ipc, 1000);
	ipc_close(&here.ipc);
	ipc_send(&there.ipc, 3, SL("to nobody"));
	run_until(&there, 9);
	assert_slice(buf_slice(&there.heard), SL("1:a 2:b+fdB closed"));
}
END_TEST

START_TEST(a_message_cut_short_by_the_end_is_not_heard)
{
	struct header h = { .length = 100, .type = 1 };

	ck_assert_int_eq(write(here.ipc.fd, &h, sizeof(h)), sizeof(h));
	ck_assert_int_eq(write(here.ipc.fd, "half", 4), 4);
	ipc_close(&here.ipc);
	run_until(&there, 1);
	assert_slice(buf_slice(&there.heard), SL("closed"));
}
END_TEST

START_TEST(it_may_be_closed_from_both_callbacks)
{
	there.close_at_once = true;
	ipc_send(&here.ipc, 1, SL("a"));
	ipc_send(&here.ipc, 2, SL("never heard"));
	ipc_send_fd(&here.ipc, 3, SL(""), fd_with('X'));
	run_until(&there, 3);
	assert_slice(buf_slice(&there.heard), SL("1:a"));
	ck_assert_int_eq(there.closed, 0);

	here.close_at_once = true;
	run_until(&here, 1);
	assert_slice(buf_slice(&here.heard), SL("closed"));
}
END_TEST

START_TEST(who_does_not_read_loses_the_connection)
{
	char *octets = mem_zalloc(IPC_MAX_MESSAGE);
	int sent = 0;

	loop_watch_stop(&there.ipc.watch);
	while (ipc_is_open(&here.ipc) && sent < 100) {
		ipc_send(&here.ipc, 1,
			 (struct slice){ octets, IPC_MAX_MESSAGE });
		sent++;
	}
	ck_assert_int_eq(sent, IPC_MAX_QUEUED / IPC_MAX_MESSAGE);
	ck_assert_int_eq(here.closed, 1);
	free(octets);
}
END_TEST

static size_t
open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(no_descriptor_is_left_over)
{
	size_t before = open_fds();

	/* Never sent; sent to somebody who was gone; received and not taken. */
	ipc_send_fd(&here.ipc, 1, SL("a"), fd_with('A'));
	ipc_send_fd(&here.ipc, 2, SL("b"), fd_with('B'));
	ipc_close(&here.ipc);
	ipc_send_fd(&here.ipc, 3, SL("c"), fd_with('C'));
	ipc_close(&there.ipc);
	ck_assert_uint_eq(open_fds(), before - 2);
}
END_TEST

START_TEST(a_zeroed_one_is_closed)
{
	static struct ipc zeroed;

	ck_assert(!ipc_is_open(&zeroed));
	ipc_close(&zeroed);
	ipc_send(&zeroed, 1, SL("x"));
	ipc_send_fd(&zeroed, 1, SL("x"), fd_with('X'));
	ipc_drain(&zeroed, 0);
}
END_TEST

Suite *
suite_ipc(void)
{
	const TTest *const tests[] = {
		messages_arrive_in_order_both_ways,
		each_descriptor_comes_with_its_message,
		many_descriptors_keep_their_order,
		the_biggest_message_goes_through_and_so_does_what_follows,
		split_anywhere_it_is_the_same_message,
		a_length_beyond_the_maximum_ends_the_connection,
		a_descriptor_that_was_announced_must_be_there,
		the_end_is_told_once_and_after_all_that_came_before,
		last_words_are_heard_by_who_was_just_about_to_speak,
		a_message_cut_short_by_the_end_is_not_heard,
		it_may_be_closed_from_both_callbacks,
		who_does_not_read_loses_the_connection,
		no_descriptor_is_left_over,
		a_zeroed_one_is_closed,
	};
	Suite *suite = suite_create("ipc");
	TCase *tcase = tcase_create("ipc");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
