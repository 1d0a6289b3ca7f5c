/* The way to usher: HTTP on its UNIX socket. */
#include <curl/curl.h>

#include "base/buf.h"
#include "ctl/ctl.h"

/* A list of a million sessions has some 300 MB. */
#define MAX_ANSWER ((size_t)1 << 30)
/* A reload waits for new processes; nothing else takes as long. */
#define TIMEOUT_S 90L

static size_t
on_octets(char *p, size_t size, size_t n, void *arg)
{
	return buf_add(arg, (struct slice){ p, size * n }) ? size * n : 0;
}

static CURLcode
fetch(const struct ctl *ctl, const char *path, const char *body,
      struct buf *answer, long *status_out)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/json");
	char url[128];
	CURLcode result;

	snprintf(url, sizeof(url), "http://usher%s", path);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, ctl->socket);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_octets);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	if (body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	result = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status_out);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return result;
}

static int
judge(const struct ctl *ctl, long status, const struct buf *text,
      json_t **answer_out)
{
	json_t *answer = json_loadb(text->p == NULL ? "" : text->p, text->n, 0,
				    NULL);
	const char *why = json_string_value(json_object_get(answer, "error"));

	if (status == 200 && answer != NULL) {
		*answer_out = answer;
		return 0;
	}
	if (why != NULL)
		fprintf(stderr, "usherctl: %s\n", why);
	else
		fprintf(stderr, "usherctl: %s: no answer of usher's (%ld)\n",
			ctl->socket, status);
	json_decref(answer);
	return CTL_FAILED;
}

int
ctl_ask(const struct ctl *ctl, const char *path, json_t *body,
	json_t **answer_out)
{
	char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
	struct buf answer;
	long status = 0;
	CURLcode result;
	int outcome;

	buf_init(&answer, MAX_ANSWER);
	result = fetch(ctl, path, text, &answer, &status);
	json_decref(body);
	free(text);
	if (result == CURLE_OK) {
		outcome = judge(ctl, status, &answer, answer_out);
	} else {
		fprintf(stderr, "usherctl: %s: %s\nIs usher running, and are you "
				"allowed to use its socket?\n",
			ctl->socket, curl_easy_strerror(result));
		outcome = CTL_UNREACHABLE;
	}
	buf_free(&answer);
	return outcome;
}
