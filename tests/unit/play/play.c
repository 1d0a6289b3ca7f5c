#include "play.h"

#include <check.h>
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/log_sink.h"
#include "core/session.h"
#include "play_loop.h"
#include "play_net.h"
#include "play_tls.h"
#include "unit_clock.h"

/* Clients of one script. */
#define MAX_CLIENTS 10

/* Where a segment is cut: after so many octets; or nowhere, or everywhere. */
#define CUT_NOWHERE 0
#define CUT_EVERYWHERE SIZE_MAX

/* A performance: one play, played one way. */
static struct stage {
	const struct play *play;
	struct play_house house;
	size_t cut;
	size_t longest;			/* segment */
	size_t at;			/* the line that is played */
	struct play_connection *clients[MAX_CLIENTS];
	struct play_connection *speaker;	/* whose segment is said */
	struct buf said;
} stage;

/* Octets of a text that a failure shows: Check has a limit, and so have readers. */
#define SHOWN 1024

/* Where a failure goes that is looked for; see play_complaint(). */
static jmp_buf trap;
static bool is_trapped;
static char complaint[2 * SHOWN];

/* ---- what a failure says ----------------------------------------------- */

static void
print_octets(char *out, size_t size, struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n + 8 < size; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\r' || c == '\n')
			n += (size_t)snprintf(out + n, size - n, "\\%c",
					      c == '\r' ? 'r' : 'n');
		else
			n += (size_t)snprintf(out + n, size - n,
					      isprint(c) ? "%c" : "\\x%02x", c);
	}
	out[n] = '\0';
}

static const char *
describe_cut(void)
{
	static char text[64];

	if (stage.cut == CUT_NOWHERE)
		return "";
	snprintf(text, sizeof(text), stage.cut == CUT_EVERYWHERE ?
					    " (octet by octet)" :
					    " (cut at %zu)", stage.cut);
	return text;
}

void
play_fail(const char *fmt, ...)
{
	const struct play *p = stage.play;
	const char *line = p == NULL ? NULL : p->lines[stage.at];
	char quoted[SHOWN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, args);
	va_end(args);
	if (is_trapped)
		longjmp(trap, 1);
	print_octets(quoted, sizeof(quoted), slice_of(line));
	ck_abort_msg("\"%s\"%s, line %zu \"%s\": %s", p == NULL ? "" : p->title,
		     describe_cut(), stage.at + 1,
		     line == NULL ? "(the end)" : quoted, complaint);
	abort();	/* never: the line above has left */
}

/* ---- who is who -------------------------------------------------------- */

static bool
is_client(const struct play_connection *c)
{
	for (size_t i = 0; i < MAX_CLIENTS; i++) {
		if (stage.clients[i] == c)
			return true;
	}
	return false;
}

/* The backend of settings whose name is this letter. */
static bool
is_called(const struct play_connection *c, char letter)
{
	const struct mail_hosts *hosts = stage.house.hosts;
	const struct slice name = { &letter, 1 };

	for (size_t i = 0; i < hosts->n; i++) {
		const struct mail_host *h = &hosts->v[i];

		if (!slice_eq(h->conf->name, name))
			continue;
		for (size_t k = 0; k < h->addr_count; k++) {
			if (addr_same_ip(&h->addrs[k], &c->peer))
				return true;
		}
	}
	return false;
}

/* The newest connection to a backend; letter is 0 for any. */
static struct play_connection *
newest_backend(char letter)
{
	struct play_connection *newest = NULL, *c;

	for (size_t i = 0; (c = play_net_connection(i)) != NULL; i++) {
		if (!is_client(c) && (letter == 0 || is_called(c, letter)))
			newest = c;
	}
	if (newest == NULL)
		play_fail("usher has not connected there");
	return newest;
}

/* The oldest connection to a backend that no line spoke of yet. */
static struct play_connection *
next_unseen(char letter)
{
	struct play_connection *c;

	for (size_t i = 0; (c = play_net_connection(i)) != NULL; i++) {
		if (!is_client(c) && !c->seen_connect &&
		    (letter == 0 || is_called(c, letter)))
			return c;
	}
	play_fail("usher has not connected anywhere new");
}

