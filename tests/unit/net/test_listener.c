#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/listener.h"
#include "net/socket.h"

/* Clients of one test. */
#define CLIENTS 4

static struct loop *loop;
static struct acceptor acceptor;
static int accepted[CLIENTS], accepted_n, failures, failure;
static struct addr peer;

static void
on_accepted(void *arg, int fd, const struct addr *a)
{
	(void)arg;
	accepted[accepted_n++] = fd;
	peer = *a;
	loop_stop(loop);
}

static void
on_failed(void *arg, int error)
{
	(void)arg;
	failures++;
	failure = error;
	loop_stop(loop);
}

static void
setup(void)
{
	loop = loop_make();
	acceptor = (struct acceptor){ .fd = -1 };
	accepted_n = failures = 0;
}

static void
teardown(void)
{
	for (int i = 0; i < accepted_n; i++)
		close(accepted[i]);
	if (acceptor.fd >= 0)
		acceptor_free(&acceptor);
	loop_free(&loop);
}

static struct conf_endpoint
endpoint(const char *ip, uint16_t port)
{
	struct conf_endpoint e = { .any = ip == NULL };

	if (ip != NULL)
		ck_assert(addr_parse_ip(slice_of(ip), &e.addr));
	e.addr.port = port;
	return e;
}

/* Listens at ip (NULL: any), and gives the address for a client. */
static struct addr
listen_at(const char *ip)
{
	struct conf_endpoint e = endpoint(ip, 0);
	struct addr where;
	int fd;

	ck_assert_ptr_null(listener_open(&e, &fd));
	where = socket_self(fd);
	acceptor_init(&acceptor, loop, fd, on_accepted, on_failed, NULL);
	return where;
}

/* A client that has connected as far as the kernel is concerned. */
static int
connect_to(const char *ip, uint16_t port)
{
	static const struct addr any_source;
	struct addr to = endpoint(ip, port).addr;
	int fd = socket_connect(&to, &any_source);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(any_address_is_both_families)
{
	struct addr where = listen_at(NULL);
	int four = connect_to("127.0.0.1", where.port);
	int six = connect_to("::1", where.port);

	acceptor_open(&acceptor, true);
	while (accepted_n < 2)
		loop_run(loop);
	/* IPv4 comes as what it is, not as IPv6. */
	ck_assert(peer.family == ADDR_V4 || peer.family == ADDR_V6);
	ck_assert_int_eq(socket_peer(accepted[0]).family +
				 socket_peer(accepted[1]).family,
			 ADDR_V4 + ADDR_V6);
	close(four);
	close(six);
}
END_TEST

START_TEST(one_address_is_that_alone)
{
	struct addr where = listen_at("::1");
	int six = connect_to("::1", where.port);
	struct addr client;

	acceptor_open(&acceptor, true);
	loop_run(loop);
	client = socket_self(six);
	ck_assert(addr_eq(&peer, &client));
	close(six);
}
END_TEST

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

START_TEST(what_is_accepted_does_not_block_nor_wait)
{
	struct addr where = listen_at("127.0.0.1");
	int client = connect_to("127.0.0.1", where.port);

	acceptor_open(&acceptor, true);
	loop_run(loop);
	ck_assert_int_ne(fcntl(accepted[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(accepted[0], F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_ne(option(accepted[0], IPPROTO_TCP, TCP_NODELAY), 0);
	ck_assert_int_ne(option(accepted[0], SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_int_eq(option(accepted[0], IPPROTO_TCP, TCP_KEEPIDLE), 300);
	close(client);
}
END_TEST

START_TEST(several_workers_share_an_address)
{
	struct addr where = listen_at("127.0.0.1");
	struct conf_endpoint e = endpoint("127.0.0.1", where.port);
	int other;

	ck_assert_ptr_null(listener_open(&e, &other));
	close(other);
}
END_TEST

START_TEST(an_address_that_is_not_ours_is_named)
{
	struct conf_endpoint e = endpoint("203.0.113.1", 143);
	struct err *error;
	int fd = -1;

	error = listener_open(&e, &fd);
	ck_assert_str_eq(err_text(error), "listen at 203.0.113.1:143: "
					  "Cannot assign requested address");
	ck_assert_int_eq(fd, -1);
	err_free(&error);
}
END_TEST

static void
stop(void *unused)
{
	(void)unused;
	loop_stop(loop);
}

/* Runs until something is accepted, or long nothing was. */
static void
run_a_while(void)
{
	struct loop_timer guard = { 0 };

	loop_timer_init(&guard, loop, stop, NULL);
	loop_timer_start(&guard, 30);
	loop_run(loop);
	loop_timer_stop(&guard);
}

START_TEST(whoever_comes_while_it_is_closed_waits_in_the_queue)
{
	struct addr where = listen_at("127.0.0.1");
	int client = connect_to("127.0.0.1", where.port);

	run_a_while();
	ck_assert_int_eq(accepted_n, 0);
	acceptor_open(&acceptor, true);
	acceptor_open(&acceptor, false);
	run_a_while();
	ck_assert_int_eq(accepted_n, 0);
	acceptor_open(&acceptor, true);
	loop_run(loop);
	ck_assert_int_eq(accepted_n, 1);
	close(client);
}
END_TEST

START_TEST(without_descriptors_it_waits_and_goes_on)
{
	struct addr where = listen_at("127.0.0.1");
	int client = connect_to("127.0.0.1", where.port);
	struct rlimit before, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;	/* all that there can be are taken */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	acceptor_open(&acceptor, true);
	loop_run(loop);
	ck_assert_int_eq(failure, EMFILE);
	/* Told once, not each turn; and by itself it goes on. */
	run_a_while();
	ck_assert_int_eq(failures, 1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	loop_run(loop);
	ck_assert_int_eq(accepted_n, 1);
	close(client);
}
END_TEST

Suite *
suite_listener(void)
{
	const TTest *const tests[] = {
		any_address_is_both_families,
		one_address_is_that_alone,
		what_is_accepted_does_not_block_nor_wait,
		several_workers_share_an_address,
		an_address_that_is_not_ours_is_named,
		whoever_comes_while_it_is_closed_waits_in_the_queue,
		without_descriptors_it_waits_and_goes_on,
	};
	Suite *suite = suite_create("listener");
	TCase *all = tcase_create("listener");

	tcase_add_checked_fixture(all, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	suite_add_tcase(suite, all);
	return suite;
}
