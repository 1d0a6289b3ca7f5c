/* Transcripts as tests: a whole session of the real core, on a played network and
   a held clock, with a script at every other end.

   A line says who speaks, as in the pages of the spec, and what. What the script's
   own sides do happens; what usher does must have happened, octet for octet:

	C: a LOGIN jane secret		the client sends this line and CRLF
	S: a OK Logged in		the client was sent it next
	B: +OK ready			the backend sends it
	P: USER jane			the backend was sent it next
	Q: PLAIN jane secret		usher looks this up ("lookup jane" without a
					password) ...
	A: OK\thost=192.0.2.7		... and gets this answer; or CHALLENGE\ttext,
					and then "Q: > response"
	L: proxy.failed refused		usher logged this event, with this text in it
	-- 2 s				time passes (ms, s, min); or core_kick() and
					others, see the table in play.c

   "C>" in place of "C:" (and so for S, B, P) is what follows alone, without CRLF.
   ' stands for ", which C makes hard to read; an apostrophe cannot be said. Lines of
   one side in a row are one segment; "--" alone ends it. Other things that happen to
   a connection:

	C -- connects from 192.0.2.9:1	C -- closes	S -- closes
	B -- accepts	B -- refuses	C -- ends	P -- ends
	C -- resets	C -- is deaf	C -- takes 10	C -- listens
	C -- TLS mail.example.com	P -- TLS mx.example.com		B -- TLS !
	P -- connects to 192.0.2.1:143 from 192.0.2.200

	("TLS" with the SNI; on the side that answers "TLS" alone, or "TLS !" for
	a certificate that is not valid. "ends": says no more, but listens. Where
	the other side was gone already, that usher closes needs no line.)

   240.0.0.0/4 cannot even be tried: there is no way to it.

   The client is connected when the script begins. A backend that is spoken to, or
   of, accepts usher's connection by itself. Further clients are C2, S2 and so on;
   several backends Ba, Pa, Bb by the letter at the end of their settings' name.
   Without one, the connection that came last is meant.

   Before the script does anything, all that usher has done by then must have been
   said: each octet, connection, end and lookup, each warning and error in the log
   (lines of level info may be left out). So a transcript is all that happens, in
   that order. The end of the script ends all sessions. */
#ifndef TESTS_UNIT_PLAY_H
#define TESTS_UNIT_PLAY_H

#include "core/proto.h"
#include "play_house.h"
#include "play_net.h"

#define PLAY_LINES 80

struct play {
	const char *title;	/* the sentence that is false if it fails */
	struct play_settings with;
	const char *client;	/* 203.0.113.9:40000 */
	const char *usher;	/* the address it connects to; 198.51.100.1:1 */
	int64_t wall_us;	/* the time it begins; see PLAY_WALL_US */
	/* What every lookup is answered with. Not given: the script answers, or if
	   it has no line "A:", "OK" without fields. */
	const char *answer;
	/* It means something which octets come together. Else it is played again
	   with all segments cut in two, at every place, and with every octet by
	   itself. */
	bool whole;
	const char *lines[PLAY_LINES];
};

/* 2026-11-22 07:26:07 UTC */
#define PLAY_WALL_US INT64_C(1795332367000000)

/* Plays it every way. Fails the test with title, line and what was there. */
void play_run(const struct proto *proto, const struct play *play);

/* Plays it once, with segments whole, and gives what is wrong with it; NULL if
   nothing is. */
const char *play_complaint(const struct proto *proto, const struct play *play);

/* A line: front, and behind it n times text. To be freed with buf_free(). */
struct buf play_line_of(struct slice front, struct slice text, size_t n);

/* A suite of a file's plays. */
#define PLAY_SUITE(suite_name, proto, plays)                                \
	START_TEST(suite_name##_plays)                                      \
	{                                                                   \
		play_run(&(proto), &(plays)[_i]);                           \
	}                                                                   \
	END_TEST                                                            \
	Suite *suite_##suite_name(void)                                     \
	{                                                                   \
		Suite *suite = suite_create(#suite_name);                   \
		TCase *all = tcase_create(#suite_name);                     \
		tcase_add_loop_test(all, suite_name##_plays, 0,             \
				    (int)(sizeof(plays) /                   \
					  sizeof((plays)[0])));             \
		suite_add_tcase(suite, all);                                \
		return suite;                                               \
	}                                                                   \
	struct play	/* takes the semicolon */

#endif