static struct play_connection *
client_of(char digit)
{
	size_t i = digit == 0 ? 0 : (size_t)(digit - '1');

	if (i >= MAX_CLIENTS || stage.clients[i] == NULL)
		play_fail("there is no such client");
	return stage.clients[i];
}

static void
accept_if_asked(struct play_connection *c)
{
	if (c->standing != PLAY_CONNECTING)
		return;
	play_net_answer(c, true);
	play_settle(stage.house.loop);
}

/* Whom a line is about. One that speaks of a backend makes it accept. */
static struct play_connection *
connection_of(char side, char which)
{
	if (side == 'C' || side == 'S')
		return client_of(which);
	return newest_backend(which);
}

/* ---- nothing is passed over -------------------------------------------- */

/* The script's side has gone first: that usher goes too goes without saying. */
static bool
was_left(const struct play_connection *c)
{
	return c->closed || c->standing == PLAY_REFUSED;
}

static void
check_connection(const struct play_connection *c, size_t number)
{
	char octets[SHOWN];

	if (!c->seen_connect)
		play_fail("usher connected (connection %zu), and no line says so",
			  number);
	if (c->from_usher.n > 0) {
		print_octets(octets, sizeof(octets), buf_slice(&c->from_usher));
		play_fail("usher said to the %s, and no line says so: \"%s\"",
			  is_client(c) ? "client" : "backend", octets);
	}
	if (c->usher_closed && !c->seen_close && !was_left(c))
		play_fail("usher closed connection %zu, and no line says so",
			  number);
	if (c->usher_ended && !c->usher_closed && !c->seen_end && !was_left(c))
		play_fail("usher ended connection %zu, and no line says so",
			  number);
}

static void
check_log(void)
{
	struct play_house *h = &stage.house;

	for (; h->lines_seen < h->line_count; h->lines_seen++) {
		enum log_event ev = h->lines[h->lines_seen].event;

		if (log_event_row(ev)->level <= LEVEL_WARN)
			play_fail("usher logged, and no line says so: %s %s",
				  log_event_row(ev)->name,
				  h->lines[h->lines_seen].text);
	}
}

static void
check_questions(void)
{
	const struct play_house *h = &stage.house;

	for (size_t i = 0; i < h->question_count; i++) {
		if (!h->questions[i].seen)
			play_fail("usher looked up, and no line says so: %s",
				  h->questions[i].text);
	}
}

/* except: the connection that the present line is about, whose being made needs
   no line of its own. */
static void
check_all_was_said(const struct play_connection *except)
{
	struct play_connection *c;

	for (size_t i = 0; (c = play_net_connection(i)) != NULL; i++) {
		if (c != except || c->seen_connect)
			check_connection(c, i);
	}
	check_questions();
	check_log();
}

/* ---- octets ------------------------------------------------------------ */

/* Appends the octets a line stands for. */
static void
add_octets(struct buf *out, struct slice text, bool line)
{
	for (size_t i = 0; i < text.n; i++)
		buf_add_char(out, text.p[i] == '\'' ? '"' : text.p[i]);
	if (line)
		buf_add(out, SL("\r\n"));
	if (!buf_ok(out))
		play_fail("the line is too long for a play");
}

static void
say_piece(struct slice *rest, size_t n)
{
	play_net_say(stage.speaker, slice_first(*rest, n));
	*rest = slice_skip(*rest, n);
	play_settle(stage.house.loop);
}

/* Says the segment that was collected, cut as this performance has it. */
static void
finish_segment(void)
{
	struct slice rest = buf_slice(&stage.said);

	if (stage.speaker == NULL)
		return;
	if (rest.n > stage.longest)
		stage.longest = rest.n;
	if (stage.cut != CUT_EVERYWHERE && stage.cut < rest.n && stage.cut > 0)
		say_piece(&rest, stage.cut);
	while (stage.cut == CUT_EVERYWHERE && rest.n > 1)
		say_piece(&rest, 1);
	say_piece(&rest, rest.n);
	buf_clear(&stage.said);
	stage.speaker = NULL;
}

