/*
 * What one hop of a poll asks, and what may travel along to which URL: credentials and own headers
 * to the origin of the configured URL, validators to the URL that gave them.
 */
#ifndef DAEMON_FETCH_POLL_REQUEST_H
#define DAEMON_FETCH_POLL_REQUEST_H

#include <stdbool.h>

#include "daemon/fetch/http.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"

/* Who we are to the origin of a poll. Texts stand in the poll's arena. */
struct poll_identity {
	const char *url;  /* the command's, fit to be sent, without user and password */
	const char *home; /* the configured URL: its origin sees the rest of the command */
	const char *user, *password; /* the command's, or else those of the configured URL */
};

struct poll_request {
	struct http_target target;
	const char *headers[MESSAGE_HEADERS_MAX + 3];
	bool conditional;
	bool delta; /* it offers to take the new items alone (A-IM: feed, RFC 3229) */
};

/* A response of this status has a body that should be a feed. */
bool poll_is_good(int status);

/* Returns 0, -EINVAL for a URL that is not http or https, -ENOMEM. */
int poll_identity_make(
	struct poll_identity *identity, const struct message_poll *command, struct arena *arena);

/*
 * The request for one URL of the chain; it points into command, identity and arena, and into itself,
 * so it is not to be moved. Returns 0 or -ENOMEM.
 */
int poll_request_make(struct poll_request *request, const struct message_poll *command,
	const struct poll_identity *identity, const char *url, struct arena *arena);

#endif
