/*
 * zstd (RFC 8878), by libzstd. A body may have several frames. Windows are of 8 MB at most, as HTTP
 * wants it (RFC 9659): else a header of ten bytes could ask for 128. Errors: -EILSEQ, -EOVERFLOW, -ENOMEM.
 */
#include <zstd.h>
#include <zstd_errors.h>

#include <errno.h>
#include <stdlib.h>

#include "daemon/fetch/coding_kind.h"

#define WINDOW_LOG_MAX 23

struct zstd_state {
	ZSTD_DStream *stream;
	size_t frames; /* that ended */
	bool over;     /* at the end of a frame */
	bool junk;     /* what follows is nothing of it */
};

static int
zstd_open(void **ret_state)
{
	struct zstd_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		return -ENOMEM;
	state->stream = ZSTD_createDStream();
	if (state->stream == NULL) {
		free(state);
		return -ENOMEM;
	}
	ZSTD_DCtx_setParameter(state->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	*ret_state = state;
	return 0;
}

static int
zstd_judge(struct zstd_state *state, size_t code)
{
	if (!ZSTD_isError(code)) {
		state->over = code == 0;
		state->frames += code == 0;
		return 0;
	}
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_prefix_unknown: /* not a frame */
		state->junk = state->over = state->frames > 0;
		return state->junk ? 0 : -EILSEQ;
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		return -EOVERFLOW;
	default:
		return -EILSEQ;
	}
}

static int
zstd_step(void *arg, const unsigned char **data, size_t *size, unsigned char *out, size_t room,
	size_t *ret_made)
{
	struct zstd_state *state = arg;
	ZSTD_inBuffer in = { *data, *size, 0 };
	ZSTD_outBuffer made = { out, room, 0 };
	int r = 0;

	if (!state->junk && (!state->over || *size > 0))
		r = zstd_judge(state, ZSTD_decompressStream(state->stream, &made, &in));
	if (state->junk)
		in.pos = in.size;
	*data += in.pos;
	*size -= in.pos;
	*ret_made = made.pos;
	return r;
}

static bool
zstd_is_over(const void *arg)
{
	const struct zstd_state *state = arg;

	return state->over;
}

static void
zstd_close(void *arg)
{
	struct zstd_state *state = arg;

	ZSTD_freeDStream(state->stream);
	free(state);
}

const struct coding_kind coding_zstd = { zstd_open, zstd_step, zstd_is_over, zstd_close };