static void
collect(struct play_connection *c, struct slice text, bool line)
{
	if (c != stage.speaker) {
		finish_segment();
		check_all_was_said(c);
		accept_if_asked(c);
	}
	stage.speaker = c;
	add_octets(&stage.said, text, line);
}

static void
expect(struct play_connection *c, struct slice text, bool line)
{
	char octets[SHOWN];
	struct buf want;
	bool good;

	accept_if_asked(c);
	buf_init(&want, PLAY_LONGEST);
	add_octets(&want, text, line);
	good = slice_starts(buf_slice(&c->from_usher), buf_slice(&want));
	if (good)
		buf_drop(&c->from_usher, want.n);
	buf_free(&want);
	print_octets(octets, sizeof(octets), buf_slice(&c->from_usher));
	if (!good)
		play_fail(c->from_usher.n == 0 ? "usher said nothing%s" :
						 "usher said \"%s\"", octets);
}

/* ---- what happens to a connection -------------------------------------- */

struct happening {
	char side, which;
	struct slice rest;	/* of the words */
};

/* Takes one word off the front. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word = { 0 };

	slice_cut_word(rest, &word);
	return word;
}

static struct addr
read_addr(struct slice text)
{
	struct addr a;

	if (!addr_parse(text, &a) && !addr_parse_ip(text, &a))
		play_fail("%.*s is no address", SL_FMT(text));
	return a;
}

static void
begin_client(size_t i, struct slice from)
{
	struct addr client = read_addr(from), usher;

	usher = read_addr(slice_or(slice_of(stage.play->usher),
				   SL("198.51.100.1:1")));
	stage.clients[i] = play_net_client(&client, &usher);
	session_accept(&stage.house.core, &stage.house.listener,
		       stage.clients[i]->fd, &client);
	play_settle(stage.house.loop);
}

/* "connects [from ADDR]" */
static void
client_connects(const struct happening *h)
{
	struct slice rest = h->rest;

	if (h->which < '2' || !slice_eq(next_word(&rest), SL("from")))
		play_fail("a further client connects from somewhere");
	begin_client((size_t)(h->which - '1'), next_word(&rest));
}

/* "connects [to ADDR] [from IP]" */
static void
usher_connects(const struct happening *h)
{
	struct play_connection *c = next_unseen(h->which);
	struct slice rest = h->rest, word;
	char text[ADDR_TEXT];
	struct addr a;

	c->seen_connect = true;
	while ((word = next_word(&rest)).n > 0) {
		a = read_addr(next_word(&rest));
		if (slice_eq(word, SL("to")) && !addr_eq(&a, &c->peer))
			play_fail("it is %s", addr_text(&c->peer, text));
		if (slice_eq(word, SL("from")) && !addr_eq(&a, &c->source))
			play_fail("it is %s", addr_text(&c->source, text));
	}
}

static void
usher_shakes_hands(const struct happening *h)
{
	struct play_connection *c = connection_of(h->side, h->which);
	struct buf hello;

	buf_init(&hello, 512);
	BUF_ADD(&hello, PLAY_TLS_HELLO, h->rest, SL("\n"));
	expect(c, buf_slice(&hello), false);
	buf_free(&hello);
}

/* Of a side's connections, the first that this has happened to and no line spoke of
   yet: a new one may have been made since. */
static struct play_connection *
first_of(const struct happening *h,
	 bool (*has_happened)(const struct play_connection *c))
{
	struct play_connection *c;

	if (h->side == 'S') {
		c = client_of(h->which);
		if (has_happened(c))
			return c;
	}
	for (size_t i = 0; h->side == 'P' &&
			   (c = play_net_connection(i)) != NULL; i++) {
		if (!is_client(c) && has_happened(c) &&
		    (h->which == 0 || is_called(c, h->which)))
			return c;
	}
	play_fail("it has not, or said something first");
}

static bool
has_ended(const struct play_connection *c)
{
	return c->usher_ended && !c->usher_closed && !c->seen_end &&
	       !was_left(c) && c->from_usher.n == 0;
}

static void
usher_ends(const struct happening *h)
{
	first_of(h, has_ended)->seen_end = true;
}

