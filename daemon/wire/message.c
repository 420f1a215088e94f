/*
 * The messages but the article (message_article.c): each is its fields in the order of the
 * structure. Owns nothing.
 *
 * An encoder and its decoder stand side by side and must name the same fields in the same order; a
 * decoder fills a local structure and hands it over only when the whole payload was right.
 */
#include "daemon/wire/message.h"

#include <errno.h>
#include <string.h>

#include "daemon/wire/log.h"
#include "daemon/wire/wire.h"
#include "lib/base/url.h"

#define SANDBOX_MAX 2u
#define STATUS_MAX 999u
#define HOURS_MASK 0xffffffu
#define DAYS_MASK 0x7fu

static const char *const result_names[RESULT_MAX] = {
	[RESULT_OK] = "ok",
	[RESULT_NOT_MODIFIED] = "not-modified",
	[RESULT_SAME_BODY] = "same-body",
	[RESULT_NOT_A_FEED] = "not-a-feed",
	[RESULT_HTTP_ERROR] = "http-error",
	[RESULT_GONE] = "gone",
	[RESULT_NETWORK_ERROR] = "network-error",
	[RESULT_TIMEOUT] = "timeout",
	[RESULT_TOO_LARGE] = "too-large",
	[RESULT_TRUNCATED] = "truncated",
	[RESULT_REDIRECT] = "redirect",
	[RESULT_REFUSED] = "refused",
	[RESULT_INTERNAL] = "internal",
};

const char *
message_result_name(enum message_result result)
{
	return (unsigned int)result < RESULT_MAX ? result_names[result] : "unknown";
}

bool
message_done_is_elsewhere(const struct message_done *done)
{
	struct buf self = { 0 }, asked = { 0 };
	bool elsewhere;

	if (done->self_url == NULL || done->final_url == NULL || !url_is_http(done->self_url))
		return false;
	url_canonical(&self, done->self_url);
	url_canonical(&asked, done->final_url);
	elsewhere = buf_error(&self) == 0 && buf_error(&asked) == 0 &&
		    strcmp(buf_str(&self), buf_str(&asked)) != 0;
	buf_done(&self);
	buf_done(&asked);
	return elsewhere;
}

void
message_setup_encode(struct buf *out, const struct message_setup *setup)
{
	wire_put_text(out, setup->user_agent, MESSAGE_LINE_MAX);
	wire_put_u32(out, setup->max_connections);
	wire_put_u32(out, setup->max_host_connections);
	wire_put_u32(out, setup->host_spacing);
	wire_put_u8(out, setup->log_level);
	wire_put_u8(out, setup->sandbox);
}

int
message_setup_decode(const unsigned char *payload, size_t size, struct arena *arena,
	struct message_setup *ret_setup)
{
	struct message_setup setup = { 0 };
	struct wire_reader reader;
	int r;

	wire_reader_init(&reader, payload, size, arena);
	setup.user_agent = wire_get_text_required(&reader, MESSAGE_LINE_MAX);
	setup.max_connections = wire_get_u32(&reader);
	setup.max_host_connections = wire_get_u32(&reader);
	setup.host_spacing = wire_get_u32(&reader);
	setup.log_level = wire_get_u8(&reader);
	setup.sandbox = wire_get_u8(&reader);
	if (setup.max_connections < 1 || setup.max_host_connections < 1 ||
		setup.log_level < LOG_LEVEL_ERROR || setup.log_level > LOG_LEVEL_DEBUG ||
		setup.sandbox > SANDBOX_MAX)
		wire_reader_fail(&reader, -EPROTO);
	r = wire_reader_finish(&reader);
	if (r == 0)
		*ret_setup = setup;
	return r;
}

