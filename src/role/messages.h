/* What usher's processes say to each other: the whole of it. Each pair of roles
   has a socket pair of its own, made by the supervisor. */
#ifndef ROLE_MESSAGES_H
#define ROLE_MESSAGES_H

#include "base/ipc.h"
#include "base/message.h"

enum message_type {
	/* Supervisor to a role, in this order at its start. */
	MESSAGE_LOG = 1,	/* + descriptor: lines go there */
	MESSAGE_SETTINGS,	/* text for settings_parse() */
	MESSAGE_KEY,		/* CHILD_KEY octets, secret, the same for all */
	MESSAGE_FILE,		/* struct msg_file: for TLS to backends */
	MESSAGE_ROUTE_FILE,	/* struct msg_file: one of a set */
	MESSAGE_ROUTES,		/* the set is whole: use it */
	MESSAGE_CERTIFICATE,	/* struct msg_certificate: one of a set */
	MESSAGE_CERTIFICATES,	/* the set is whole: use it; text: the
				   authorities of clients' certificates */
	MESSAGE_TICKET_KEYS,	/* struct msg_ticket_keys */
	MESSAGE_LISTENER,	/* struct msg_listener + descriptor */
	MESSAGE_ADMIN_SOCKET,	/* + descriptor, to the director */
	MESSAGE_PEER,		/* struct msg_peer + descriptor */
	MESSAGE_GO,		/* all is there: begin */
	/* Supervisor to a role, later. */
	MESSAGE_RETIRE,		/* struct msg_end: accept no more, end when the
				   last session does */
	MESSAGE_SHUTDOWN,	/* struct msg_end: say goodbye, and end */
	MESSAGE_RELOADED,	/* struct msg_reloaded, to the director */
	/* A role to the supervisor. */
	MESSAGE_READY,		/* begun */
	MESSAGE_LOG_LOST,	/* the log needs a new descriptor */
	MESSAGE_RETIRED,	/* accepts no more */
	MESSAGE_NO_LOGINS,	/* retired, and all of its sessions relay */
	MESSAGE_RELOAD,		/* struct msg_id: an operator asks for it */

	/* Worker to auth, and back. */
	MESSAGE_ASK,		/* struct msg_ask */
	MESSAGE_FORGET,		/* struct msg_id */
	MESSAGE_ANSWER,		/* struct msg_answer */
	MESSAGE_CHALLENGE,	/* struct msg_step: the client is to answer */
	MESSAGE_CONTINUE,	/* struct msg_step: it did */
	MESSAGE_OFFERS,		/* struct msg_offers */

	/* Worker to director. */
	MESSAGE_WORKER,		/* struct msg_worker: who I am */
	MESSAGE_OPENED,		/* struct msg_session */
	MESSAGE_CLOSED,		/* struct msg_id of the session's serial */
	MESSAGE_SESSION,	/* struct msg_session: one of a list */
	MESSAGE_SESSIONS_END,	/* struct msg_page_end */
	MESSAGE_KICKED,		/* struct msg_count */
	MESSAGE_COUNTERS,	/* struct msg_counters */
	/* Director to worker. */
	MESSAGE_HOST,		/* struct msg_host: where a backend is */
	MESSAGE_LIST,		/* struct msg_page: which sessions are there? */
	MESSAGE_KICK,		/* struct msg_kick */
	MESSAGE_COUNT,		/* struct msg_id: how are your counters? */
};

#define MSG_ID(F) F(U64, id)
MESSAGE_STRUCT(msg_id, MSG_ID);

#define MSG_FILE(F) F(TEXT, path) F(TEXT, text)
MESSAGE_STRUCT(msg_file, MSG_FILE);

#define MSG_CERTIFICATE(F) \
	F(TEXT, name) F(TEXT, cert) F(TEXT, key) F(TEXT, key_password)
MESSAGE_STRUCT(msg_certificate, MSG_CERTIFICATE);

#define MSG_TICKET_KEYS(F) F(TEXT, current) F(TEXT, previous)
MESSAGE_STRUCT(msg_ticket_keys, MSG_TICKET_KEYS);

/* listener counts settings' listeners; local is where the socket listens. */
#define MSG_LISTENER(F) F(U32, listener) F(ADDR, local)
MESSAGE_STRUCT(msg_listener, MSG_LISTENER);

/* role is enum role; index counts the processes of that role. */
#define MSG_PEER(F) F(U32, role) F(U32, index)
MESSAGE_STRUCT(msg_peer, MSG_PEER);

/* Milliseconds; 0 is for ever. */
#define MSG_END(F) F(U64, timeout_ms)
MESSAGE_STRUCT(msg_end, MSG_END);

/* text: what is wrong with the new configuration; empty: it runs. */
#define MSG_RELOADED(F) F(U64, id) F(TEXT, text)
MESSAGE_STRUCT(msg_reloaded, MSG_RELOADED);

