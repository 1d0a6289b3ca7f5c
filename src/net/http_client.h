/* HTTP requests, without waiting, over libcurl: connections are kept and shared,
   TLS is verified, and a server that hangs, hangs up, or never stops talking
   costs its own requests only.

   Names are resolved by net/resolver, and kept for half a minute: libcurl would
   start a thread for each. */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/err.h"
#include "base/loop.h"
#include "base/slice.h"
#include "net/resolver.h"

struct http_client;
struct http_call;

/* connections: the most to one server; what is asked beyond them waits. */
struct err *http_client_make(struct loop *loop, struct resolver *resolver,
			     size_t connections, struct http_client **client_out)
	__attribute__((warn_unused_result));
/* Calls under way end without a word. */
void http_client_free(struct http_client **client);

/* How TLS is spoken; texts have a NUL behind them, or are empty. */
struct http_tls {
	bool no_verify;
	struct slice ca_file;		/* empty: the system's authorities */
	struct slice cert, key;		/* files; empty: none is shown */
};

/* Everything is borrowed until http_send() returns, but for tls, which must live
   as long as the client. */
struct http_request {
	struct slice url;	/* http://, https://, or unix:PATH:/URI */
	/* The request's headers, "Name: value" each with CRLF behind it, as they
	   are to go out. Host must be among them; nothing is added but
	   Content-Length where there is a body. */
	struct slice headers;
	struct slice body;
	bool post;		/* else it is a GET */
	bool http10;		/* HTTP/1.0, and a new connection each time */
	bool take_http09;	/* a reply may begin without a status line */
	int64_t timeout_ms;
	size_t max_reply;	/* octets of headers and body together */
	const struct http_tls *tls;
};

enum http_outcome {
	HTTP_DONE,		/* there is a reply */
	HTTP_NOT_SENT,		/* nobody there: another server may be asked */
	HTTP_FAILED,		/* it broke off, was late, or made no sense */
};

/* Borrowed until return. */
struct http_reply {
	enum http_outcome outcome;
	int status;		/* 0: there was no status line */
	struct slice headers;	/* of the last response, a line each as it came,
				   without the status line */
	struct slice body;
	const char *why;	/* if there is none */
};

typedef void http_done(void *arg, const struct http_reply *reply);

/* done() is called once, never from within, unless cancelled. */
struct http_call *http_send(struct http_client *client,
			    const struct http_request *request,
			    http_done *done, void *arg);
/* No reply any more. */
void http_cancel(struct http_call **call);

/* Whether url is one that can be asked. */
bool http_url_valid(struct slice url);
/* The host of it, without port, as a Host header has it; "localhost" for a
   unix: one. Borrows from url. */
struct slice http_url_host(struct slice url);

#endif
