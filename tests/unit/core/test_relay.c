/* The relay over real sockets: what a played network cannot show is bulk that moves
   inside the kernel. Ends, half-closed relays and goodbyes are in test_core. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/relay_private.h"

/* Enough that the relay changes gear, and more than sockets hold. */
#define BULK (4u << 20)
/* Turns of the loop that any of this needs, many times over. */
#define MAX_TURNS 100000

/* Several times what a relay reads at once. */
#define PIECE (256u * 1024)

/* One side: the relay's stream, and the far end that the test holds. */
struct side {
	struct stream stream;
	int far;
};

static struct loop *loop;
static struct relay_pool *pool;
static struct relay relay;
static struct side client, server;
static char ended;	/* 'c' or 's' once it has */

static const struct stream_owner nobody;

static void
open_side(struct side *s)
{
	int ends[2], room = 2 * PIECE;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    ends), 0);
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	stream_open(&s->stream, loop, ends[0], &nobody, NULL);
	s->far = ends[1];
}

static void
on_ended(void *arg, enum relay_end side, const char *trouble)
{
	(void)arg;
	(void)trouble;
	ended = side == RELAY_END_CLIENT ? 'c' : 's';
}

static void
setup(void)
{
	/* As in every process of usher: splice(2) knows no MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	loop = loop_make();
	pool = relay_pool_make();
	open_side(&client);
	open_side(&server);
	ended = 0;
	relay_start(&relay, pool, &client.stream, &server.stream,
		    (struct slice){ 0 }, (struct slice){ 0 }, on_ended, NULL);
}

static void
teardown(void)
{
	relay_stop(&relay);
	stream_close(&client.stream);
	stream_close(&server.stream);
	close(client.far);
	close(server.far);
	relay_pool_free(&pool);
	loop_free(&loop);
}

/* The second gear was used: a pipe was made, and is kept for the next. */
static bool
has_spliced(void)
{
	return pool->pipes_out + pool->pipe_count > 0;
}

/* One turn that does not wait. */
static void
turn(void)
{
	struct loop_timer now = { 0 };

	loop_timer_init(&now, loop, (void (*)(void *))loop_timer_stop, &now);
	loop_timer_start(&now, 0);
	loop_turn(loop);
	loop_timer_stop(&now);
}

/* Octets that tell where they stand: n of them from at on, in out. */
static void
make_octets(char *out, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)((at + i) * 7 + (at + i) / 251);
}

/* Writes what goes of the octets from *at on, up to n. */
static void
write_some(int fd, size_t *at, size_t n)
{
	static char octets[PIECE];
	size_t want = n - *at < PIECE ? n - *at : PIECE;
	ssize_t sent = 0;

	make_octets(octets, *at, want);
	if (want > 0)
		sent = send(fd, octets, want, MSG_NOSIGNAL);
	if (sent > 0)
		*at += (size_t)sent;
	else
		ck_assert(want == 0 || errno == EAGAIN);
}

/* Reads what is there; the octets from *at on must be the next. False at the end. */
static bool
read_some(int fd, size_t *at)
{
	static char octets[PIECE], want[PIECE];
	ssize_t got = recv(fd, octets, PIECE, 0);

	if (got <= 0)
		return got != 0;
	make_octets(want, *at, (size_t)got);
	ck_assert_msg(memcmp(octets, want, (size_t)got) == 0,
		      "octets behind %zu are others", *at);
	*at += (size_t)got;
	return true;
}

/* Moves n octets from one far end to the other, as fast as they go. */
static void
pass(int from, int to, size_t n)
{
	size_t sent = 0, got = 0;

	for (int i = 0; got < n; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		write_some(from, &sent, n);
		turn();
		read_some(to, &got);
	}
}

START_TEST(bulk_passes_inside_the_kernel_and_no_octet_is_lost)
{
	pass(server.far, client.far, BULK);
	ck_assert(has_spliced());
	ck_assert_uint_eq(relay.down.octets, BULK);
	ck_assert_uint_eq(relay.up.octets, 0);
	pass(client.far, server.far, BULK);
	ck_assert_uint_eq(relay.up.octets, BULK);
}
END_TEST

START_TEST(what_is_small_is_copied_and_pipes_go_back)
{
	pass(client.far, server.far, 1000);
	ck_assert(!has_spliced());
	pass(client.far, server.far, BULK);
	ck_assert(has_spliced());
	pass(client.far, server.far, 10);
	turn();
	ck_assert_ptr_null(relay.up.pipe);
	ck_assert_uint_eq(pool->pipes_out, 0);
	ck_assert_uint_eq(pool->pipe_count, 1);
	ck_assert_ptr_null(relay.up.kept);
	/* The next takes the same one. */
	pass(client.far, server.far, BULK);
	turn();
	ck_assert_uint_le(pool->pipe_count, 1);
}
END_TEST

