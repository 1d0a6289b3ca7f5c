/* A backend that costs next to nothing: says yes to every login and every message,
   and throws all away. One process, one loop, no copies worth the name.

	sink ADDRESS PROTOCOL:PORT...

   Protocols: imap, pop3, submission, lmtp. Behind a login IMAP knows two commands of
   its own: "DOWN n" answers with n octets, "UP n" takes n octets, and then both say
   OK. It does not check what it is told; it is for loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE 2048		/* the longest command */
#define CHUNK (64 * 1024)	/* of bulk, either way */
#define EVENTS 256
#define BACKLOG 4096

enum protocol { IMAP, POP3, SUBMISSION, LMTP, PROTOCOLS };

static const char *const protocol_names[] = { "imap", "pop3", "submission",
					      "lmtp" };

struct conn {
	int fd;
	enum protocol protocol;
	bool listening;
	size_t n;			/* octets of a line so far */
	char line[LINE];
	char tag[32];			/* of the IMAP command under way */
	uint64_t up, down;		/* bulk still to come, or to go */
	unsigned rcpts;			/* of the message under way */
	bool content;			/* a message is coming in */
	unsigned matched;		/* of CR LF . CR LF */
};

static char chunk[CHUNK];
static int epoll_fd;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- saying ---------------------------------------------------------------- */

/* Answers are short and clients read them: what the socket does not take is a
   reason to hang up. */
static void
say_n(struct conn *c, const char *p, size_t n)
{
	if (send(c->fd, p, n, MSG_NOSIGNAL) != (ssize_t)n)
		shutdown(c->fd, SHUT_RDWR);
}

static void
say(struct conn *c, const char *text)
{
	say_n(c, text, strlen(text));
}

static void
say_tagged(struct conn *c, const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %s\r\n", c->tag, text);
	say(c, line);
}

static void
greet(struct conn *c)
{
	static const char *const greetings[] = {
		[IMAP] = "* OK [CAPABILITY IMAP4rev1 SASL-IR ID LITERAL+ "
			 "AUTH=PLAIN] sink\r\n",
		[POP3] = "+OK [XCLIENT] sink\r\n",
		[SUBMISSION] = "220 sink ESMTP\r\n",
		[LMTP] = "220 sink LMTP\r\n",
	};

	say(c, greetings[c->protocol]);
}

static void
watch(struct conn *c, unsigned events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}

/* ---- bulk ------------------------------------------------------------------ */

static void
send_bulk(struct conn *c)
{
	while (c->down > 0) {
		size_t n = c->down < CHUNK ? (size_t)c->down : CHUNK;
		ssize_t sent = send(c->fd, chunk, n, MSG_NOSIGNAL);

		if (sent <= 0) {
			watch(c, EPOLLIN | EPOLLOUT);
			return;
		}
		c->down -= (uint64_t)sent;
	}
	watch(c, EPOLLIN);
	say_tagged(c, "OK down");
}

/* ---- protocols ------------------------------------------------------------- */

static bool
begins(const char *line, const char *word)
{
	return strncasecmp(line, word, strlen(word)) == 0;
}

static void
run_imap(struct conn *c, char *line)
{
	char *verb = strchr(line, ' ');
	size_t n = strlen(line);

	/* The rest of a LOGIN in literals. */
	if (n > 0 && line[n - 1] == '}') {
		if (verb != NULL && begins(verb + 1, "LOGIN"))
			snprintf(c->tag, sizeof(c->tag), "%.*s",
				 (int)(verb - line), line);
		say(c, "+ OK\r\n");
		return;
	}
	if (verb == NULL) {
		say_tagged(c, "OK [CAPABILITY IMAP4rev1 IDLE] in");
		return;
	}
	snprintf(c->tag, sizeof(c->tag), "%.*s", (int)(verb - line), line);
	verb++;
	if (begins(verb, "LOGIN") || begins(verb, "AUTHENTICATE")) {
		say_tagged(c, "OK [CAPABILITY IMAP4rev1 IDLE] in");
	} else if (begins(verb, "ID ")) {
		say(c, "* ID NIL\r\n");
		say_tagged(c, "OK id");
	} else if (begins(verb, "CAPABILITY")) {
		say(c, "* CAPABILITY IMAP4rev1 SASL-IR ID AUTH=PLAIN\r\n");
		say_tagged(c, "OK capability");
	} else if (begins(verb, "DOWN ")) {
		c->down = strtoull(verb + 5, NULL, 10);
		send_bulk(c);
	} else if (begins(verb, "UP ")) {
		c->up = strtoull(verb + 3, NULL, 10);
	} else if (begins(verb, "LOGOUT")) {
		say(c, "* BYE\r\n");
		say_tagged(c, "OK out");
		shutdown(c->fd, SHUT_WR);
	} else {
		say_tagged(c, "OK done");
	}
}

static void
run_pop3(struct conn *c, const char *line)
{
	say(c, "+OK\r\n");
	if (begins(line, "QUIT"))
		shutdown(c->fd, SHUT_WR);
}

