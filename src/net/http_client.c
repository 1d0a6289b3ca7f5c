#include "net/http_client.h"

#include <curl/curl.h>
#include <utlist.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

/* How long an address found for a name is used before it is asked for again. */
#define RESOLVED_MS (30 * 1000)
/* Names of servers that are in the configuration: few. */
#define MAX_HOSTS 64
/* One address of several may be dead. */
#define CONNECT_MS 3000

/* A server's name, and where it was last seen. */
struct host {
	struct host *next;
	char *name;
	char *addrs;		/* "192.0.2.1,[2001:db8::1]"; NULL: not yet */
	int64_t at_ms;
};

/* A socket of libcurl's that is waited for. */
struct http_socket {
	struct http_client *client;
	struct loop_watch watch;
	curl_socket_t fd;
};

struct http_client {
	struct loop *loop;
	struct resolver *resolver;
	CURLM *multi;
	struct loop_timer timer;
	struct http_call *calls;
	struct host *hosts;
	size_t host_count;
};

struct http_call {
	struct http_call *prev, *next;
	struct http_client *client;	/* NULL: nobody wants to know any more,
					   and the resolver has it yet */
	struct arena arena;
	CURL *easy;
	bool added;			/* libcurl has it */
	bool resolving;
	struct curl_slist *headers, *resolve;
	char *host;			/* to be resolved; in arena, or NULL */
	unsigned port;
	struct buf head, body;
	size_t max_reply;
	bool too_long;
	struct loop_task fail;		/* it never got to be sent */
	char *why;			/* in arena */
	http_done *done;
	void *arg;
};

/* ---- URLs -------------------------------------------------------------- */

static bool
is_unix(struct slice url)
{
	return slice_starts(url, SL("unix:/"));
}

/* "unix:/run/auth.sock:/path" */
static bool
split_unix(struct slice url, struct slice *path_out, struct slice *uri_out)
{
	struct slice rest = slice_skip(url, sizeof("unix:") - 1);
	size_t at = slice_index(rest, ':');

	*path_out = slice_first(rest, at);
	*uri_out = at < rest.n ? slice_skip(rest, at + 1) : SL("/");
	return path_out->n > 1 && path_out->n < 108 && uri_out->n > 0 &&
	       uri_out->p[0] == '/';
}

/* What stands between "://" and the path. */
static struct slice
authority(struct slice url)
{
	size_t at = slice_index(url, ':');
	struct slice rest = slice_skip(url, at + 3);

	rest = slice_first(rest, slice_index(rest, '/'));
	return slice_first(rest, slice_index(rest, '?'));
}

static bool
has_scheme(struct slice url)
{
	return slice_starts(url, SL("http://")) ||
	       slice_starts(url, SL("https://"));
}

struct slice
http_url_host(struct slice url)
{
	struct slice host;

	if (is_unix(url))
		return SL("localhost");
	host = authority(url);
	if (host.n > 0 && host.p[0] == '[')
		return slice_first(host, slice_index(host, ']') + 1);
	return slice_first(host, slice_index(host, ':'));
}

bool
http_url_valid(struct slice url)
{
	struct slice path, uri, host;

	if (!slice_is_printable(url) || slice_has(url, ' '))
		return false;
	if (is_unix(url))
		return split_unix(url, &path, &uri);
	if (!has_scheme(url))
		return false;
	host = http_url_host(url);
	return host.n > 0 && host.n < 256 && !slice_has(authority(url), '@') &&
	       (host.p[0] != '[' || host.p[host.n - 1] == ']');
}

/* ---- what libcurl waits for -------------------------------------------- */

static void finish_all(struct http_client *c);

static void
act(struct http_client *c, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(c->multi, fd, events, &running);
	finish_all(c);
}

static void
on_ready(void *arg, unsigned wants)
{
	struct http_socket *s = arg;
	int events = ((wants & WANT_READ) != 0 ? CURL_CSELECT_IN : 0) |
		     ((wants & WANT_WRITE) != 0 ? CURL_CSELECT_OUT : 0);

	act(s->client, s->fd, events);
}