START_TEST(who_does_not_read_holds_up_the_other)
{
	size_t sent = 0, before, got = 0;

	for (int i = 0; i < 1000; i++) {
		write_some(server.far, &sent, 64 * BULK);
		turn();
	}
	before = sent;
	for (int i = 0; i < 1000; i++) {
		write_some(server.far, &sent, 64 * BULK);
		turn();
	}
	ck_assert_uint_eq(sent, before);
	ck_assert_uint_lt(sent, BULK);
	ck_assert(!relay_may_speak(&relay));
	for (int i = 0; got < sent; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		read_some(client.far, &got);
		turn();
	}
}
END_TEST

/* from has sent n octets and is gone; to reads all of them, and then the end if that
   is passed on. */
static void
pass_and_end(int from, int to, size_t n)
{
	size_t sent = 0, got = 0;

	for (int i = 0; sent < n; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		write_some(from, &sent, n);
		turn();
		read_some(to, &got);
	}
	shutdown(from, SHUT_WR);
	for (int i = 0; got < n; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		turn();
		read_some(to, &got);
	}
	for (int i = 0; i < 5; i++)
		turn();
}

START_TEST(a_client_s_end_is_passed_on_behind_its_bulk)
{
	size_t nothing = 0;

	pass_and_end(client.far, server.far, BULK);
	ck_assert(has_spliced());
	ck_assert_int_eq(ended, 0);
	ck_assert(!read_some(server.far, &nothing));
	ck_assert(relay_is_half_closed(&relay));
	ck_assert_uint_eq(relay_pool_half_closed(pool), 1);
	/* Answers still come. */
	pass(server.far, client.far, 1000);
	shutdown(server.far, SHUT_WR);
	turn();
	turn();
	ck_assert_int_eq(ended, 'c');
}
END_TEST

START_TEST(a_server_s_end_is_the_end_behind_its_bulk)
{
	pass_and_end(server.far, client.far, BULK);
	ck_assert(has_spliced());
	ck_assert_int_eq(ended, 's');
	ck_assert_uint_eq(relay.down.octets, BULK);
}
END_TEST

START_TEST(a_reader_that_goes_away_in_the_middle_ends_it)
{
	size_t sent = 0;

	for (int i = 0; i < 50; i++) {
		write_some(server.far, &sent, BULK);
		turn();
	}
	close(client.far);
	for (int i = 0; ended == 0; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		write_some(server.far, &sent, 64 * BULK);
		turn();
	}
	ck_assert_int_eq(ended, 'c');
	client.far = dup(server.far);
}
END_TEST

START_TEST(what_was_said_before_goes_first)
{
	char got[16];

	relay_stop(&relay);
	relay_start(&relay, pool, &client.stream, &server.stream, SL("STAT\r\n"),
		    SL("+OK\r\n"), on_ended, NULL);
	ck_assert_int_eq(recv(server.far, got, sizeof(got), 0), 6);
	ck_assert_int_eq(memcmp(got, "STAT\r\n", 6), 0);
	ck_assert_int_eq(recv(client.far, got, sizeof(got), 0), 5);
	ck_assert_uint_eq(relay.up.octets, 6);
	ck_assert_uint_eq(relay.down.octets, 5);
}
END_TEST

START_TEST(an_idle_relay_holds_nothing)
{
	pass(server.far, client.far, BULK);
	pass(client.far, server.far, 100);
	for (int i = 0; i < 5; i++)
		turn();
	pass(server.far, client.far, 1);
	turn();
	ck_assert_ptr_null(relay.up.kept);
	ck_assert_ptr_null(relay.down.kept);
	ck_assert_ptr_null(relay.up.pipe);
	ck_assert_ptr_null(relay.down.pipe);
}
END_TEST

Suite *
suite_relay(void)
{
	const TTest *const tests[] = {
		bulk_passes_inside_the_kernel_and_no_octet_is_lost,
		what_is_small_is_copied_and_pipes_go_back,
		who_does_not_read_holds_up_the_other,
		a_client_s_end_is_passed_on_behind_its_bulk,
		a_server_s_end_is_the_end_behind_its_bulk,
		a_reader_that_goes_away_in_the_middle_ends_it,
		what_was_said_before_goes_first,
		an_idle_relay_holds_nothing,
	};
	Suite *suite = suite_create("relay");
	TCase *all = tcase_create("relay");

	tcase_add_checked_fixture(all, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	suite_add_tcase(suite, all);
	return suite;
}
