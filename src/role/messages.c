#include "role/messages.h"

MESSAGE_TABLE(msg_id, MSG_ID);
MESSAGE_TABLE(msg_file, MSG_FILE);
MESSAGE_TABLE(msg_certificate, MSG_CERTIFICATE);
MESSAGE_TABLE(msg_ticket_keys, MSG_TICKET_KEYS);
MESSAGE_TABLE(msg_listener, MSG_LISTENER);
MESSAGE_TABLE(msg_peer, MSG_PEER);
MESSAGE_TABLE(msg_end, MSG_END);
MESSAGE_TABLE(msg_reloaded, MSG_RELOADED);
MESSAGE_TABLE(msg_ask, MSG_ASK);
MESSAGE_TABLE(msg_answer, MSG_ANSWER);
MESSAGE_TABLE(msg_step, MSG_STEP);
MESSAGE_TABLE(msg_offers, MSG_OFFERS);
MESSAGE_TABLE(msg_worker, MSG_WORKER);
MESSAGE_TABLE(msg_session, MSG_SESSION);
MESSAGE_TABLE(msg_page, MSG_PAGE);
MESSAGE_TABLE(msg_page_end, MSG_PAGE_END);
MESSAGE_TABLE(msg_count, MSG_COUNT);
MESSAGE_TABLE(msg_counters, MSG_COUNTERS);
MESSAGE_TABLE(msg_host, MSG_HOST);
MESSAGE_TABLE(msg_kick, MSG_KICK);

void
message_send(struct ipc *port, enum message_type type, struct buf *body, int fd)
{
	if (!buf_ok(body))
		abort();	/* every text in a message has its own bound */
	if (fd >= 0)
		ipc_send_fd(port, type, buf_slice(body), fd);
	else
		ipc_send(port, type, buf_slice(body));
	buf_free(body);
}
