/* br (RFC 7932), by libbrotlidec. Its windows have at most 16 MB. Errors: -EILSEQ, -ENOMEM. */
#include <brotli/decode.h>

#include <errno.h>

#include "daemon/fetch/coding_kind.h"

static int
brotli_open(void **ret_state)
{
	BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);

	if (state == NULL)
		return -ENOMEM;
	*ret_state = state;
	return 0;
}

static int
brotli_step(void *state, const unsigned char **data, size_t *size, unsigned char *out, size_t room,
	size_t *ret_made)
{
	size_t left = room;
	BrotliDecoderResult result = BrotliDecoderDecompressStream(
		state, size, data, &left, &out, NULL);

	*ret_made = room - left;
	if (result == BROTLI_DECODER_RESULT_ERROR)
		return -EILSEQ;
	if (result == BROTLI_DECODER_RESULT_SUCCESS) {
		*data += *size;
		*size = 0;
	}
	return 0;
}

static bool
brotli_is_over(const void *state)
{
	return BrotliDecoderIsFinished(state);
}

static void
brotli_close(void *state)
{
	BrotliDecoderDestroyInstance(state);
}

const struct coding_kind coding_brotli = { brotli_open, brotli_step, brotli_is_over, brotli_close };
