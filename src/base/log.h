/* The log: events with a fixed name and typed fields.

   A line is written as Dovecot writes it ("imap-login: Login: user=<jane>,
   method=PLAIN, rip=..."), so that fail2ban and log parsers go on working, or as
   one JSON object. What a peer sent is escaped; a struct secret has no field
   type. Which events there are, and what each says, stands in log_events.h.

   The sink (where lines go) is one a process: see log_sink.h. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/addr.h"
#include "base/slice.h"

enum log_level {
	LEVEL_ERROR,	/* an operator must act */
	LEVEL_WARN,	/* one may want to */
	LEVEL_INFO,	/* a session's story in two or three lines */
	LEVEL_DEBUG,	/* every transition */
};

enum log_field_type {
	FIELD_TEXT,	/* user text; empty ones are left out */
	FIELD_NAMED,	/* the same, written <like this> */
	FIELD_FLAG,	/* the value alone, without its name */
	FIELD_COUNT,
	FIELD_MS,	/* milliseconds; text shows seconds with three decimals */
	FIELD_ADDR,	/* ip:port */
	FIELD_IP,	/* the address alone */
};

struct log_field {
	const char *name;
	enum log_field_type type;
	union {
		struct slice text;
		uint64_t count;
		const struct addr *addr;
	};
};

#define F_TEXT(key, s) { .name = key, .type = FIELD_TEXT, .text = s }
#define F_NAMED(key, s) { .name = key, .type = FIELD_NAMED, .text = s }
#define F_FLAG(key, s) { .name = key, .type = FIELD_FLAG, .text = s }
#define F_COUNT(key, c) { .name = key, .type = FIELD_COUNT, .count = c }
#define F_MS(key, ms) { .name = key, .type = FIELD_MS, .count = ms }
#define F_ADDR(key, a) { .name = key, .type = FIELD_ADDR, .addr = a }
#define F_IP(key, a) { .name = key, .type = FIELD_IP, .addr = a }

/* The fields of whatever the event belongs to, a session for one. */
#define LOG_CONTEXT_FIELDS 16
struct log_context {
	struct log_field v[LOG_CONTEXT_FIELDS];
	size_t n;
};
static inline void
log_context_add(struct log_context *c, struct log_field f)
{
	if (c->n < LOG_CONTEXT_FIELDS)
		c->v[c->n++] = f;
}

/* Who speaks. Made where it is needed and passed by pointer; owns nothing. */
struct log {
	const char *service;	/* "imap-login", "auth", "supervisor" */
	/* Adds the speaker's own fields; may be NULL. */
	void (*context)(const void *arg, struct log_context *out);
	const void *arg;
};

#include "base/log_events.h"

enum log_event {
#define X(id, name, level, text, doc) EV_##id,
	LOG_EVENTS(X)
#undef X
	LOG_EVENT_COUNT
};

struct log_event_row {
	const char *name;
	enum log_level level;
	const char *text;
	const char *doc;
};
const struct log_event_row *log_event_row(enum log_event ev);

/* Writes one line. Prefer the macro: it costs nothing when nobody listens. */
void log_write(const struct log *log, enum log_event ev,
	       const struct log_field *fields, size_t count);
bool log_wants(enum log_event ev);

#define LOG(log, ev, ...)                                                   \
	do {                                                                \
		if (log_wants(ev))                                          \
			log_write((log), (ev),                              \
				  (const struct log_field[]){ __VA_ARGS__ },\
				  sizeof((const struct log_field[]){        \
					  __VA_ARGS__ }) /                  \
					  sizeof(struct log_field));        \
	} while (0)

#endif
