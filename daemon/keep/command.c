/*
 * The poll command. Validators go with the URL that gave them; passwords and tokens are read from
 * their files here, for each poll, and go no further than the command.
 */
#include "daemon/keep/command.h"

#include <stdio.h>
#include <string.h>

#include "daemon/keep/secret.h"

static int
read_secret(const char *key, const char *file, struct arena *arena, const char **ret_text,
	char ret_reason[COMMAND_REASON_SIZE])
{
	int error;

	if (file == NULL)
		return 0;
	error = secret_read(file, arena, ret_text);
	if (error != 0)
		snprintf(ret_reason, COMMAND_REASON_SIZE, "%s %s: %s", key, file, strerror(-error));
	return error;
}

int
command_make(const struct store_feed *feed, const struct config_settings *settings, uint64_t number,
	struct arena *arena, struct message_poll *ret_command, char ret_reason[COMMAND_REASON_SIZE])
{
	struct message_poll command = { .poll = number,
		.feed = feed->name,
		.url = feed->moved_url != NULL ? feed->moved_url : feed->url,
		.origin_url = feed->url,
		.etag = feed->etag,
		.last_modified = feed->last_modified,
		.validators_url = feed->validators_url,
		.body_hash = feed->body_hash,
		.timeout = settings->timeout > UINT32_MAX ? UINT32_MAX
							  : (uint32_t)settings->timeout,
		.max_body = (uint64_t)settings->max_body,
		.allow_private = settings->allow_private,
		.insecure = settings->insecure,
		.user = settings->user,
		.proxy = settings->proxy,
		.ca_file = settings->ca_file,
		.client_cert = settings->client_cert,
		.n_headers = settings->n_headers };
	int error;

	memcpy(command.headers, settings->headers, sizeof(command.headers));
	error = read_secret(
		"password-file", settings->password_file, arena, &command.password, ret_reason);
	if (error == 0)
		error = read_secret(
			"token-file", settings->token_file, arena, &command.token, ret_reason);
	if (error == 0)
		*ret_command = command;
	return error;
}