static bool
has_closed(const struct play_connection *c)
{
	return c->usher_closed && !c->seen_close && !was_left(c) &&
	       c->from_usher.n == 0;
}

static void
usher_closes(const struct happening *h)
{
	first_of(h, has_closed)->seen_close = true;
}

static void
shakes_hands(struct play_connection *c, struct slice name)
{
	struct buf hello;

	buf_init(&hello, 512);
	BUF_ADD(&hello, PLAY_TLS_HELLO, name, SL("\n"));
	collect(c, buf_slice(&hello), false);
	finish_segment();
	buf_free(&hello);
}

static void
takes(struct play_connection *c, struct slice words)
{
	uint64_t n;

	if (!slice_to_u64(next_word(&words), SIZE_MAX, &n))
		play_fail("how many octets?");
	play_net_room(c, (size_t)n);
}

static void
is_deaf(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_room(c, 0);
}

static void
listens(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_room(c, SIZE_MAX);
}

static void
accepts(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_answer(c, true);
}

static void
refuses(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_answer(c, false);
}

static void
ends(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_end(c);
}

static void
closes(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_close(c);
}

static void
resets(struct play_connection *c, struct slice words)
{
	(void)words;
	play_net_reset(c);
}

/* What the script's side does, C or B. */
static const struct {
	struct slice verb;
	bool connected;		/* it takes a connection that stands */
	void (*run)(struct play_connection *c, struct slice words);
} acts[] = {
	{ SL("accepts"), false, accepts },  { SL("refuses"), false, refuses },
	{ SL("takes"), false, takes },	    { SL("is"), false, is_deaf },
	{ SL("listens"), false, listens },  { SL("TLS"), true, shakes_hands },
	{ SL("ends"), true, ends },	    { SL("closes"), true, closes },
	{ SL("resets"), true, resets },
};

/* What usher must have done, S or P. */
static const struct {
	struct slice verb;
	void (*run)(const struct happening *h);
} deeds[] = {
	{ SL("connects"), usher_connects }, { SL("TLS"), usher_shakes_hands },
	{ SL("ends"), usher_ends },	    { SL("closes"), usher_closes },
};

static void
act(struct happening *h, struct slice verb)
{
	struct play_connection *c;

	if (slice_eq(verb, SL("connects"))) {
		client_connects(h);
		return;
	}
	c = connection_of(h->side, h->which);
	check_all_was_said(c);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (!slice_eq(acts[i].verb, verb))
			continue;
		if (acts[i].connected)
			accept_if_asked(c);
		acts[i].run(c, h->rest);
		play_settle(stage.house.loop);
		return;
	}
	play_fail("nobody can do that");
}

static void
happen(char side, char which, struct slice words)
{
	struct slice verb = next_word(&words);
	struct happening h = { side, which, slice_trim(words) };

	finish_segment();
	if (side == 'C' || side == 'B') {
		act(&h, verb);
		return;
	}
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (!slice_eq(deeds[i].verb, verb))
			continue;
		deeds[i].run(&h);
		return;
	}
	play_fail("usher cannot do that");
}

/* ---- lookups and log --------------------------------------------------- */

static struct play_question *
find_question(bool (*is_it)(const struct play_question *q))
{
	struct play_house *h = &stage.house;

	for (size_t i = 0; i < h->question_count; i++) {
		if (is_it(&h->questions[i]))
			return &h->questions[i];
	}
	play_fail("there is no such lookup");
}

static bool
is_unseen(const struct play_question *q)
{
	return !q->seen;
}

static bool
is_open(const struct play_question *q)
{
	return q->question != NULL;
}

static bool
was_forgotten(const struct play_question *q)
{
	return q->forgotten;
}

static void
expect_question(struct slice text)
{
	struct play_question *q = find_question(is_unseen);

	q->seen = true;
	if (!slice_eq(slice_of(q->text), text))
		play_fail("it is %s", q->text);
}

static void
answer_question(struct slice answer)
{
	check_all_was_said(NULL);
	play_house_answer(&stage.house, find_question(is_open), answer);
	play_settle(stage.house.loop);
}

/* "Q -- is forgotten" */
static void
expect_forgotten(void)
{
	find_question(was_forgotten)->forgotten = false;
}

