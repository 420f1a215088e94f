/*
 * A coded body: the first byte says in what codings, the second in what pieces it comes. The same
 * bytes must give the same result and the same body whatever the pieces are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fetch/coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MADE_MAX (256u * 1024)

static const char *const lists[] = { "gzip", "deflate", "br", "zstd", "deflate, gzip", "gzip, gzip",
	"zstd, br" };

struct made {
	uint64_t hash; /* FNV-1a */
	size_t size;
};

static int
take(void *arg, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	struct made *made = arg;

	made->size += size;
	for (size_t i = 0; i < size; i++)
		made->hash = (made->hash ^ at[i]) * UINT64_C(1099511628211);
	return 0;
}

static int
decode(const char *list, const uint8_t *data, size_t size, size_t piece, struct made *made)
{
	struct coding *coding = NULL;
	int r = coding_new(list, MADE_MAX, take, made, &coding);

	for (size_t at = 0; r == 0 && coding != NULL && at < size; at += piece)
		r = coding_push(coding, data + at, size - at < piece ? size - at : piece);
	if (r == 0)
		r = coding_finish(coding);
	coding_free(coding);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct made whole = { 0 }, pieces = { 0 };
	const char *list;
	int r;

	if (size < 2)
		return 0;
	list = lists[data[0] % (sizeof(lists) / sizeof(lists[0]))];
	r = decode(list, data + 2, size - 2, size, &whole);
	if (whole.size > MADE_MAX)
		abort();
	if (decode(list, data + 2, size - 2, (size_t)data[1] + 1, &pieces) != r && r == 0)
		abort();
	if (r == 0 && memcmp(&whole, &pieces, sizeof(whole)) != 0)
		abort();
	return 0;
}
