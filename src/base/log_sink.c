#include "base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* Fields beyond it are left out: nothing we say needs more, only what a peer
   said. */
#define MAX_LINE 8192
/* What may stand at the end of a line; there is always room for it. */
#define MAX_BACK (sizeof("}\n") - 1)
/* Lines of one turn that wait to be written together. */
#define MAX_PENDING (64 * 1024)

static struct sink {
	struct log_sink_conf conf;
	int fd;
	bool may_block;		/* not a file: look before writing */
	bool batch, lost;
	bool watching;		/* for crashes */
	uint64_t dropped;	/* lines nobody took */
	struct buf pending;
	void (*capture)(enum log_event ev, struct slice text);
} sink = {
	.conf = { .target = LOG_TO_STDERR, .level = LEVEL_INFO },
	.fd = STDERR_FILENO,
	.may_block = true,
	.pending = { .max = MAX_PENDING },
};

/* ---- opening ----------------------------------------------------------- */

static struct err *
open_file(struct slice path, int *fd_out)
{
	int fd = open(path.p, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return err_errno("open log file %s", path.p);
	*fd_out = fd;
	return NULL;
}

static struct err *
open_syslog(struct slice path, int *fd_out)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (path.n >= sizeof(sun.sun_path))
		return err_new(ERR_CONFIG, "syslog socket %s: name too long",
			       path.p);
	memcpy(sun.sun_path, path.p, path.n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno("create syslog socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		struct err *e = err_errno("connect to syslog at %s", path.p);

		close(fd);
		return e;
	}
	*fd_out = fd;
	return NULL;
}

struct err *
log_sink_open(const struct log_sink_conf *conf, int *fd_out)
{
	switch (conf->target) {
	case LOG_TO_FILE:
		return open_file(conf->path, fd_out);
	case LOG_TO_SYSLOG:
		return open_syslog(conf->path, fd_out);
	case LOG_TO_STDERR:
		break;
	}
	*fd_out = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return *fd_out < 0 ? err_errno("duplicate stderr") : NULL;
}

static bool
is_regular_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

void
log_sink_reopen(int fd)
{
	log_sink_flush();
	if (sink.fd != STDERR_FILENO)
		close(sink.fd);
	sink.fd = fd;
	sink.may_block = !is_regular_file(fd);
	sink.lost = false;
}

void
log_sink_use(const struct log_sink_conf *conf, int fd)
{
	log_sink_reopen(fd);
	log_sink_configure(conf);
}

void
log_sink_configure(const struct log_sink_conf *conf)
{
	sink.conf = *conf;
}

void
log_sink_set_level(enum log_level level)
{
	sink.conf.level = level;
}

void
log_sink_capture(void (*line)(enum log_event ev, struct slice text))
{
	sink.capture = line;
}

/* ---- writing ----------------------------------------------------------- */

/* A full pipe or a journal that hangs must not stop mail: lines are counted
   and dropped instead. */
static bool
would_block(void)
{
	struct pollfd p = { .fd = sink.fd, .events = POLLOUT };

	return sink.may_block && poll(&p, 1, 0) != 1;
}

/* What goes out in one write(). A file and a datagram take everything. Of a pipe
   poll() promises no more than PIPE_BUF: as many lines as that holds, or a piece
   of one that is longer. */
static struct slice
next_piece(struct slice s)
{
	size_t n = PIPE_BUF;

	if (!sink.may_block || sink.conf.target == LOG_TO_SYSLOG || s.n <= n)
		return s;
	while (n > 0 && s.p[n - 1] != '\n')
		n--;
	return slice_first(s, n > 0 ? n : PIPE_BUF);
}

/* The octets of s that went, or 0. */
static size_t
write_piece(struct slice s)
{
	ssize_t n;

	if (would_block())
		return 0;
	do {
		n = write(sink.fd, s.p, s.n);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == ECONNREFUSED || errno == ENOTCONN ||
		      errno == EPIPE || errno == ECONNRESET))
		sink.lost = true;
	return n < 0 ? 0 : (size_t)n;
}

/* A line that goes to syslog has no end. */
static uint64_t
count_lines(struct slice s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n > 0 ? n : 1;
}

static void
write_out(struct slice s)
{
	while (s.n > 0) {
		size_t n = write_piece(next_piece(s));

		if (n == 0) {
			sink.dropped += count_lines(s);
			return;
		}
		s = slice_skip(s, n);
	}
}

bool
log_sink_lost(void)
{
	bool lost = sink.lost;

	sink.lost = false;
	return lost;
}

void
log_sink_flush(void)
{
	if (sink.pending.n == 0)
		return;
	write_out(buf_slice(&sink.pending));
	buf_clear(&sink.pending);
}