static void
run_smtp(struct conn *c, const char *line)
{
	if (begins(line, "EHLO") || begins(line, "LHLO")) {
		say(c, c->protocol == LMTP ?
		       "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
		       "250-XCLIENT ADDR PORT PROTO HELO LOGIN SESSION TTL\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" :
		       "250-sink\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n"
		       "250-XCLIENT ADDR PORT PROTO HELO LOGIN SESSION TTL "
		       "NAME\r\n250 ENHANCEDSTATUSCODES\r\n");
	} else if (begins(line, "XCLIENT")) {
		say(c, "220 sink\r\n");
	} else if (begins(line, "AUTH")) {
		say(c, "235 2.7.0 in\r\n");
	} else if (begins(line, "MAIL")) {
		c->rcpts = 0;
		say(c, "250 2.1.0 OK\r\n");
	} else if (begins(line, "RCPT")) {
		c->rcpts++;
		say(c, "250 2.1.5 OK\r\n");
	} else if (begins(line, "DATA")) {
		c->content = true;
		c->matched = 2;		/* the line's own end counts */
		say(c, "354 go\r\n");
	} else {
		say(c, begins(line, "QUIT") ? "221 2.0.0 bye\r\n" :
					      "250 2.0.0 OK\r\n");
		if (begins(line, "QUIT"))
			shutdown(c->fd, SHUT_WR);
	}
}

static void
end_message(struct conn *c)
{
	char answers[16 * 1024];
	size_t n = 0;
	unsigned count = c->protocol == LMTP ? c->rcpts : 1;

	for (unsigned i = 0; i < count && n + 32 < sizeof(answers); i++) {
		memcpy(answers + n, "250 2.0.0 Saved\r\n", 17);
		n += 17;
	}
	c->content = false;
	say_n(c, answers, n);
}

/* Returns how much of p belonged to the message. */
static size_t
take_content(struct conn *c, const char *p, size_t n)
{
	static const char end[] = "\r\n.\r\n";

	for (size_t i = 0; i < n; i++) {
		if (p[i] == end[c->matched])
			c->matched++;
		else
			c->matched = p[i] == '\r';
		if (c->matched == sizeof(end) - 1) {
			end_message(c);
			return i + 1;
		}
	}
	return n;
}

/* ---- input ----------------------------------------------------------------- */

static void
run_line(struct conn *c)
{
	if (c->n > 0 && c->line[c->n - 1] == '\r')
		c->n--;
	c->line[c->n] = '\0';
	c->n = 0;
	switch (c->protocol) {
	case IMAP:
		run_imap(c, c->line);
		return;
	case POP3:
		run_pop3(c, c->line);
		return;
	case SUBMISSION:
	case LMTP:
	case PROTOCOLS:
		run_smtp(c, c->line);
		return;
	}
}

/* Returns how much was taken of a line. */
static size_t
take_line(struct conn *c, const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	size_t part = end == NULL ? n : (size_t)(end - p);

	if (part > LINE - 1 - c->n)
		part = LINE - 1 - c->n;
	memcpy(c->line + c->n, p, part);
	c->n += part;
	if (end == NULL)
		return n;
	run_line(c);
	return (size_t)(end - p) + 1;
}

static void
take(struct conn *c, const char *p, size_t n)
{
	while (n > 0) {
		size_t used;

		if (c->up > 0) {
			used = n < c->up ? n : (size_t)c->up;
			c->up -= used;
			if (c->up == 0)
				say_tagged(c, "OK up");
		} else if (c->content) {
			used = take_content(c, p, n);
		} else {
			used = take_line(c, p, n);
		}
		p += used;
		n -= used;
	}
}

static void
drop(struct conn *c)
{
	close(c->fd);
	free(c);
}

static void
on_conn(struct conn *c, unsigned events)
{
	static char in[CHUNK];
	ssize_t n;

	if ((events & EPOLLOUT) != 0)
		send_bulk(c);
	if ((events & ~(unsigned)EPOLLOUT) == 0)
		return;
	n = recv(c->fd, in, sizeof(in), 0);
	if (n > 0)
		take(c, in, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop(c);
}

static void
on_listener(const struct conn *l)
{
	int fd, one = 1;

	while ((fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct conn *c = calloc(1, sizeof(*c));
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

		if (c == NULL)
			die("calloc");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c->fd = fd;
		c->protocol = l->protocol;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
		greet(c);
	}
}

/* ---- beginning ------------------------------------------------------------- */

static void
listen_at(const char *address, const char *what)
{
	const char *port = strchr(what, ':');
	struct conn *l = calloc(1, sizeof(*l));
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = l };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int one = 1;

	if (l == NULL || port == NULL)
		die(what);
	while (l->protocol < PROTOCOLS &&
	       strncmp(protocol_names[l->protocol], what,
		       (size_t)(port - what)) != 0)
		l->protocol++;
	if (l->protocol == PROTOCOLS)
		die(what);
	sa.sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10));
	inet_pton(AF_INET, address, &sa.sin_addr);
	l->listening = true;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(l->fd, BACKLOG) != 0)
		die(what);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, l->fd, &e);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct rlimit limit;

	if (argc < 3) {
		fputs("usage: sink ADDRESS PROTOCOL:PORT...\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	epoll_fd = epoll_create1(0);
	memset(chunk, 'x', sizeof(chunk));
	for (int i = 2; i < argc; i++)
		listen_at(argv[1], argv[i]);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c->listening)
				on_listener(c);
			else
				on_conn(c, events[i].events);
		}
	}
}