/* As struct auth_request has it; proof is enum auth_proof. */
#define MSG_ASK(F) \
	F(U64, id) F(TEXT, service) F(TEXT, mechanism) F(U32, proof) \
	F(TEXT, user) F(TEXT, authzid) F(TEXT, password) \
	F(BOOL, has_response) F(TEXT, response) F(VARS, bindings) \
	F(BOOL, binding_offered) F(TEXT, session) F(TEXT, local_name) \
	F(ADDR, remote) F(ADDR, local) F(ADDR, real_remote) \
	F(ADDR, real_local) F(ADDR, haproxy_source) \
	F(ADDR, haproxy_destination) F(BOOL, tls) F(TEXT, tls_version) \
	F(TEXT, tls_cipher) F(TEXT, cert_verify) F(TEXT, cert_subject) \
	F(TEXT, cert_issuer) F(TEXT, cert_serial) F(TEXT, cert_fingerprint) \
	F(TEXT, cert_pem) F(U32, attempt) F(BOOL, secured) \
	F(BOOL, lookup_only) F(TEXT, smtp_helo) F(TEXT, smtp_from) \
	F(TEXT, smtp_to) F(TEXT, client_host) F(VARS, client_id) \
	F(VARS, forward)
MESSAGE_STRUCT(msg_ask, MSG_ASK);

/* As struct auth_answer has it; result is enum auth_result. */
#define MSG_ANSWER(F) \
	F(U64, id) F(U32, result) F(TEXT, user) F(TEXT, reason) F(TEXT, code) \
	F(BOOL, verbatim) F(TEXT, token_error) F(BOOL, carried) \
	F(BOOL, has_delay) F(U64, delay_ms) F(BOOL, hang_up) F(VARS, fields)
MESSAGE_STRUCT(msg_answer, MSG_ANSWER);

/* One message of an exchange, decoded. */
#define MSG_STEP(F) F(U64, id) F(TEXT, text)
MESSAGE_STRUCT(msg_step, MSG_STEP);

/* The mechanisms that can be served now: a protocol's name, and theirs with
   blanks between them. */
#define MSG_OFFERS(F) F(VARS, offers)
MESSAGE_STRUCT(msg_offers, MSG_OFFERS);

#define MSG_WORKER(F) F(U32, index) F(U32, pid)
MESSAGE_STRUCT(msg_worker, MSG_WORKER);

#define MSG_SESSION(F) \
	F(U64, question) F(U64, serial) F(TEXT, user) F(TEXT, session) \
	F(TEXT, backend) F(TEXT, protocol) F(ADDR, client) F(U64, age_ms) \
	F(U64, in) F(U64, out) F(BOOL, tls)
MESSAGE_STRUCT(msg_session, MSG_SESSION);

/* Sessions from this serial on, at most so many: a list may be longer than the
   socket between us can take at once. */
#define MSG_PAGE(F) F(U64, id) F(U64, from) F(U64, most)
MESSAGE_STRUCT(msg_page, MSG_PAGE);

/* next: where the next page begins, if there is more. */
#define MSG_PAGE_END(F) F(U64, id) F(BOOL, more) F(U64, next)
MESSAGE_STRUCT(msg_page_end, MSG_PAGE_END);

#define MSG_COUNT(F) F(U64, id) F(U64, count)
MESSAGE_STRUCT(msg_count, MSG_COUNT);

/* logins: name and count of every result. */
#define MSG_COUNTERS(F) \
	F(U64, id) F(U64, accepted) F(U64, sessions) F(U64, relays) \
	F(U64, in) F(U64, out) F(VARS, logins)
MESSAGE_STRUCT(msg_counters, MSG_COUNTERS);

/* The backend of that name and host setting; addrs: a name each, the value
   empty. By name, since director and worker may be of different
   configurations while a reload is under way. */
#define MSG_HOST(F) F(TEXT, name) F(TEXT, host) F(VARS, addrs)
MESSAGE_STRUCT(msg_host, MSG_HOST);

#define MSG_KICK(F) F(U64, id) F(TEXT, user) F(TEXT, session)
MESSAGE_STRUCT(msg_kick, MSG_KICK);

/* Puts one message together and sends it, e.g.
	SEND(&w->director, MESSAGE_KICK, msg_kick, .id = 7, .user = user); */
#define SEND(port, type, tag, ...) SEND_FD(port, type, tag, -1, __VA_ARGS__)

/* The same with a descriptor, which it takes. */
#define SEND_FD(port, type, tag, fd, ...)                           \
	do {                                                        \
		struct buf body_;                                   \
		buf_init(&body_, IPC_MAX_MESSAGE);                  \
		tag##_put(&(struct tag){ __VA_ARGS__ }, &body_);    \
		message_send((port), (type), &body_, (fd));         \
	} while (0)

/* Sends body and frees it. */
void message_send(struct ipc *port, enum message_type type, struct buf *body,
		  int fd);

#endif
