/*
 * The poll command. Validators go with the URL that gave them; passwords, tokens and certificates are read
 * from their files here, for each poll, and go no further than the command.
 */
#include "daemon/keep/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf/value.h"
#include "daemon/keep/secret.h"

struct key_file {
	const char *key, *file; /* file: NULL where the key is not set */
	bool secret;
	int (*read)(const char *file, struct arena *arena, const char **ret_text);
	const char **ret_text;
};

/* Modes change while the daemon runs: that nobody else may use a secret is asked each time. */
static int
check_mode(const struct key_file *key, struct arena *arena, const char **ret_why)
{
	const char *path;
	int error = value_secret_path(key->file, arena, &path);

	return error == 0 ? value_secret_file(path, ret_why) : error;
}

/* What a key's file holds, as `read` takes it; nothing where the key is not set. */
static int
read_file(const struct key_file *key, struct arena *arena, char ret_reason[COMMAND_REASON_SIZE])
{
	const char *why = NULL;
	int error;

	if (key->file == NULL)
		return 0;
	error = key->read(key->file, arena, key->ret_text);
	if (error == 0 && key->secret)
		error = check_mode(key, arena, &why);
	if (error != 0)
		snprintf(ret_reason, COMMAND_REASON_SIZE, "%s %s: %s", key->key, key->file,
			why != NULL ? why : strerror(-error));
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
		.n_headers = settings->n_headers };
	const struct key_file files[] = {
		{ "password-file", settings->password_file, true, secret_read, &command.password },
		{ "token-file", settings->token_file, true, secret_read, &command.token },
		{ "ca-file", settings->ca_file, false, secret_read_pem, &command.ca_pem },
		{ "client-cert", settings->client_cert, true, secret_read_pem,
			&command.client_pem },
	};
	int error = 0;

	memcpy(command.headers, settings->headers, sizeof(command.headers));
	for (size_t i = 0; error == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		error = read_file(&files[i], arena, ret_reason);
	if (error == 0)
		*ret_command = command;
	return error;
}
