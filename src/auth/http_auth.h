/* nginx's auth_http protocol (spec: http-auth.md), and a JSON form of our own: what
   a lookup server is told, and what its reply means. Pure. */
#ifndef AUTH_HTTP_AUTH_H
#define AUTH_HTTP_AUTH_H

#include "auth/auth.h"
#include "base/buf.h"

/* Appends the request's headers, each with CRLF, host first. None of their values
   has a control character, whatever a client, a certificate or DNS says. */
bool http_auth_write_headers(const struct auth_conf *conf,
			     const struct auth_request *r, struct slice host,
			     struct buf *out);

/* The same for the JSON form: headers, and the body. */
bool http_auth_write_json_headers(const struct auth_conf *conf,
				  struct slice host, struct buf *out);
bool http_auth_write_json(const struct auth_request *r, struct buf *out);

enum http_auth_verdict {
	HTTP_AUTH_ANSWER,	/* *answer_out is it */
	HTTP_AUTH_WAIT,		/* ask again in *wait_out milliseconds */
	HTTP_AUTH_BROKEN,	/* no answer at all: *why_out says why */
};

/* Reads a reply's headers, a line each. status is 0 where there was none. Texts in
   *answer_out are in a. */
enum http_auth_verdict http_auth_read(const struct auth_conf *conf,
				      const struct auth_request *r, int status,
				      struct slice headers, struct arena *a,
				      struct auth_answer *answer_out,
				      int64_t *wait_out, const char **why_out);
enum http_auth_verdict http_auth_read_json(const struct auth_request *r,
					   int status, struct slice body,
					   struct arena *a,
					   struct auth_answer *answer_out,
					   int64_t *wait_out,
					   const char **why_out);

/* nginx's way of writing a name or a password: control characters, blank and '%'
   as '%' and two digits (section 4). */
bool http_auth_escape(struct slice s, struct buf *out);

#endif