/* "event text" */
static void
expect_log(struct slice text)
{
	struct play_house *h = &stage.house;
	struct slice name = next_word(&text);

	text = slice_trim(text);
	for (; h->lines_seen < h->line_count; h->lines_seen++) {
		const struct play_line *l = &h->lines[h->lines_seen];
		const struct log_event_row *row = log_event_row(l->event);

		if (slice_eq(slice_of(row->name), name) &&
		    memmem(l->text, strlen(l->text), text.p, text.n) != NULL) {
			h->lines_seen++;
			return;
		}
		if (row->level <= LEVEL_WARN)
			play_fail("usher logged %s %s", row->name, l->text);
	}
	play_fail("usher has not logged it");
}

/* ---- time, and orders -------------------------------------------------- */

static bool
pass_time(struct slice words)
{
	static const struct {
		struct slice name;
		int64_t ms;
	} units[] = { { SL("ms"), 1 }, { SL("s"), 1000 }, { SL("min"), 60000 } };
	struct slice number = next_word(&words), unit = next_word(&words);
	uint64_t n;

	if (!slice_to_u64(number, 1000000, &n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (slice_eq(units[i].name, unit)) {
			play_pass(stage.house.loop, (int64_t)n * units[i].ms);
			return true;
		}
	}
	return false;
}

static void
kick(struct slice user)
{
	core_kick(&stage.house.core, user, (struct slice){ 0 });
}

static void
kick_session(struct slice id)
{
	core_kick(&stage.house.core, (struct slice){ 0 }, id);
}

static void
describe_presence(void *arg, const struct presence_facts *p)
{
	struct buf *out = arg;
	char text[ADDR_TEXT];

	buf_addf(out, "%s%.*s %s %.*s %s %s", out->n > 0 ? ", " : "",
		 SL_FMT(p->user), p->protocol, SL_FMT(p->backend),
		 addr_text(&p->client, text), p->tls ? "TLS" : "clear");
}

/* Who is in, as usherctl would show it. */
static void
who(struct slice want)
{
	uint64_t from = 0;
	struct buf got;
	bool good;

	buf_init(&got, SHOWN);
	presence_each(&stage.house.core, &from, 100, describe_presence, &got);
	good = slice_eq(buf_slice(&got), want);
	snprintf(complaint, sizeof(complaint), "%.*s", SL_FMT(buf_slice(&got)));
	buf_free(&got);
	if (!good)
		play_fail("it is %s", complaint);
}

static void
drain(struct slice whom)
{
	core_drain(&stage.house.core, slice_eq(whom, SL("everybody")));
}

static void
sweep(struct slice unused)
{
	(void)unused;
	core_sweep(&stage.house.core);
}

static const struct {
	struct slice verb;
	void (*run)(struct slice words);
} orders[] = {
	{ SL("kick"), kick },	/* kick USER */
	{ SL("kick-session"), kick_session },	/* kick-session ID */
	{ SL("drain"), drain },	/* drain [everybody] */
	{ SL("sweep"), sweep },
	{ SL("who"), who },	/* who USER PROTOCOL BACKEND CLIENT TLS|clear, ... */
};

static void
obey(struct slice words)
{
	struct slice rest = words, verb = next_word(&rest);

	finish_segment();
	if (verb.n == 0)
		return;
	check_all_was_said(NULL);
	if (pass_time(words))
		return;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (!slice_eq(orders[i].verb, verb))
			continue;
		orders[i].run(slice_trim(rest));
		play_settle(stage.house.loop);
		return;
	}
	play_fail("nobody gives that order");
}

/* ---- lines ------------------------------------------------------------- */

/* Octets: "side: text" or "side> octets". */
static void
speak(char side, char which, struct slice text, bool line)
{
	struct play_connection *c;

	if (stage.speaker != NULL && is_client(stage.speaker) != (side == 'C'))
		finish_segment();
	if (side == 'C' || side == 'B') {
		collect(connection_of(side, which), text, line);
		return;
	}
	finish_segment();
	switch (side) {
	case 'S':
	case 'P':
		c = connection_of(side, which);
		expect(c, text, line);
		return;
	case 'Q':
		expect_question(text);
		return;
	case 'A':
		answer_question(text);
		return;
	case 'L':
		expect_log(text);
		return;
	default:
		play_fail("who is %c?", side);
	}
}

