/* Every event usher can log. The text is the line's first part as Dovecot words
   it; {name} is one of the event's fields, {name?a|b} writes a, the field and b
   only if it has a value (of a count: if it is not 0). Fields that the text does
   not name follow as "name=value". The last column is the manual's.

   doc/events.md is made from this list. */
#ifndef BASE_LOG_EVENTS_H
#define BASE_LOG_EVENTS_H

/*	  id              event name           level        text  what the manual says */
#define LOG_EVENTS(X) \
	X(SESSION_LOGIN,  "session.login",     LEVEL_INFO,  "Login", \
	  "A user is in: usher's lookup and the backend both said yes.") \
	X(SESSION_ENDED,  "session.ended",     LEVEL_INFO, \
	  "Disconnected: {why}{attempts? (|)}", \
	  "A client left, or was made to, before it was logged in.") \
	X(SESSION_STATE,  "session.state",     LEVEL_DEBUG, "State {from} -> {to}", \
	  "A step in a session's life.") \
	X(LOGIN_FAILED,   "login.failed",      LEVEL_INFO, \
	  "Login failed: {result} ({attempt} attempts)", \
	  "One attempt to log in failed, as it happens: fail2ban can go by it. " \
	  "attempt counts those of the connection that are held against the " \
	  "client.") \
	X(PROXY_STARTED,  "proxy.started",     LEVEL_INFO, \
	  "proxy({name},{to}): Started proxying to <{host}>" \
	  "{destuser? as user |}{master? (master |)} ({took} secs" \
	  "{reconnects?, | reconnects})", \
	  "Octets go both ways between the client and its backend from now on.") \
	X(PROXY_ENDED,    "proxy.ended",       LEVEL_INFO, \
	  "proxy({name},{to}): Disconnected by {side}{why?: |} " \
	  "({idle}s idle, in={in}, out={out})", \
	  "The end of it. side is who hung up; in counts octets to the backend, " \
	  "out those to the client.") \
	X(PROXY_REFUSED,  "proxy.refused",     LEVEL_INFO, \
	  "proxy to {backend} ({to}): Login failed: {what}", \
	  "The backend would not have the user; what it said.") \
	X(PROXY_RETRY,    "proxy.retry",       LEVEL_WARN, \
	  "proxy to {backend} ({to}): {what} (state={stage}, after {took} secs, " \
	  "{reconnects} reconnects) - trying again", \
	  "A backend could not be reached, or broke off; it, or its next " \
	  "address, is tried again.") \
	X(PROXY_FAILED,   "proxy.failed",      LEVEL_ERROR, \
	  "proxy to {backend} ({to}): {what} (state={stage}, after {took} secs, " \
	  "{reconnects} reconnects)", \
	  "A user could not be logged in to the backend for a reason that is not " \
	  "the user's; the client got a temporary failure.") \
	X(PROXY_LOOP,     "proxy.loop",        LEVEL_ERROR, \
	  "proxy to {backend}: Proxying loops to itself", \
	  "The route leads back to the very address the client came in by. Look " \
	  "at the user's host, and at director.backends.") \
	X(PROXY_TTL,      "proxy.ttl",         LEVEL_ERROR, \
	  "proxy to {backend}: Aborting due to remote server: TTL reached zero - " \
	  "proxies appear to be looping?", \
	  "The login has been through as many proxies as the first of them " \
	  "allowed (forward.ttl). Two proxies probably point at each other.") \
	X(ROUTE_FAILED,   "route.failed",      LEVEL_ERROR, \
	  "No way to a backend: {what}", \
	  "The user is known, but there is nowhere to go: a field of the lookup is " \
	  "wrong, or no backend takes users.") \
	X(FORWARD_LEFT_OUT, "forward.left-out", LEVEL_WARN, \
	  "Forwarded variables left out: {variables}", \
	  "Their name or value is too long for a backend to take, or there are " \
	  "too many. The login went on without them.") \
	X(FORWARD_IGNORED, "forward.ignored",  LEVEL_DEBUG, \
	  "Ignored forwarded identity from a client outside of " \
	  "login_trusted_networks", \
	  "Somebody told us who the client is, and has no right to.") \
	X(SMTP_BACKEND_LOST, "smtp.backend-lost", LEVEL_WARN, \
	  "proxy to {backend}: {what}", \
	  "A connection to a backend broke off while a message was under way, or " \
	  "the backend answered what makes no sense. Its recipients, and no " \
	  "others, were told to be tried again.") \
	X(SMTP_RCPT,      "smtp.rcpt",         LEVEL_INFO, \
	  "rcpt {to}: {how?|: }{reply}", \
	  "What the client was told of one recipient of a message: the backend's " \
	  "word, or usher's where no backend could be asked. how is Sent, Deferred " \
	  "or Refused; size counts the octets of the message.") \
	X(SMTP_REFUSED,   "smtp.refused",      LEVEL_INFO, \
	  "Refused: {reply}", \
	  "A client's command, or a whole message, that was not taken.") \
	X(SMTP_SYNC,      "smtp.out-of-sync",  LEVEL_INFO, \
	  "Client talked before its turn: {where}", \
	  "It did not wait for an answer where it has to; it was hung up on. Senders " \
	  "of spam do that, and attackers who inject commands.") \
	X(TLS_FAILED,     "tls.failed",        LEVEL_INFO, \
	  "TLS handshake failed: {what}", \
	  "A client broke off, or shares no version or cipher with us.") \
	X(HAPROXY_BAD,    "haproxy.bad",       LEVEL_WARN, \
	  "PROXY header not valid: {what}", \
	  "A balancer that may connect here did not begin with a PROXY header: its " \
	  "configuration lacks send-proxy, perhaps.") \
	X(ACCEPT_FAILED,  "accept.failed",     LEVEL_ERROR, \
	  "Cannot accept at listener {listener}: {what}", \
	  "Descriptors or memory ran out; clients wait in the socket's queue. " \
	  "Raise the limit of open files (LimitNOFILE).") \
	X(BACKEND_UNVERIFIED, "backend.unverified", LEVEL_WARN, \
	  "The certificate of backend {backend} is not verified (verify: no): " \
	  "whoever stands between can read every password", \
	  "verify: no is for a first try. Give the backend's authority with " \
	  "ca_file.") \
	X(SANDBOX_NONE,   "sandbox.none",      LEVEL_WARN, \
	  "Workers run without a sandbox: {what}", \
	  "The kernel or this build cannot confine them. process.sandbox: no " \
	  "silences this.") \
	X(LOOKUP_LATE,    "lookup.late",       LEVEL_ERROR, \
	  "No answer to a lookup", \
	  "An auth process is stuck, or none is there. The client got a temporary " \
	  "failure.") \
	X(LOOKUP_FAILED,  "lookup.failed",     LEVEL_ERROR, \
	  "Lookup of {user} failed: {url}: {what}", \
	  "A lookup server did not answer, or not in a way that can be " \
	  "understood. The client got a temporary failure, unless another driver " \
	  "knew the user.") \
	X(LOOKUP_SERVER_DOWN, "lookup.server-down", LEVEL_ERROR, \
	  "Lookup server {url} fails all the time: {what}", \
	  "It is left alone for a few seconds at a time until it answers again.") \
	X(LOOKUP_SERVER_UP, "lookup.server-up", LEVEL_INFO, \
	  "Lookup server {url} answers again", \
	  "All is well with it.") \
	X(TOKEN_REFUSED,  "token.refused",     LEVEL_INFO, \
	  "Token of {user} refused: {what}", \
	  "Why a token of OAuth was not good enough. The client is only told that " \
	  "it was not.") \
	X(KEYS_BAD,       "keys.bad",          LEVEL_ERROR, \
	  "Keys of {url} cannot be used, the old ones stay: {what}", \
	  "The keys that tokens are signed with cannot be fetched or read.") \
	X(HOST_UNKNOWN,   "host.unknown",      LEVEL_ERROR, \
	  "Cannot resolve {host}: {what}", \
	  "The name of a backend has no address. Where an address was known " \
	  "before, it is still used.") \
	X(PASSWORD_BROKEN, "password.broken",  LEVEL_ERROR, \
	  "Cannot check a password: {what}", \
	  "The stored password is in no scheme usher knows, or damaged.") \
	X(PASSWD_FILE,    "passwd-file.trouble", LEVEL_ERROR, "{what}", \
	  "A passwd-file, or a line of it, cannot be used. What was read before " \
	  "serves on.") \
	X(CERTIFICATE_NEW, "certificate.new",  LEVEL_INFO, \
	  "Certificate files changed: new connections use the new ones", \
	  "A certificate was renewed.") \
	X(CERTIFICATE_BAD, "certificate.bad",  LEVEL_ERROR, \
	  "New certificate files cannot be used, the old ones stay: {what}", \
	  "They are damaged, or certificate and key do not belong together.") \
	X(SUPERVISOR_READY, "supervisor.ready", LEVEL_INFO, \
	  "usher is ready, with {workers} workers", \
	  "Every process has begun, clients can connect.") \
	X(SUPERVISOR_ENDING, "supervisor.ending", LEVEL_INFO, \
	  "Shutting down ({signal})", \
	  "Sessions are told goodbye, within process.shutdown_timeout.") \
	X(SUPERVISOR_DONE, "supervisor.done",  LEVEL_INFO, "usher has ended", \
	  "The last line.") \
	X(RELOADED,       "supervisor.reloaded", LEVEL_INFO, \
	  "The new configuration is in use", \
	  "New workers serve new clients; the old ones stay with their sessions.") \
	X(RELOAD_FAILED,  "supervisor.reload-failed", LEVEL_ERROR, \
	  "The new configuration cannot be used, the old one stays: {what}", \
	  "Nothing has changed. usher -t says what is wrong.") \
	X(CHILD_DONE,     "child.done",        LEVEL_INFO, \
	  "{role} process {process} has ended", \
	  "Its work was done: after a reload, or at the end.") \
	X(CHILD_DIED,     "child.died",        LEVEL_ERROR, \
	  "{role} process {process} ended unexpectedly: {how} {status}; another takes " \
	  "its place", \
	  "A worker takes its own sessions with it; an auth process or a director " \
	  "none. If it happens again, it is a bug worth reporting.") \
	X(CHILD_CONFUSED, "child.confused",    LEVEL_ERROR, \
	  "The supervisor's message {message} makes no sense", \
	  "Two versions of usher run together. Restart it.") \
	X(LOG_DROPPED,    "log.dropped",       LEVEL_WARN, \
	  "Log lines were lost: nobody took them", \
	  "The log's reader (a pipe, the journal, syslogd) was too slow or gone. " \
	  "usher drops lines rather than make mail wait for the log.") \
	X(NOTE_ERROR,     "note.error",        LEVEL_ERROR, "{what}", \
	  "Something without an event of its own failed; the text says what.") \
	X(NOTE_WARN,      "note.warn",         LEVEL_WARN,  "{what}", \
	  "The same, where usher can go on.") \
	X(NOTE_DEBUG,     "note.debug",        LEVEL_DEBUG, "{what}", \
	  "A detail for those who look closely.")

#endif
