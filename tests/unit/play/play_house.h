/* The house of a play: a core with its settings, its lookups and its log, as a
   worker would have it. */
#ifndef TESTS_UNIT_PLAY_HOUSE_H
#define TESTS_UNIT_PLAY_HOUSE_H

#include "core/core.h"
#include "core/proto.h"
#include "role/worker_routes.h"

/* Lookups, and lines of the log, that wait for the script to look at them. */
#define PLAY_QUESTIONS 64
#define PLAY_LOG_LINES 256

struct play_line {
	enum log_event event;
	char *text;
};

struct play_question {
	struct core_question *question;	/* NULL once answered or forgotten */
	bool seen, forgotten;
	char text[256];			/* "PLAIN jane secret" */
};

struct play_house {
	struct loop *loop;
	const struct settings *settings;
	struct mail_hosts *hosts;
	struct core core;
	struct core_listener listener;
	struct worker_routes *routes;
	const char *answer;	/* to every lookup; NULL: the script answers */
	struct play_question questions[PLAY_QUESTIONS];
	size_t question_count;
	struct play_line lines[PLAY_LOG_LINES];
	size_t line_count, lines_seen;
	size_t present;		/* presences that the process was told of */
};

/* What of the settings a play chooses; NULL is the default given here. Pieces of
   YAML, in flow style where they stand within something. */
struct play_settings {
	const char *listener;	/* "tls: off, allow_cleartext: yes" */
	const char *login;	/* what the settings' defaults are */
	const char *backends;	/* "{ name: a, host: 192.0.2.1 }" */
	const char *access;	/* backend_defaults */
	const char *more;	/* whole sections */
};

/* Gives settings with one listener, which speaks proto. To be freed with
   settings_free(). */
struct settings *play_house_settings(const struct proto *proto,
				     const struct play_settings *s);

/* The clock is to be held already. settings are borrowed. */
void play_house_open(struct play_house *house, const struct proto *proto,
		     const struct settings *settings);

/* Ends all sessions, and complains of what they left behind. */
void play_house_end(struct play_house *house);
void play_house_free(struct play_house *house);

/* Answers a lookup: "OK", or another result by its name, then fields with a TAB in
   front of each, as Dovecot's auth protocol has them; user and reason are taken
   out. */
void play_house_answer(struct play_house *house, struct play_question *q,
		       struct slice answer);

#endif