static void
play_line(struct slice line)
{
	char side = line.p[0], which = 0;
	struct slice rest;

	if (slice_starts(line, SL("--"))) {
		obey(slice_skip(line, 2));
		return;
	}
	rest = slice_skip(line, 1);
	if (rest.n > 0 && isalnum((unsigned char)rest.p[0])) {
		which = rest.p[0];
		rest = slice_skip(rest, 1);
	}
	if (side == 'Q' && slice_starts(rest, SL(" -- is forgotten")))
		expect_forgotten();
	else if (slice_starts(rest, SL(" -- ")))
		happen(side, which, slice_skip(rest, 4));
	else if (slice_starts(rest, SL(": ")) || slice_starts(rest, SL("> ")))
		speak(side, which, slice_skip(rest, 2), rest.p[0] == ':');
	else if (slice_eq(rest, SL(":")))
		speak(side, which, SL(""), true);
	else
		play_fail("the line makes no sense");
}

/* ---- performances ------------------------------------------------------ */

static bool
has_answers(const struct play *play)
{
	for (size_t i = 0; play->lines[i] != NULL; i++) {
		if (slice_starts(slice_of(play->lines[i]), SL("A: ")))
			return true;
	}
	return false;
}

static void
raise_curtain(const struct proto *proto, const struct play *play,
	      const struct settings *settings, size_t cut)
{
	int64_t wall = play->wall_us == 0 ? PLAY_WALL_US : play->wall_us;

	setenv("TZ", "UTC", 1);
	memset(&stage, 0, sizeof(stage));
	stage.play = play;
	stage.cut = cut;
	buf_init(&stage.said, PLAY_LONGEST);
	unit_clock_hold_at(wall);
	play_net_begin();
	play_house_open(&stage.house, proto, settings);
	if (play->answer != NULL || !has_answers(play))
		stage.house.answer = play->answer == NULL ? "OK" : play->answer;
	begin_client(0, slice_or(slice_of(play->client),
				 SL("203.0.113.9:40000")));
}

static void
clean_up(void)
{
	play_house_free(&stage.house);
	play_net_begin();
	buf_free(&stage.said);
	stage.play = NULL;
}

static void
drop_curtain(void)
{
	finish_segment();
	check_all_was_said(NULL);
	play_house_end(&stage.house);
	clean_up();
}

/* Gives the length of the longest segment. */
static size_t
perform(const struct proto *proto, const struct play *play,
	const struct settings *settings, size_t cut)
{
	raise_curtain(proto, play, settings, cut);
	for (; play->lines[stage.at] != NULL; stage.at++)
		play_line(slice_of(play->lines[stage.at]));
	drop_curtain();
	return stage.longest;
}

void
play_run(const struct proto *proto, const struct play *play)
{
	struct settings *settings = play_house_settings(proto, &play->with);
	size_t longest = perform(proto, play, settings, CUT_NOWHERE);

	if (!play->whole)
		perform(proto, play, settings, CUT_EVERYWHERE);
	for (size_t cut = 1; !play->whole && cut < longest; cut++)
		perform(proto, play, settings, cut);
	settings_free(&settings);
}

const char *
play_complaint(const struct proto *proto, const struct play *play)
{
	static struct settings *settings;
	bool failed;

	settings = play_house_settings(proto, &play->with);
	failed = setjmp(trap) != 0;
	is_trapped = !failed;
	if (!failed)
		perform(proto, play, settings, CUT_NOWHERE);
	is_trapped = false;
	if (failed) {
		core_free(&stage.house.core);
		clean_up();
	}
	settings_free(&settings);
	return failed ? complaint : NULL;
}

struct buf
play_line_of(struct slice front, struct slice text, size_t n)
{
	struct buf line;

	buf_init(&line, PLAY_LONGEST);
	buf_add(&line, front);
	while (n-- > 0)
		buf_add(&line, text);
	buf_add_char(&line, '\0');
	ck_assert(buf_ok(&line));
	return line;
}
