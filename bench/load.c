/* Clients for a proxy under test: one process, one loop, as many connections as are
   asked for. Prints one JSON object: how many were done, how many failed, how long it
   took, and the latency of each in microseconds (p50, p99, max).

	load MODE ADDRESS PORT [NAME=VALUE...]

   login    connect, log in, hang up          protocol= count= parallel= tls= resume=
            with rate= so many are begun each second, if there is a place, and
            the latency counts from when each was due
   message  LMTP, connections are kept        count= parallel= rcpts= size=
   noop     a command and its answer          count= parallel= tls=
   down/up  bulk                              octets= parallel= tls=
   idle     log in, say "ready", stay until the end of the standard input
                                              parallel= tls=
   storm    log in all at once, and stay      parallel= tls= */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define INPUT (64 * 1024)
/* An answer that does not come for this long is a failure. */
#define PATIENCE_S 20
/* Of one address the kernel has some 28,000 ports. */
#define PORTS_OF_ONE 20000
/* Those that will idle come in as people do, not all at once. */
#define ARRIVING 32

enum mode { LOGIN, MESSAGE, NOOP, DOWN, UP, IDLE, STORM, MODES };
static const char *const mode_names[] = { "login", "message", "noop", "down",
					  "up", "idle", "storm" };

enum protocol { IMAP, POP3, SUBMISSION, LMTP, PROTOCOLS };
static const char *const protocol_names[] = { "imap", "pop3", "submission",
					      "lmtp" };

static struct {
	enum mode mode;
	enum protocol protocol;
	struct sockaddr_in to;
	uint64_t count, parallel, rcpts, size, octets, rate;
	bool tls, resume;
} opt = { .count = 1000, .parallel = 16, .rcpts = 1, .size = 4096,
	  .octets = 1 << 30 };

struct client {
	int fd;
	SSL *ssl;
	SSL_SESSION *session;	/* a ticket of this place's last connection */
	bool shaking;
	unsigned step;		/* of the protocol's dialogue */
	uint64_t serial, began_us, last_us;
	size_t n;		/* octets of an unfinished line */
	char line[1024];
	const char *out;	/* what the socket did not take yet */
	size_t out_n;
	uint64_t bulk;		/* octets to come, or to go */
	unsigned answers;	/* to come for a message */
};

static struct client *clients;
static SSL_CTX *ctx;
static int epoll_fd;
static uint64_t began_us, started, sent, done, failed, ready, resumed, last_in_us;
static uint32_t *latencies;
static uint64_t latency_count;
static char *message;
static size_t message_n;
static char zeros[INPUT];

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
note_latency(uint64_t us)
{
	if (latency_count < opt.count + opt.parallel)
		latencies[latency_count++] = us > UINT32_MAX ? UINT32_MAX :
							       (uint32_t)us;
}

/* ---- connections ----------------------------------------------------------- */

static void begin(struct client *c);
static void push_bulk(struct client *c);

static void
watch(struct client *c, unsigned events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}

static void
hang_up(struct client *c)
{
	if (c->ssl != NULL) {
		SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
		c->ssl = NULL;
	}
	close(c->fd);
	c->fd = -1;
}

static void
fail(struct client *c, const char *why)
{
	static int told;

	if (told++ < 3)
		fprintf(stderr, "load: step %u: %s\n", c->step, why);
	failed++;
	hang_up(c);
	begin(c);
}

/* Writes as much as goes; the rest when there is room. */
static bool
push(struct client *c)
{
	while (c->out_n > 0) {
		ssize_t n = c->ssl != NULL ?
				    SSL_write(c->ssl, c->out, (int)c->out_n) :
				    send(c->fd, c->out, c->out_n, MSG_NOSIGNAL);

		if (n <= 0) {
			watch(c, EPOLLIN | EPOLLOUT);
			return false;
		}
		c->out += n;
		c->out_n -= (size_t)n;
	}
	watch(c, EPOLLIN);
	return true;
}