static void
forget_socket(struct http_socket *s)
{
	loop_watch_stop(&s->watch);
	free(s);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_client *c = arg;
	struct http_socket *s = socket_arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			forget_socket(s);
		return 0;
	}
	if (s == NULL) {
		s = mem_zalloc(sizeof(*s));
		s->client = c;
		s->fd = fd;
		loop_watch_init(&s->watch, c->loop, fd, on_ready, s);
		curl_multi_assign(c->multi, fd, s);
	}
	loop_watch_want(&s->watch,
			((what & CURL_POLL_IN) != 0 ? WANT_READ : 0u) |
				((what & CURL_POLL_OUT) != 0 ? WANT_WRITE :
							       0u));
	return 0;
}

static int
on_timer_change(CURLM *multi, long ms, void *arg)
{
	struct http_client *c = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_stop(&c->timer);
	else
		loop_timer_start(&c->timer, ms);
	return 0;
}

static void
on_timer(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- replies ----------------------------------------------------------- */

static bool
fits(struct http_call *call, size_t n)
{
	if (n > call->max_reply - call->head.n - call->body.n) {
		call->too_long = true;
		return false;
	}
	return true;
}

/* A status line begins a response; those before it (100, say) do not count. */
static size_t
on_header(char *p, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	struct slice line = { p, size * count };

	if (slice_starts(line, SL("HTTP/"))) {
		buf_clear(&call->head);
		return line.n;
	}
	if (!fits(call, line.n) || !buf_add(&call->head, line))
		return 0;
	return line.n;
}

static size_t
on_body(char *p, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	struct slice octets = { p, size * count };

	if (!fits(call, octets.n) || !buf_add(&call->body, octets))
		return 0;
	return octets.n;
}

static enum http_outcome
outcome_of(const struct http_call *call, CURLcode code)
{
	curl_off_t connected = 0;

	switch ((int)code) {
	case CURLE_OK:
		return HTTP_DONE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return HTTP_NOT_SENT;
	case CURLE_OPERATION_TIMEDOUT:
		/* Before the connection stood nothing was said. */
		curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T,
				  &connected);
		return connected == 0 ? HTTP_NOT_SENT : HTTP_FAILED;
	default:
		return HTTP_FAILED;
	}
}

static void
free_call(struct http_call *call)
{
	if (call->client != NULL) {
		if (call->added)
			curl_multi_remove_handle(call->client->multi,
						 call->easy);
		loop_forget(call->client->loop, &call->fail);
		DL_DELETE(call->client->calls, call);
		call->client = NULL;
	}
	if (call->resolving)
		return;		/* the resolver's answer frees it */
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	curl_slist_free_all(call->resolve);
	buf_free(&call->head);
	buf_free(&call->body);
	arena_free(&call->arena);
	free(call);
}

static void
finish(struct http_call *call, CURLcode code)
{
	struct http_reply reply = { .outcome = outcome_of(call, code) };
	http_done *done = call->done;
	long status = 0;

	if (reply.outcome == HTTP_DONE) {
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
		reply.status = (int)status;
		reply.headers = buf_slice(&call->head);
		reply.body = buf_slice(&call->body);
	} else {
		reply.why = call->too_long ? "its reply is too long" :
					     curl_easy_strerror(code);
	}
	/* The owner may send again from here: the call is over before. */
	curl_multi_remove_handle(call->client->multi, call->easy);
	call->added = false;
	DL_DELETE(call->client->calls, call);
	call->client = NULL;
	done(call->arg, &reply);
	free_call(call);
}

static void
finish_all(struct http_client *c)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *call = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  &call);
		finish((struct http_call *)(void *)call, code);
	}
}

/* ---- sending ----------------------------------------------------------- */

static void
on_fail(void *arg)
{
	struct http_call *call = arg;
	const struct http_reply reply = { .outcome = HTTP_NOT_SENT,
					  .why = call->why };

	DL_DELETE(call->client->calls, call);
	call->client = NULL;
	call->done(call->arg, &reply);
	free_call(call);
}

static void
fail(struct http_call *call, const char *why)
{
	call->why = (char *)(uintptr_t)arena_copy(&call->arena,
						  slice_of(why)).p;
	loop_later(call->client->loop, &call->fail);
}

