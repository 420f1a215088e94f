/*
 * Requests of a poll. Owns nothing; texts stand in the poll's arena. The rules of who may see what
 * are here and nowhere else. Errors: -ENOMEM, and -EINVAL for a URL that cannot be asked.
 */
#include "daemon/fetch/poll_request.h"

#include <errno.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"

bool
poll_is_good(int status)
{
	return status == 200 || status == 203 || status == MESSAGE_STATUS_DELTA;
}

/* Takes the buffer's text into the arena and frees the buffer. */
static int
keep(struct arena *arena, struct buf *buf, const char **ret_text)
{
	int r = buf_error(buf);

	if (r == 0) {
		*ret_text = arena_strndup(arena, buf_str(buf), buf->len);
		if (*ret_text == NULL)
			r = -ENOMEM;
	}
	buf_done(buf);
	return r;
}

static void
percent_decode(struct buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char hex[3] = { 0 };
		unsigned char byte;

		if (text[i] == '%' && i + 2 < size)
			memcpy(hex, text + i + 1, 2);
		if (hex[0] != '\0' && hex_decode(hex, &byte, 1) == 0 && byte != 0) {
			buf_putc(out, (char)byte);
			i += 2;
		} else {
			buf_putc(out, text[i]);
		}
	}
}

/* The user and password that stand in a URL itself. */
static int
split_userinfo(const struct url_part *userinfo, struct arena *arena, const char **ret_user,
	const char **ret_password)
{
	const char *colon = memchr(userinfo->ptr, ':', userinfo->len);
	size_t user_len = colon != NULL ? (size_t)(colon - userinfo->ptr) : userinfo->len;
	struct buf user = { 0 }, password = { 0 };
	int r;

	percent_decode(&user, userinfo->ptr, user_len);
	if (colon != NULL)
		percent_decode(&password, colon + 1, userinfo->len - user_len - 1);
	r = keep(arena, &user, ret_user);
	if (r < 0) {
		buf_done(&password);
		return r;
	}
	return keep(arena, &password, ret_password);
}

/* A URL fit to be sent, its user and password cut out and given apart. */
static int
clean_url(const char *text, struct arena *arena, const char **ret_url, const char **ret_user,
	const char **ret_password)
{
	struct buf clean = { .max = MESSAGE_URL_MAX };
	struct url url;
	int r;

	url_tidy(&clean, text, strlen(text));
	r = buf_error(&clean);
	if (r == -E2BIG || (r == 0 && !url_is_http(buf_str(&clean))))
		r = -EINVAL;
	if (r < 0)
		goto out;
	url_split(clean.data, clean.len, &url);
	if (url.userinfo.ptr != NULL) {
		size_t from = (size_t)(url.host.ptr - clean.data);
		size_t to = (size_t)(url.userinfo.ptr - clean.data);

		r = split_userinfo(&url.userinfo, arena, ret_user, ret_password);
		memmove(clean.data + to, clean.data + from, clean.len - from);
		buf_truncate(&clean, clean.len - (from - to));
	}
	if (r == 0)
		r = keep(arena, &clean, ret_url);
out:
	buf_done(&clean);
	return r;
}

int
poll_identity_make(
	struct poll_identity *identity, const struct message_poll *command, struct arena *arena)
{
	const char *home = command->origin_url != NULL ? command->origin_url : command->url;
	const char *user = NULL, *password = NULL;
	int r;

	*identity = (struct poll_identity){ 0 };
	r = clean_url(command->url, arena, &identity->url, &user, &password);
	identity->home = identity->url;
	if (r == 0 && strcmp(home, command->url) != 0) {
		/* What a publisher writes into the URL of a redirect is no credential of ours. */
		user = password = NULL;
		r = clean_url(home, arena, &identity->home, &user, &password);
	}
	if (r < 0)
		return r;
	identity->user = command->user != NULL ? command->user : user;
	identity->password = command->user != NULL ? command->password : password;
	return 0;
}

/* The same but for the fragment, which is not sent. */
static bool
is_same_url(const char *url, const char *other)
{
	size_t size = strcspn(other, "#");

	return strncmp(url, other, size) == 0 && url[size] == '\0';
}

/* What is asked most is home itself, of which nothing need be taken apart. */
static int
is_at_home(const struct poll_identity *identity, const char *url, bool *ret_home)
{
	struct buf home = { 0 }, origin = { 0 };
	int r;

	if (is_same_url(url, identity->home)) {
		*ret_home = true;
		return 0;
	}
	url_origin(&home, identity->home);
	url_origin(&origin, url);
	r = buf_error(&home) != 0 ? buf_error(&home) : buf_error(&origin);
	if (r == 0)
		*ret_home = strcmp(buf_str(&home), buf_str(&origin)) == 0;
	buf_done(&home);
	buf_done(&origin);
	return r;
}

/* A validator can be sent as it is unless it would end the line. */
static bool
can_be_sent(struct bytes value)
{
	return value.len > 0 && memchr(value.ptr, '\r', value.len) == NULL &&
	       memchr(value.ptr, '\n', value.len) == NULL &&
	       memchr(value.ptr, '\0', value.len) == NULL;
}

static int
add_validator(
	struct poll_request *request, const char *name, struct bytes value, struct arena *arena)
{
	size_t name_len = strlen(name);
	char *line;

	if (value.ptr == NULL || !can_be_sent(value))
		return 0;
	line = arena_alloc(arena, name_len + value.len + 1);
	if (line == NULL)
		return -ENOMEM;
	memcpy(line, name, name_len);
	memcpy(line + name_len, value.ptr, value.len);
	request->headers[request->target.n_headers++] = line;
	request->conditional = true;
	return 0;
}

/*
 * What is new since the validators. A delta is one against an entity tag, so it is offered beside
 * If-None-Match alone (RFC 3229 section 10.5.3).
 */
static int
add_conditions(
	struct poll_request *request, const struct message_poll *command, struct arena *arena)
{
	int r = add_validator(request, "If-None-Match: ", command->etag, arena);

	request->delta = request->conditional;
	if (r == 0 && request->delta)
		request->headers[request->target.n_headers++] = "A-IM: feed";
	if (r == 0)
		r = add_validator(request, "If-Modified-Since: ", command->last_modified, arena);
	return r;
}

static void
add_identity(struct poll_request *request, const struct message_poll *command,
	const struct poll_identity *identity)
{
	struct http_target *target = &request->target;

	target->user = identity->user;
	target->password = identity->password;
	target->token = command->token;
	target->ca_pem = command->ca_pem;
	target->client_pem = command->client_pem;
	target->insecure = command->insecure;
	for (size_t i = 0; i < command->n_headers; i++)
		request->headers[target->n_headers++] = command->headers[i];
}

int
poll_request_make(struct poll_request *request, const struct message_poll *command,
	const struct poll_identity *identity, const char *url, struct arena *arena)
{
	const char *validators = command->validators_url != NULL ? command->validators_url
								 : identity->url;
	bool home = false;
	int r = is_at_home(identity, url, &home);

	if (r < 0)
		return r;
	*request = (struct poll_request){ .target = { .url = url,
						  .headers = request->headers,
						  .proxy = command->proxy,
						  .allow_private = command->allow_private } };
	if (home)
		add_identity(request, command, identity);
	if (!is_same_url(url, validators))
		return 0;
	return add_conditions(request, command, arena);
}