static void
say_n(struct client *c, const char *p, size_t n)
{
	c->out = p;
	c->out_n = n;
	push(c);
}

static void
say(struct client *c, const char *text)
{
	say_n(c, text, strlen(text));
}

static void
open_client(struct client *c)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct epoll_event e = { .events = EPOLLOUT, .data.ptr = c };
	int one = 1;

	*c = (struct client){ .serial = started++, .began_us = now_us(),
			      .session = c->session };
	c->last_us = c->began_us;
	from.sin_addr.s_addr = htonl(0x7f010001 +
				     (uint32_t)(c->serial / PORTS_OF_ONE));
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
		   sizeof(one));
	if (bind(c->fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		die("bind");
	if (connect(c->fd, (struct sockaddr *)&opt.to, sizeof(opt.to)) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e);
}

static bool
stays(void)
{
	return opt.mode != LOGIN;
}

/* The next one in this place, if there is to be one. */
static void
begin(struct client *c)
{
	if (opt.rate > 0)
		return;		/* begin_due() does */
	if (stays() ? started < opt.parallel : started < opt.count)
		open_client(c);
}

static uint64_t
due_us(uint64_t serial)
{
	return began_us + serial * 1000000 / opt.rate;
}

/* Those whose time has come, as far as there are places. */
static void
begin_due(void)
{
	static uint64_t at;

	for (uint64_t looked = 0; looked < opt.parallel &&
	     started < opt.count && due_us(started) <= now_us(); looked++) {
		struct client *c = &clients[at++ % opt.parallel];
		uint64_t due = due_us(started);

		if (c->fd >= 0)
			continue;
		open_client(c);
		c->last_us = due;
	}
}

static int
wait_ms(void)
{
	uint64_t now = now_us();

	if (opt.rate == 0 || started == opt.count)
		return 1000;
	return due_us(started) > now ? (int)((due_us(started) - now) / 1000) : 0;
}

/* ---- what is measured ------------------------------------------------------ */

static bool
is_over(void)
{
	switch (opt.mode) {
	case LOGIN:
	case MESSAGE:
	case NOOP:
		return done + failed >= opt.count;
	case DOWN:
	case UP:
	case STORM:
		return done + failed >= opt.parallel;
	case IDLE:
	case MODES:
		break;
	}
	return false;
}

static void
finished_one(struct client *c)
{
	uint64_t now = now_us();

	note_latency(now - c->last_us);
	c->last_us = now;
	done++;
}

/* ---- dialogues ------------------------------------------------------------- */

static void
send_message(struct client *c)
{
	static char envelope[64 * 1024];
	size_t n = 0;

	n += (size_t)snprintf(envelope, sizeof(envelope),
			      "MAIL FROM:<sender@example.org>\r\n");
	for (uint64_t i = 0; i < opt.rcpts; i++)
		n += (size_t)snprintf(envelope + n, sizeof(envelope) - n,
				      "RCPT TO:<user%llu@example.org>\r\n",
				      (unsigned long long)i);
	n += (size_t)snprintf(envelope + n, sizeof(envelope) - n, "DATA\r\n");
	sent++;
	c->answers = (unsigned)opt.rcpts + 2;
	c->step = 10;
	c->last_us = now_us();
	say_n(c, envelope, n);
}

/* The user is in. */
static void
on_in(struct client *c)
{
	static char command[64];

	last_in_us = now_us();
	switch (opt.mode) {
	case LOGIN:
		finished_one(c);
		hang_up(c);
		begin(c);
		return;
	case MESSAGE:
		send_message(c);
		return;
	case NOOP:
		c->step = 20;
		c->last_us = now_us();
		say(c, "n NOOP\r\n");
		return;
	case DOWN:
		c->step = 30;
		c->bulk = opt.octets / opt.parallel;
		c->last_us = now_us();
		snprintf(command, sizeof(command), "d DOWN %llu\r\n",
			 (unsigned long long)c->bulk);
		say(c, command);
		return;
	case UP:
		c->step = 31;
		c->bulk = opt.octets / opt.parallel;
		c->last_us = now_us();
		snprintf(command, sizeof(command), "u UP %llu\r\n",
			 (unsigned long long)c->bulk);
		say(c, command);
		if (c->out_n == 0)
			push_bulk(c);
		return;
	case IDLE:
		if (started < opt.parallel)
			open_client(&clients[started]);
		ready++;
		/* fall through */
	case STORM:
		c->step = 40;
		finished_one(c);
		return;
	case MODES:
		return;
	}
}

static void
on_imap(struct client *c, const char *line)
{
	static char login[] = "a LOGIN \"user@example.org\" \"secret\"\r\n";

	if (c->step == 0 && strncmp(line, "* OK", 4) == 0) {
		c->step = 1;
		say(c, login);
	} else if (c->step == 1 && strncmp(line, "a OK", 4) == 0) {
		on_in(c);
	} else if (line[0] != '*') {
		fail(c, line);
	}
}

static void
on_pop3(struct client *c, const char *line)
{
	if (strncmp(line, "+OK", 3) != 0) {
		fail(c, line);
		return;
	}
	switch (c->step++) {
	case 0:
		say(c, "USER user@example.org\r\n");
		return;
	case 1:
		say(c, "PASS secret\r\n");
		return;
	default:
		on_in(c);
		return;
	}
}

static void
on_smtp(struct client *c, const char *line)
{
	bool lmtp = opt.protocol == LMTP;

	if (line[0] != '2' && line[0] != '3') {
		fail(c, line);
		return;
	}
	if (line[3] == '-')
		return;
	switch (c->step++) {
	case 0:
		say(c, lmtp ? "LHLO client.example\r\n" :
			      "EHLO client.example\r\n");
		return;
	case 1:
		if (lmtp)
			on_in(c);
		else
			say(c, "AUTH PLAIN "
			       "AHVzZXJAZXhhbXBsZS5vcmcAc2VjcmV0\r\n");
		return;
	default:
		on_in(c);
		return;
	}
}

/* MAIL, RCPTs and DATA have one answer each, the message one a recipient. */
static void
on_message_answer(struct client *c, const char *line)
{
	if (line[0] != '2' && line[0] != '3') {
		fail(c, line);
		return;
	}
	if (--c->answers > 0)
		return;
	if (c->step == 10) {
		c->step = 11;
		c->answers = (unsigned)opt.rcpts;
		say_n(c, message, message_n);
		return;
	}
	finished_one(c);
	if (sent < opt.count)
		send_message(c);
}

static void
on_line(struct client *c, const char *line)
{
	if (c->step == 10 || c->step == 11) {
		on_message_answer(c, line);
	} else if (c->step == 20) {
		finished_one(c);
		if (done + failed < opt.count)
			say(c, "n NOOP\r\n");
	} else if (c->step == 30 || c->step == 31) {
		finished_one(c);
	} else if (c->step < 10) {
		if (opt.protocol == IMAP)
			on_imap(c, line);
		else if (opt.protocol == POP3)
			on_pop3(c, line);
		else
			on_smtp(c, line);
	}
}

/* ---- octets ---------------------------------------------------------------- */

static void
take(struct client *c, const char *p, size_t n)
{
	uint64_t serial = c->serial;

	while (n > 0 && c->fd >= 0 && c->serial == serial) {
		const char *end;
		size_t part;

		if (c->step == 30 && c->bulk > 0) {
			part = n < c->bulk ? n : (size_t)c->bulk;
			c->bulk -= part;
			p += part;
			n -= part;
			continue;
		}
		end = memchr(p, '\n', n);
		part = end == NULL ? n : (size_t)(end - p);
		if (part > sizeof(c->line) - 1 - c->n)
			part = sizeof(c->line) - 1 - c->n;
		memcpy(c->line + c->n, p, part);
		c->n += part;
		if (end == NULL)
			return;
		n -= (size_t)(end - p) + 1;
		p = end + 1;
		c->line[c->n] = '\0';
		c->n = 0;
		on_line(c, c->line);
	}
}

static void
push_bulk(struct client *c)
{
	while (c->bulk > 0) {
		size_t n = c->bulk < INPUT ? (size_t)c->bulk : INPUT;

		c->out = zeros;
		c->out_n = n;
		c->bulk -= n;
		if (!push(c))
			return;
	}
}

static ssize_t
pull(struct client *c, char *p, size_t n)
{
	if (c->ssl == NULL)
		return recv(c->fd, p, n, 0);
	return SSL_read(c->ssl, p, (int)n);
}

static bool
is_broken(const struct client *c, ssize_t n)
{
	if (c->ssl != NULL) {
		int why = SSL_get_error(c->ssl, (int)n);

		ERR_clear_error();
		return why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
	}
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

static void
on_readable(struct client *c)
{
	static char in[INPUT];
	uint64_t serial = c->serial;
	ssize_t n;

	do {
		n = pull(c, in, sizeof(in));
		if (n > 0)
			take(c, in, (size_t)n);
		else if (is_broken(c, n))
			fail(c, "the connection broke");
	} while (n > 0 && c->fd >= 0 && c->serial == serial && c->ssl != NULL);
}

static void
shake(struct client *c)
{
	int n = SSL_connect(c->ssl), why;

	if (n == 1) {
		c->shaking = false;
		resumed += SSL_session_reused(c->ssl) == 1;
		watch(c, EPOLLIN);
		on_readable(c);
		return;
	}
	why = SSL_get_error(c->ssl, n);
	if (why == SSL_ERROR_WANT_READ)
		watch(c, EPOLLIN);
	else if (why == SSL_ERROR_WANT_WRITE)
		watch(c, EPOLLIN | EPOLLOUT);
	else
		fail(c, "TLS handshake");
	ERR_clear_error();
}

/* Connected. */
static void
start(struct client *c)
{
	int error = 0;
	socklen_t n = sizeof(error);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error != 0) {
		fail(c, strerror(error));
		return;
	}
	if (!opt.tls) {
		watch(c, EPOLLIN);
		return;
	}
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_app_data(c->ssl, c);
	if (opt.resume && c->session != NULL)
		SSL_set_session(c->ssl, c->session);
	c->shaking = true;
	shake(c);
}

static void
on_event(struct client *c, unsigned events)
{
	if (c->fd < 0)
		return;
	if (c->shaking) {
		shake(c);
		return;
	}
	if ((events & EPOLLOUT) != 0 && c->step == 0 && c->ssl == NULL &&
	    c->out == NULL) {
		start(c);
		return;
	}
	if ((events & EPOLLOUT) != 0 && push(c) && c->step == 31)
		push_bulk(c);
	if ((events & ~(unsigned)EPOLLOUT) != 0)
		on_readable(c);
}

/* ---- TLS ------------------------------------------------------------------- */

/* Each place has a ticket of its own, as each client has: of TLS 1.3 a ticket is
   used once. */
static int
on_session(SSL *ssl, SSL_SESSION *s)
{
	struct client *c = SSL_get_app_data(ssl);

	SSL_SESSION_free(c->session);
	c->session = s;
	return 1;
}

static void
make_context(void)
{
	ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT |
					    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
}

/* ---- beginning and end ----------------------------------------------------- */

static void
read_option(char *text)
{
	char *value = strchr(text, '=');
	const struct {
		const char *name;
		uint64_t *n;
	} numbers[] = {
		{ "count", &opt.count }, { "parallel", &opt.parallel },
		{ "rcpts", &opt.rcpts }, { "size", &opt.size },
		{ "octets", &opt.octets },	 { "rate", &opt.rate },
	};

	if (value == NULL)
		die(text);
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(text, numbers[i].name) == 0)
			*numbers[i].n = strtoull(value, NULL, 10);
	}
	if (strcmp(text, "tls") == 0)
		opt.tls = value[0] == 'y';
	if (strcmp(text, "resume") == 0)
		opt.resume = value[0] == 'y';
	if (strcmp(text, "protocol") != 0)
		return;
	for (opt.protocol = IMAP; opt.protocol < PROTOCOLS; opt.protocol++) {
		if (strcmp(protocol_names[opt.protocol], value) == 0)
			return;
	}
	die(value);
}