/* The signals of a crash, and who cared for them before us. */
static struct crash {
	int signal_number;
	struct sigaction before;
} crashes[] = {
	{ .signal_number = SIGSEGV }, { .signal_number = SIGBUS },
	{ .signal_number = SIGFPE },  { .signal_number = SIGILL },
	{ .signal_number = SIGABRT },
};
#define CRASHES (sizeof(crashes) / sizeof(crashes[0]))

/* The lines that wait tell of the way here. Then the crash goes its course: the
   signal comes again as soon as this returns. */
static void
on_crash(int signal_number)
{
	log_sink_flush();
	for (size_t i = 0; i < CRASHES; i++) {
		if (crashes[i].signal_number == signal_number)
			sigaction(signal_number, &crashes[i].before, NULL);
	}
	raise(signal_number);
}

static void
watch_for_crashes(void)
{
	struct sigaction action = { .sa_handler = on_crash };

	for (size_t i = 0; i < CRASHES; i++)
		sigaction(crashes[i].signal_number, &action,
			  &crashes[i].before);
}

void
log_sink_batch(bool batch)
{
	log_sink_flush();
	sink.batch = batch;
	if (batch && !sink.watching) {
		sink.watching = true;
		watch_for_crashes();
	}
}

/* The wall clock, taken apart; returns the microseconds of the second. Time
   zones are costly to work out, so that is done once a second. */
static int
local_time(struct tm *tm_out)
{
	static time_t known_second = -1;
	static struct tm known;
	int64_t us = clock_wall_us();
	time_t second = (time_t)(us / 1000000);

	if (second != known_second) {
		localtime_r(&second, &known);
		known_second = second;
	}
	*tm_out = known;
	return (int)(us % 1000000);
}

static int
syslog_priority(enum log_level level)
{
	static const int priorities[] = {
		[LEVEL_ERROR] = LOG_ERR, [LEVEL_WARN] = LOG_WARNING,
		[LEVEL_INFO] = LOG_INFO, [LEVEL_DEBUG] = LOG_DEBUG,
	};

	return priorities[level] | sink.conf.facility;
}

static void
add_json_time(struct buf *out)
{
	struct tm tm;
	char date[32], zone[8];
	int micros = local_time(&tm);

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	buf_addf(out, "{\"time\":\"%s.%06d%s\",\"pid\":%d,", date, micros, zone,
		 (int)getpid());
}

static void
add_syslog_front(struct buf *out, enum log_level level)
{
	struct tm tm;
	char date[32];

	local_time(&tm);
	strftime(date, sizeof(date), "%b %e %H:%M:%S", &tm);
	buf_addf(out, "<%d>%s %s[%d]: ", syslog_priority(level), date,
		 sink.conf.ident.p, (int)getpid());
}

static void
add_file_front(struct buf *out)
{
	struct tm tm;
	char date[32];

	local_time(&tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S ", &tm);
	buf_add(out, slice_of(date));
}

static void
add_front(struct buf *out, enum log_level level)
{
	if (sink.conf.target == LOG_TO_SYSLOG)
		add_syslog_front(out, level);
	if (sink.conf.format == LOG_FORMAT_JSON)
		add_json_time(out);
	else if (sink.conf.target != LOG_TO_SYSLOG)
		add_file_front(out);
}

static void
add_back(struct buf *out)
{
	if (sink.conf.format == LOG_FORMAT_JSON)
		buf_add_char(out, '}');
	if (sink.conf.target != LOG_TO_SYSLOG)
		buf_add_char(out, '\n');
}

/* Says how many lines were lost, as soon as one gets through again. */
static void
confess(void)
{
	static const struct log self = { .service = "log" };
	uint64_t dropped = sink.dropped;

	if (dropped == 0 || would_block())
		return;
	sink.dropped = 0;
	LOG(&self, EV_LOG_DROPPED, F_COUNT("lines", dropped));
}

static void
emit(struct buf *line, enum log_level level)
{
	if (!sink.batch || sink.conf.target == LOG_TO_SYSLOG) {
		log_sink_flush();
		write_out(buf_slice(line));
		return;
	}
	if (line->n > buf_room(&sink.pending))
		log_sink_flush();
	buf_add(&sink.pending, buf_slice(line));
	if (level == LEVEL_ERROR)
		log_sink_flush();
}

bool
log_wants(enum log_event ev)
{
	return log_event_row(ev)->level <= sink.conf.level ||
	       sink.capture != NULL;
}

void
log_write(const struct log *log, enum log_event ev,
	  const struct log_field *fields, size_t count)
{
	/* Lines are put together here; the memory stays for the next. */
	static struct buf line;
	enum log_level level = log_event_row(ev)->level;

	confess();
	buf_clear(&line);
	line.max = MAX_LINE - MAX_BACK;
	if (sink.capture == NULL)
		add_front(&line, level);
	log_render(&line, &sink.conf, log, ev, fields, count);
	if (sink.capture != NULL) {
		sink.capture(ev, buf_slice(&line));
		return;
	}
	line.max = MAX_LINE;
	add_back(&line);
	emit(&line, level);
}
