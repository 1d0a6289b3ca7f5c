/* One client's stay, from accept to close: what a protocol may ask of it.

   Memory of the login (what is learnt before the user is in) goes when the
   relay starts. session_close() may be called anywhere: it marks, stops input
   and says goodbye; the session itself is freed after the present turn of the
   loop, so pointers stay good until you return. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "base/buf.h"
#include "base/log.h"
#include "core/close_reason.h"
#include "core/core.h"
#include "core/forward.h"
#include "core/proto.h"

struct target;

/* ---- for whoever accepts connections ----------------------------------- */

/* Begins a session on fd (taken; it does not block). */
void session_accept(struct core *core, const struct core_listener *listener,
		    int fd, const struct addr *peer);

/* ---- for protocols ----------------------------------------------------- */

/* The protocol's room: proto->session_state octets. NULL once the relay runs. */
void *session_state(const struct session *s);

/* Where the client's answers go; sent when the protocol returns. */
struct buf *session_out(struct session *s);

/* What the client told or a trusted peer told of it, and the arena for it. NULL
   once the relay runs. */
struct forward *session_forward(struct session *s);
struct arena *session_arena(struct session *s);

/* Who logs in, and how; empty before anybody tried. */
struct slice session_user(const struct session *s);
struct slice session_method(const struct session *s);
/* The name usher goes by. */
struct slice session_hostname(const struct session *s);

/* Appends what the client is told of a login that failed, behind the protocol's
   status and code. "Temporary authentication failure. [host:date]" is one: who
   failed, and when, is what an operator is told on the telephone. */
void session_add_words(const struct session *s, const struct verdict *v,
		       struct buf *out);

/* Where a user whom VERDICT_NOLOGIN turns away is to log in instead (RFC 2221). */
struct referral {
	struct slice user, host, text;
	uint16_t port;	/* 0: the protocol's */
};

/* False if it is not that verdict, or the lookup named no other place. Borrows
   from both. */
bool session_referral(const struct session *s, const struct verdict *v,
		      struct referral *out);

struct core *session_core(const struct session *s);
struct slice session_id(const struct session *s);
/* clock_now_ms() when the client connected. */
int64_t session_opened_ms(const struct session *s);
const struct core_listener *session_core_listener(const struct session *s);
/* As they are after forwarding. */
const struct addr *session_remote(const struct session *s);
const struct addr *session_local(const struct session *s);
/* The address the client is connected to, whatever anybody said. */
const struct addr *session_real_local(const struct session *s);

/* A question to the lookups about a user, as this session would ask it; without
   a password it is about a delivery. Borrows from the session and user. */
struct auth_request session_lookup_request(const struct session *s,
					   struct slice user);

const struct settings *session_settings(const struct session *s);
const struct listener_conf *session_listener(const struct session *s);
struct log session_log(const struct session *s);

/* The peer is inside login_trusted_networks: its words about the client are to
   be believed. */
bool session_is_trusted(const struct session *s);
/* TLS lies between the client and us. */
bool session_has_tls(const struct session *s);
/* A password may be said now, and there is somebody to judge it. */
bool session_may_login(const struct session *s);
/* The mechanisms that may be chosen now: *at is 0 at first. False: there are no
   more. */
bool session_next_mechanism(const struct session *s, size_t *at,
			    struct slice *name_out);
/* There is at least one. */
bool session_offers_sasl(const struct session *s);
/* TLS can be started. */
bool session_offers_starttls(const struct session *s);

/* The client's address or session id was replaced by a trusted peer's word:
   takes both from session_forward(). */
void session_identity_changed(struct session *s);

/* Input waits until session_resume(): the next command needs an answer that is
   not there yet. */
void session_hold(struct session *s);
/* Looks at input that waits, and sends what is in session_out(), after the
   present turn. To be called by whoever adds to it outside of client_input(). */
void session_resume(struct session *s);
bool session_is_held(const struct session *s);

/* From now on, or no more, the client sends bulk: it is read in large pieces. */
void session_expect_bulk(struct session *s, bool bulk);

/* The time limit of a protocol that counts silence. */
void session_limit_idle(struct session *s, int64_t ms);

/* There are octets of the client's that nobody has read, perhaps sent before they
   should have been. */
bool session_has_input(const struct session *s);

/* For logged_in(): the connection to the backend, and what was found about it,
   which lasts as long as the session. */
struct stream *session_take_server(struct session *s);
const struct target *session_target(const struct session *s);
/* Octets that went to the backend, and came from it, since. */
void session_count(struct session *s, uint64_t in, uint64_t out);

/* Starts TLS once what is in session_out() is sent. Octets of the client that
   are here already were said in the clear and are thrown away. */
void session_starttls(struct session *s);

/* Counts a command that made no sense; closes the session at the limit. */
void session_bad_command(struct session *s);
/* Counts from the beginning: for protocols where only nonsense in a row counts. */
void session_good_command(struct session *s);

/* Begins a SASL exchange. Without has_initial there is no initial response. Ends
   with auth_done(). Input waits meanwhile, but for what sasl_challenge() asks
   for. */
void session_sasl_begin(struct session *s, struct slice mechanism,
			bool has_initial, struct slice initial_base64);
/* True while the next line belongs to the exchange: hand it to
   session_sasl_line(), without its line end. */
bool session_in_sasl(const struct session *s);
void session_sasl_line(struct session *s, struct slice line);

/* A login by name and password alone (IMAP LOGIN, POP3 USER and PASS). */
void session_login(struct session *s, struct slice user,
		   struct slice password);

void session_close(struct session *s, enum close_reason why);
/* The same with a goodbye in other words than the reason's own. */
void session_close_saying(struct session *s, enum close_reason why,
			  struct slice words);

/* The dialogue with the backend, while there is one. */
struct backend *session_backend(struct session *s);

#endif