static int
by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t
percentile(unsigned p)
{
	if (latency_count == 0)
		return 0;
	return latencies[(latency_count - 1) * p / 100];
}

static void
report(uint64_t took_us)
{
	qsort(latencies, latency_count, sizeof(*latencies), by_size);
	printf("{\"done\": %llu, \"failed\": %llu, \"seconds\": %.6f, "
	       "\"p50\": %u, \"p99\": %u, \"max\": %u, \"resumed\": %llu}\n",
	       (unsigned long long)done, (unsigned long long)failed,
	       (double)took_us / 1e6, percentile(50), percentile(99),
	       percentile(100), (unsigned long long)resumed);
}

static void
make_message(void)
{
	static const char line[] =
		"A line of some seventy octets, as most lines of mail are, more "
		"or less.\r\n";

	message = malloc(opt.size + sizeof(line) + 64);
	if (message == NULL)
		die("malloc");
	message_n = (size_t)sprintf(message, "Subject: load\r\n\r\n");
	while (message_n < opt.size) {
		memcpy(message + message_n, line, sizeof(line) - 1);
		message_n += sizeof(line) - 1;
	}
	memcpy(message + message_n, ".\r\n", 3);
	message_n += 3;
}

static void
stay(void)
{
	char c;

	puts("ready");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	exit(0);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct rlimit limit;
	uint64_t last;

	if (argc < 4) {
		fputs("usage: load MODE ADDRESS PORT [NAME=VALUE...]\n", stderr);
		return 2;
	}
	while (opt.mode < MODES && strcmp(mode_names[opt.mode], argv[1]) != 0)
		opt.mode++;
	if (opt.mode == MODES)
		die(argv[1]);
	if (opt.mode == MESSAGE)
		opt.protocol = LMTP;
	opt.to.sin_family = AF_INET;
	inet_pton(AF_INET, argv[2], &opt.to.sin_addr);
	opt.to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	for (int i = 4; i < argc; i++)
		read_option(argv[i]);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	make_context();
	make_message();
	clients = calloc(opt.parallel, sizeof(*clients));
	latencies = calloc(opt.count + opt.parallel, sizeof(*latencies));
	if (clients == NULL || latencies == NULL)
		die("calloc");
	epoll_fd = epoll_create1(0);
	began_us = last = now_us();
	for (uint64_t i = 0; i < opt.parallel; i++)
		clients[i].fd = -1;
	for (uint64_t i = 0; i < opt.parallel; i++) {
		if (opt.mode != IDLE || i < ARRIVING)
			begin(&clients[i]);
	}
	while (!is_over()) {
		uint64_t before = done + failed;
		int n = epoll_wait(epoll_fd, events, EVENTS, wait_ms());

		if (opt.rate > 0)
			begin_due();
		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr, events[i].events);
		if (opt.mode == IDLE && ready == opt.parallel)
			stay();
		if (done + failed != before || opt.mode == DOWN ||
		    opt.mode == UP)
			last = n > 0 ? now_us() : last;
		if (now_us() - last > PATIENCE_S * 1000000ull) {
			fputs("load: nothing moves any more\n", stderr);
			failed += 1;
			break;
		}
	}
	report((opt.mode == STORM ? last_in_us : now_us()) - began_us);
	return failed == 0 ? 0 : 1;
}
