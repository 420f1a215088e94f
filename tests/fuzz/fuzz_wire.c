/*
 * Messages: the first byte chooses one, the rest is its payload. What decodes must encode, and what
 * was encoded must decode to the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/wire/message.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each decodes a payload and, where that went well, encodes it again. Returns what decoding did. */
static int
again_setup(const unsigned char *data, size_t size, struct buf *out)
{
	struct arena arena = { 0 };
	struct message_setup setup;
	int r = message_setup_decode(data, size, &arena, &setup);

	if (r == 0)
		message_setup_encode(out, &setup);
	arena_done(&arena);
	return r;
}

static int
again_poll(const unsigned char *data, size_t size, struct buf *out)
{
	struct arena arena = { 0 };
	struct message_poll poll;
	int r = message_poll_decode(data, size, &arena, &poll);

	if (r == 0)
		message_poll_encode(out, &poll);
	arena_done(&arena);
	return r;
}

static int
again_cancel(const unsigned char *data, size_t size, struct buf *out)
{
	uint64_t poll;
	int r = message_cancel_decode(data, size, &poll);

	if (r == 0)
		message_cancel_encode(out, poll);
	return r;
}

static int
again_article(const unsigned char *data, size_t size, struct buf *out)
{
	struct np_article *article;
	uint64_t poll;
	int r = message_article_decode(data, size, &poll, &article);

	if (r == 0) {
		message_article_encode(out, poll, article);
		np_article_free(article);
	}
	return r;
}

static int
again_done(const unsigned char *data, size_t size, struct buf *out)
{
	struct arena arena = { 0 };
	struct message_done done;
	int r = message_done_decode(data, size, &arena, &done);

	if (r == 0)
		message_done_encode(out, &done);
	arena_done(&arena);
	return r;
}

static int (*const again[])(const unsigned char *data, size_t size, struct buf *out) = {
	again_setup,
	again_poll,
	again_cancel,
	again_article,
	again_done,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = { 0 }, twice = { 0 };
	size_t which;

	if (size == 0)
		return 0;
	which = data[0] % (sizeof(again) / sizeof(again[0]));
	if (again[which](data + 1, size - 1, &once) == 0) {
		if (again[which]((unsigned char *)once.data, once.len, &twice) != 0 ||
			once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
			abort();
	}
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
