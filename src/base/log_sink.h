/* Where a process's log lines go. The one thing here that is not handed down:
   an error in the middle of nowhere must find it. */
#ifndef BASE_LOG_SINK_H
#define BASE_LOG_SINK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

enum log_format { LOG_FORMAT_DOVECOT, LOG_FORMAT_JSON };
enum log_target { LOG_TO_STDERR, LOG_TO_FILE, LOG_TO_SYSLOG };

struct log_sink_conf {
	enum log_target target;
	enum log_format format;
	enum log_level level;	/* nothing beyond it is written */
	struct slice path;	/* LOG_TO_FILE; the syslog socket otherwise */
	struct slice ident;	/* LOG_TO_SYSLOG: the program's name */
	int facility;		/* LOG_TO_SYSLOG: as in <syslog.h>, shifted */
};

/* Opens what conf asks for. *fd_out is to be closed by the caller, or given to
   log_sink_use(). */
struct err *log_sink_open(const struct log_sink_conf *conf, int *fd_out)
	__attribute__((warn_unused_result));

/* From now on lines go to fd. Takes fd; conf is copied, its slices borrowed for
   the process's life. Before the first call lines go to stderr. */
void log_sink_use(const struct log_sink_conf *conf, int fd);

/* The same without a change of descriptor. */
void log_sink_configure(const struct log_sink_conf *conf);

/* The file or the syslog daemon was replaced: lines go to fd from now on. */
void log_sink_reopen(int fd);

void log_sink_set_level(enum log_level level);

/* Lines wait for log_sink_flush() (the loop calls it after every turn) instead
   of being written one by one. Errors are written at once all the same, and so
   is everything when the process crashes. */
void log_sink_batch(bool batch);
void log_sink_flush(void);

/* True once when writing failed in a way only a new descriptor mends. */
bool log_sink_lost(void);

/* Puts one line together: what log_write() does before it writes. */
void log_render(struct buf *out, const struct log_sink_conf *conf,
		const struct log *log, enum log_event ev,
		const struct log_field *fields, size_t count);

/* A test sees the lines instead of the sink; NULL ends that. */
void log_sink_capture(void (*line)(enum log_event ev, struct slice text));

#endif