void
message_poll_encode(struct buf *out, const struct message_poll *poll)
{
	size_t n = poll->n_headers < MESSAGE_HEADERS_MAX ? poll->n_headers : MESSAGE_HEADERS_MAX;

	wire_put_u64(out, poll->poll);
	wire_put_text(out, poll->feed, MESSAGE_LINE_MAX);
	wire_put_url(out, poll->url);
	wire_put_url(out, poll->origin_url);
	wire_put_bytes(out, poll->etag, MESSAGE_VALIDATOR_MAX);
	wire_put_bytes(out, poll->last_modified, MESSAGE_VALIDATOR_MAX);
	wire_put_url(out, poll->validators_url);
	wire_put_bytes(out, poll->body_hash, SHA256_SIZE);
	wire_put_u32(out, poll->timeout);
	wire_put_u64(out, poll->max_body);
	wire_put_u32(out, poll->allow_private);
	wire_put_u32(out, poll->insecure);
	wire_put_text(out, poll->user, MESSAGE_LINE_MAX);
	wire_put_text(out, poll->password, MESSAGE_LINE_MAX);
	wire_put_text(out, poll->token, MESSAGE_LINE_MAX);
	wire_put_text(out, poll->proxy, MESSAGE_LINE_MAX);
	wire_put_text(out, poll->ca_pem, MESSAGE_PEM_MAX);
	wire_put_text(out, poll->client_pem, MESSAGE_PEM_MAX);
	wire_put_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		wire_put_text(out, poll->headers[i], MESSAGE_LINE_MAX);
}

int
message_poll_decode(const unsigned char *payload, size_t size, struct arena *arena,
	struct message_poll *ret_poll)
{
	struct message_poll poll = { 0 };
	struct wire_reader reader;
	int r;

	wire_reader_init(&reader, payload, size, arena);
	poll.poll = wire_get_u64(&reader);
	poll.feed = wire_get_text_required(&reader, MESSAGE_LINE_MAX);
	poll.url = wire_get_text_required(&reader, MESSAGE_URL_MAX);
	poll.origin_url = wire_get_text(&reader, MESSAGE_URL_MAX);
	poll.etag = wire_get_bytes(&reader, MESSAGE_VALIDATOR_MAX);
	poll.last_modified = wire_get_bytes(&reader, MESSAGE_VALIDATOR_MAX);
	poll.validators_url = wire_get_text(&reader, MESSAGE_URL_MAX);
	poll.body_hash = wire_get_bytes(&reader, SHA256_SIZE);
	poll.timeout = wire_get_u32(&reader);
	poll.max_body = wire_get_u64(&reader);
	poll.allow_private = wire_get_bool(&reader);
	poll.insecure = wire_get_bool(&reader);
	poll.user = wire_get_text(&reader, MESSAGE_LINE_MAX);
	poll.password = wire_get_text(&reader, MESSAGE_LINE_MAX);
	poll.token = wire_get_text(&reader, MESSAGE_LINE_MAX);
	poll.proxy = wire_get_text(&reader, MESSAGE_LINE_MAX);
	poll.ca_pem = wire_get_text(&reader, MESSAGE_PEM_MAX);
	poll.client_pem = wire_get_text(&reader, MESSAGE_PEM_MAX);
	poll.n_headers = wire_get_count(&reader, MESSAGE_HEADERS_MAX);
	for (size_t i = 0; i < poll.n_headers; i++)
		poll.headers[i] = wire_get_text_required(&reader, MESSAGE_LINE_MAX);
	if (poll.body_hash.ptr != NULL && poll.body_hash.len != SHA256_SIZE)
		wire_reader_fail(&reader, -EPROTO);
	r = wire_reader_finish(&reader);
	if (r == 0)
		*ret_poll = poll;
	return r;
}

void
message_cancel_encode(struct buf *out, uint64_t poll)
{
	wire_put_u64(out, poll);
}

int
message_cancel_decode(const unsigned char *payload, size_t size, uint64_t *ret_poll)
{
	struct wire_reader reader;
	uint64_t poll;
	int r;

	wire_reader_init(&reader, payload, size, NULL);
	poll = wire_get_u64(&reader);
	r = wire_reader_finish(&reader);
	if (r == 0)
		*ret_poll = poll;
	return r;
}

static void
encode_document(struct buf *out, const struct message_done *done)
{
	wire_put_text(out, done->feed_title, MESSAGE_LINE_MAX);
	wire_put_url(out, done->feed_home_page_url);
	wire_put_text(out, done->feed_language, MESSAGE_LINE_MAX);
	wire_put_text(out, done->feed_version, MESSAGE_LINE_MAX);
	wire_put_url(out, done->self_url);
	wire_put_url(out, done->hub_url);
	wire_put_url(out, done->prev_archive_url);
	wire_put_hint(out, done->ttl);
	wire_put_hint(out, done->update_interval);
	wire_put_u32(out, done->skip_hours & HOURS_MASK);
	wire_put_u32(out, done->skip_days & DAYS_MASK);
	wire_put_u32(out, done->bozo);
	wire_put_text(out, done->bozo_reason, MESSAGE_LINE_MAX);
	wire_put_u32(out, done->cut_off);
}