static void
start(struct http_call *call)
{
	call->added = true;
	if (curl_multi_add_handle(call->client->multi, call->easy) == CURLM_OK)
		return;
	call->added = false;
	fail(call, "libcurl does not take it");
}

/* "+host:port:addrs": the plus lets it be forgotten again. */
static void
start_at(struct http_call *call, const char *addrs)
{
	struct slice entry = arena_printf(&call->arena, "+%s:%u:%s",
					  call->host, call->port, addrs);

	call->resolve = curl_slist_append(NULL, entry.p);
	curl_easy_setopt(call->easy, CURLOPT_RESOLVE, call->resolve);
	start(call);
}

static struct host *
find_host(struct http_client *c, const char *name)
{
	struct host *h = c->hosts;

	while (h != NULL && strcmp(h->name, name) != 0)
		h = h->next;
	if (h != NULL || c->host_count == MAX_HOSTS)
		return h;
	h = mem_zalloc(sizeof(*h));
	h->name = mem_strdup(name, strlen(name));
	h->next = c->hosts;
	c->hosts = h;
	c->host_count++;
	return h;
}

static void
write_addrs(const struct addr *addrs, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		char text[ADDR_IP_TEXT];
		bool v6 = addrs[i].family == ADDR_V6;

		BUF_ADD(out, i > 0 ? SL(",") : SL(""), v6 ? SL("[") : SL(""),
			slice_of(addr_ip_text(&addrs[i], text)),
			v6 ? SL("]") : SL(""));
	}
}

static void
on_resolved(void *arg, const struct addr *addrs, size_t count, const char *why)
{
	struct http_call *call = arg;
	struct host *host;
	struct buf text;

	call->resolving = false;
	if (call->client == NULL) {
		free_call(call);
		return;
	}
	host = find_host(call->client, call->host);
	buf_init(&text, RESOLVER_MAX_ADDRS * (ADDR_IP_TEXT + 3));
	write_addrs(addrs, count, &text);
	buf_add_char(&text, '\0');
	if (count > 0 && host != NULL) {
		free(host->addrs);
		host->addrs = mem_strdup(text.p, text.n - 1);
		host->at_ms = clock_now_ms();
	}
	if (count > 0)
		start_at(call, text.p);
	else if (host != NULL && host->addrs != NULL)
		start_at(call, host->addrs);
	else
		fail(call, why);
	buf_free(&text);
}

static void
resolve(struct http_call *call)
{
	struct host *host = find_host(call->client, call->host);

	if (host != NULL && host->addrs != NULL &&
	    clock_now_ms() - host->at_ms < RESOLVED_MS) {
		start_at(call, host->addrs);
		return;
	}
	call->resolving = true;
	resolver_lookup(call->client->resolver, slice_of(call->host),
			on_resolved, call);
}

/* ---- setting up -------------------------------------------------------- */

static void
use_tls(CURL *easy, const struct http_tls *tls)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	if (tls == NULL)
		return;
	if (tls->no_verify) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (tls->ca_file.n > 0)
		curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_file.p);
	if (tls->cert.n > 0)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert.p);
	if (tls->key.n > 0)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key.p);
}

/* The header that rest begins with, line end included. */
static struct slice
first_header(struct slice rest)
{
	size_t at = slice_index(rest, '\n');

	return slice_first(rest, at < rest.n ? at + 1 : at);
}

static bool
has_value(struct slice header)
{
	struct slice value = slice_skip(header, slice_index(header, ':'));

	return slice_trim(value).n > 1;
}

/* One each; but libcurl leaves out a header without a value, so such a one goes
   out with the one before it. */
