#include "admin/admin.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <unistd.h>

#include "base/mem.h"

/* A kick names one user: this is far more than any request needs. */
#define MAX_BODY (64 * 1024)
#define MAX_HEADERS (16 * 1024)

struct admin {
	struct evhttp *http;
	const struct admin_ops *ops;
	void *arg;
};

struct admin_reply {
	struct evhttp_request *request;	/* NULL: the client has gone */
	bool list_begun, has_items;
};

/* ---- replies ----------------------------------------------------------- */

/* The request is freed with its connection. */
static void
on_client_gone(struct evhttp_connection *connection, void *arg)
{
	struct admin_reply *reply = arg;

	(void)connection;
	reply->request = NULL;
}

static struct admin_reply *
make_reply(struct evhttp_request *request)
{
	struct admin_reply *reply = mem_zalloc(sizeof(*reply));

	reply->request = request;
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
				      on_client_gone, reply);
	return reply;
}

static void
free_reply(struct admin_reply *reply)
{
	if (reply->request != NULL)
		evhttp_connection_set_closecb(
			evhttp_request_get_connection(reply->request), NULL,
			NULL);
	free(reply);
}

static void
add_headers(struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_add_header(headers, "Content-Type", "application/json");
	evhttp_add_header(headers, "Cache-Control", "no-store");
}

static void
add_json(struct evbuffer *out, json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags);

	if (text == NULL)
		abort();	/* out of memory, as in mem.c */
	evbuffer_add(out, text, strlen(text));
	free(text);
	json_decref(value);
}

void
admin_reply_json(struct admin_reply *reply, int status, json_t *body)
{
	struct evhttp_request *request = reply->request;
	struct evbuffer *out;

	free_reply(reply);
	if (request == NULL) {
		json_decref(body);
		return;
	}
	out = evbuffer_new();
	add_json(out, body, JSON_INDENT(2));
	evbuffer_add(out, "\n", 1);
	add_headers(request);
	evhttp_send_reply(request, status, NULL, out);
	evbuffer_free(out);
}

void
admin_reply_error(struct admin_reply *reply, int status, const char *text)
{
	admin_reply_json(reply, status, json_pack("{s:s}", "error", text));
}

void
admin_reply_list(struct admin_reply *reply, const char *name)
{
	struct evbuffer *out;

	if (reply->request == NULL)
		return;
	add_headers(reply->request);
	evhttp_send_reply_start(reply->request, HTTP_OK, NULL);
	out = evbuffer_new();
	evbuffer_add_printf(out, "{\"%s\": [", name);
	evhttp_send_reply_chunk(reply->request, out);
	evbuffer_free(out);
}

void
admin_reply_item(struct admin_reply *reply, json_t *item)
{
	struct evbuffer *out;

	if (reply->request == NULL) {
		json_decref(item);
		return;
	}
	out = evbuffer_new();
	evbuffer_add_printf(out, reply->has_items ? ",\n  " : "\n  ");
	add_json(out, item, JSON_COMPACT);
	evhttp_send_reply_chunk(reply->request, out);
	evbuffer_free(out);
	reply->has_items = true;
}

void
admin_reply_end(struct admin_reply *reply)
{
	struct evhttp_request *request = reply->request;
	struct evbuffer *out;

	free_reply(reply);
	if (request == NULL)
		return;
	out = evbuffer_new();
	evbuffer_add_printf(out, "\n]}\n");
	evhttp_send_reply_chunk(request, out);
	evhttp_send_reply_end(request);
	evbuffer_free(out);
}

json_t *
admin_text(struct slice s)
{
	json_t *text = json_stringn(s.n == 0 ? "" : s.p, s.n);
	char *clean;

	if (text != NULL)
		return text;
	clean = mem_strdup(s.p, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)clean[i] >= 0x80 || clean[i] == '\0')
			clean[i] = '?';
	}
	text = json_string(clean);
	free(clean);
	return text;
}

/* ---- requests ---------------------------------------------------------- */

static void
run_status(struct admin *a, json_t *body, struct admin_reply *reply)
{
	(void)body;
	a->ops->status(a->arg, reply);
}

static void
run_sessions(struct admin *a, json_t *body, struct admin_reply *reply)
{
	(void)body;
	a->ops->sessions(a->arg, reply);
}

static void
run_kick(struct admin *a, json_t *body, struct admin_reply *reply)
{
	const char *user = json_string_value(json_object_get(body, "user"));
	const char *session =
		json_string_value(json_object_get(body, "session"));

	if ((user == NULL) == (session == NULL)) {
		admin_reply_error(reply, HTTP_BADREQUEST,
				  "name either a user or a session");
		return;
	}
	a->ops->kick(a->arg, slice_of(user), slice_of(session), reply);
}

static void
run_reload(struct admin *a, json_t *body, struct admin_reply *reply)
{
	(void)body;
	a->ops->reload(a->arg, reply);
}

static const struct {
	enum evhttp_cmd_type method;
	const char *path;
	void (*run)(struct admin *a, json_t *body, struct admin_reply *reply);
} requests[] = {
	{ EVHTTP_REQ_GET, "/api/v1/status", run_status },
	{ EVHTTP_REQ_GET, "/api/v1/sessions", run_sessions },
	{ EVHTTP_REQ_POST, "/api/v1/kick", run_kick },
	{ EVHTTP_REQ_POST, "/api/v1/reload", run_reload },
};

/* The body as an object; an empty one for none. NULL if it is no JSON object. */
static json_t *
read_body(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t n = evbuffer_get_length(in);
	json_t *body;

	if (n == 0)
		return json_object();
	body = json_loadb((const char *)evbuffer_pullup(in, -1), n, 0, NULL);
	if (json_is_object(body))
		return body;
	json_decref(body);
	return NULL;
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct admin *a = arg;
	const char *path = evhttp_uri_get_path(
		evhttp_request_get_evhttp_uri(request));
	struct admin_reply *reply = make_reply(request);
	bool known = false;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		json_t *body;

		if (strcmp(requests[i].path, path) != 0)
			continue;
		known = true;
		if (requests[i].method != evhttp_request_get_command(request))
			continue;
		body = read_body(request);
		if (body == NULL)
			admin_reply_error(reply, HTTP_BADREQUEST,
					  "the body is no JSON object");
		else
			requests[i].run(a, body, reply);
		json_decref(body);
		return;
	}
	admin_reply_error(reply, known ? HTTP_BADMETHOD : HTTP_NOTFOUND,
			  known ? "wrong method" : "no such request");
}

/* ---- life -------------------------------------------------------------- */

struct err *
admin_open(struct loop *loop, int fd, const struct admin_ops *ops, void *arg,
	   struct admin **admin_out)
{
	struct admin *a = mem_zalloc(sizeof(*a));

	a->ops = ops;
	a->arg = arg;
	a->http = evhttp_new(loop_event_base(loop));
	if (a->http == NULL || evhttp_accept_socket(a->http, fd) != 0) {
		if (a->http != NULL)
			evhttp_free(a->http);
		free(a);
		close(fd);
		return err_new(ERR_SYSTEM, "serve the admin socket");
	}
	evhttp_set_max_body_size(a->http, MAX_BODY);
	evhttp_set_max_headers_size(a->http, MAX_HEADERS);
	evhttp_set_allowed_methods(a->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_gencb(a->http, on_request, a);
	*admin_out = a;
	return NULL;
}

void
admin_close(struct admin **admin)
{
	if (*admin == NULL)
		return;
	evhttp_free((*admin)->http);
	free(*admin);
	*admin = NULL;
}