static void
decode_document(struct wire_reader *reader, struct message_done *done)
{
	done->feed_title = wire_get_text(reader, MESSAGE_LINE_MAX);
	done->feed_home_page_url = wire_get_text(reader, MESSAGE_URL_MAX);
	done->feed_language = wire_get_text(reader, MESSAGE_LINE_MAX);
	done->feed_version = wire_get_text(reader, MESSAGE_LINE_MAX);
	done->self_url = wire_get_text(reader, MESSAGE_URL_MAX);
	done->hub_url = wire_get_text(reader, MESSAGE_URL_MAX);
	done->prev_archive_url = wire_get_text(reader, MESSAGE_URL_MAX);
	done->ttl = wire_get_hint(reader);
	done->update_interval = wire_get_hint(reader);
	done->skip_hours = wire_get_count(reader, HOURS_MASK);
	done->skip_days = wire_get_count(reader, DAYS_MASK);
	done->bozo = wire_get_bool(reader);
	done->bozo_reason = wire_get_text(reader, MESSAGE_LINE_MAX);
	done->cut_off = wire_get_bool(reader);
}

void
message_done_encode(struct buf *out, const struct message_done *done)
{
	wire_put_u64(out, done->poll);
	wire_put_u32(out, (uint32_t)done->result);
	wire_put_u32(out, done->status);
	wire_put_text(out, done->reason, MESSAGE_LINE_MAX);
	wire_put_bytes(out, done->etag, MESSAGE_VALIDATOR_MAX);
	wire_put_bytes(out, done->last_modified, MESSAGE_VALIDATOR_MAX);
	buf_append(out, done->body_hash, SHA256_SIZE);
	wire_put_url(out, done->final_url);
	wire_put_url(out, done->moved_url);
	wire_put_hint(out, done->max_age);
	wire_put_hint(out, done->retry_after);
	wire_put_u32(out, done->n_articles);
	wire_put_u64(out, done->bytes_wire);
	wire_put_u64(out, done->bytes_body);
	wire_put_u32(out, done->elapsed);
	wire_put_u32(out, done->parse_time);
	encode_document(out, done);
}

int
message_done_poll(const unsigned char *payload, size_t size, uint64_t *ret_poll)
{
	struct wire_reader reader;
	uint64_t poll;

	wire_reader_init(&reader, payload, size, NULL);
	poll = wire_get_u64(&reader);
	if (reader.error != 0)
		return reader.error;
	*ret_poll = poll;
	return 0;
}

int
message_done_decode(const unsigned char *payload, size_t size, struct arena *arena,
	struct message_done *ret_done)
{
	struct message_done done = { 0 };
	struct wire_reader reader;
	int r;

	wire_reader_init(&reader, payload, size, arena);
	done.poll = wire_get_u64(&reader);
	done.result = (enum message_result)wire_get_count(&reader, RESULT_MAX - 1);
	done.status = (uint16_t)wire_get_count(&reader, STATUS_MAX);
	done.reason = wire_get_text(&reader, MESSAGE_LINE_MAX);
	done.etag = wire_get_bytes(&reader, MESSAGE_VALIDATOR_MAX);
	done.last_modified = wire_get_bytes(&reader, MESSAGE_VALIDATOR_MAX);
	wire_get_raw(&reader, done.body_hash, SHA256_SIZE);
	done.final_url = wire_get_text(&reader, MESSAGE_URL_MAX);
	done.moved_url = wire_get_text(&reader, MESSAGE_URL_MAX);
	done.max_age = wire_get_hint(&reader);
	done.retry_after = wire_get_hint(&reader);
	done.n_articles = wire_get_u32(&reader);
	done.bytes_wire = wire_get_u64(&reader);
	done.bytes_body = wire_get_u64(&reader);
	done.elapsed = wire_get_u32(&reader);
	done.parse_time = wire_get_u32(&reader);
	decode_document(&reader, &done);
	r = wire_reader_finish(&reader);
	if (r == 0)
		*ret_done = done;
	return r;
}