static void
use_headers(struct http_call *call, struct slice rest)
{
	while (rest.n > 0) {
		size_t n = first_header(rest).n;
		struct slice next = first_header(slice_skip(rest, n));

		while (next.n > 0 && !has_value(next)) {
			n += next.n;
			next = first_header(slice_skip(rest, n));
		}
		call->headers = curl_slist_append(
			call->headers,
			arena_copy(&call->arena, slice_first(rest, n - 2)).p);
		rest = slice_skip(rest, n);
	}
	call->headers = curl_slist_append(call->headers, "Accept:");
	call->headers = curl_slist_append(call->headers, "Expect:");
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static void
use_request(struct http_call *call, const struct http_request *r)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)call);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(r->timeout_ms < CONNECT_MS ? r->timeout_ms :
							     CONNECT_MS));
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED,
			 r->take_http09 ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 r->http10 ? (long)CURL_HTTP_VERSION_1_0 :
				     (long)CURL_HTTP_VERSION_2TLS);
	if (r->http10)
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	if (r->post) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)r->body.n);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
				 r->body.n > 0 ? r->body.p : "");
	}
	use_tls(easy, r->tls);
	use_headers(call, r->headers);
}

static void
use_url(struct http_call *call, struct slice url)
{
	struct slice path, uri, host;
	struct addr a;

	if (is_unix(url)) {
		split_unix(url, &path, &uri);
		curl_easy_setopt(call->easy, CURLOPT_UNIX_SOCKET_PATH,
				 arena_copy(&call->arena, path).p);
		curl_easy_setopt(call->easy, CURLOPT_URL,
				 arena_printf(&call->arena,
					      "http://localhost%.*s",
					      SL_FMT(uri)).p);
		return;
	}
	curl_easy_setopt(call->easy, CURLOPT_URL,
			 arena_copy(&call->arena, url).p);
	host = http_url_host(url);
	if (host.p[0] == '[' || addr_parse_ip(host, &a))
		return;
	call->host = (char *)(uintptr_t)arena_copy(&call->arena, host).p;
}

/* The port that libcurl will look the host up with. */
static unsigned
port_of(struct slice url)
{
	struct slice rest = slice_skip(authority(url), http_url_host(url).n);
	uint64_t port;

	if (rest.n > 1 && slice_to_u64(slice_skip(rest, 1), UINT16_MAX, &port))
		return (unsigned)port;
	return slice_starts(url, SL("https:")) ? 443 : 80;
}

struct http_call *
http_send(struct http_client *client, const struct http_request *r,
	  http_done *done, void *arg)
{
	struct http_call *call = mem_zalloc(sizeof(*call));

	call->client = client;
	call->done = done;
	call->arg = arg;
	call->max_reply = r->max_reply;
	call->fail.run = on_fail;
	call->fail.arg = call;
	buf_init(&call->head, r->max_reply);
	buf_init(&call->body, r->max_reply);
	call->easy = curl_easy_init();
	DL_APPEND(client->calls, call);
	if (call->easy == NULL || !http_url_valid(r->url)) {
		fail(call, "its URL makes no sense");
		return call;
	}
	use_request(call, r);
	use_url(call, r->url);
	if (call->host != NULL) {
		call->port = port_of(r->url);
		resolve(call);
	} else {
		start(call);
	}
	return call;
}

void
http_cancel(struct http_call **call)
{
	if (*call != NULL)
		free_call(*call);
	*call = NULL;
}

/* ---- life -------------------------------------------------------------- */

struct err *
http_client_make(struct loop *loop, struct resolver *resolver,
		 size_t connections, struct http_client **client_out)
{
	struct http_client *c;
	CURLM *multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ?
			       curl_multi_init() :
			       NULL;

	if (multi == NULL)
		return err_new(ERR_SYSTEM, "libcurl cannot begin");
	c = mem_zalloc(sizeof(*c));
	c->loop = loop;
	c->resolver = resolver;
	c->multi = multi;
	loop_timer_init(&c->timer, loop, on_timer, c);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(multi, CURLMOPT_PIPELINING,
			  (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
			  (long)connections);
	*client_out = c;
	return NULL;
}

void
http_client_free(struct http_client **client)
{
	struct http_client *c = *client;

	if (c == NULL)
		return;
	while (c->calls != NULL)
		free_call(c->calls);
	curl_multi_cleanup(c->multi);
	loop_timer_stop(&c->timer);
	while (c->hosts != NULL) {
		struct host *h = c->hosts;

		c->hosts = h->next;
		free(h->name);
		free(h->addrs);
		free(h);
	}
	free(c);
	*client = NULL;
}
