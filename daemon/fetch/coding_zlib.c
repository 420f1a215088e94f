/*
 * gzip and deflate, by zlib. A gzip may have several members, which are one body (RFC 1952 section
 * 2.2); deflate is to have zlib's header (RFC 9110 section 8.4.1.2), and comes without it too.
 *
 * Errors: -EILSEQ, -ENOMEM.
 */
#include <zlib.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "daemon/fetch/coding_kind.h"

#define HEAD 2 /* bytes that tell which it is */
#define GZIP_1 0x1f
#define GZIP_2 0x8b
#define GZIP_HEADER 10 /* bytes, at least */

/* What inflateInit2() takes: the size of the window, and which header. */
enum {
	FORM_RAW = -15,
	FORM_ZLIB = 15,
	FORM_GZIP = 31,
};

struct zlib_state {
	z_stream z;
	bool gzip;
	int form; /* 0: not known yet */
	unsigned char head[HEAD];
	size_t n_head;
	size_t members; /* that ended */
	bool over;
	bool junk; /* what follows is nothing of it */
};

static int
zlib_open(bool gzip, void **ret_state)
{
	struct zlib_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		return -ENOMEM;
	state->gzip = gzip;
	*ret_state = state;
	return 0;
}

static int
gzip_open(void **ret_state)
{
	return zlib_open(true, ret_state);
}

static int
deflate_open(void **ret_state)
{
	return zlib_open(false, ret_state);
}

static int
form_of(const struct zlib_state *state)
{
	const unsigned char *head = state->head;

	if (state->gzip || (head[0] == GZIP_1 && head[1] == GZIP_2))
		return FORM_GZIP;
	if ((head[0] & 0x0f) == Z_DEFLATED && (head[0] << 8 | head[1]) % 31 == 0)
		return FORM_ZLIB;
	return FORM_RAW;
}

/* Collects the head; when it is there it is what is to be read first. */
static int
zlib_begin(struct zlib_state *state, const unsigned char **data, size_t *size)
{
	for (; state->n_head<HEAD && * size> 0; (*size)--)
		state->head[state->n_head++] = *(*data)++;
	if (state->n_head < HEAD)
		return 0;
	state->form = form_of(state);
	if (inflateInit2(&state->z, state->form) != Z_OK) {
		state->form = 0;
		return -ENOMEM;
	}
	state->z.next_in = state->head;
	state->z.avail_in = HEAD;
	return 0;
}

/* Behind the end: another member, or what does not belong to it. */
static int
zlib_go_on(struct zlib_state *state, const unsigned char **data, size_t *size)
{
	if (state->form == FORM_GZIP && !state->junk && **data == GZIP_1) {
		state->over = false;
		return inflateReset(&state->z) == Z_OK ? 0 : -ENOMEM;
	}
	state->junk = true;
	*data += *size;
	*size = 0;
	return 0;
}

static int
zlib_judge(struct zlib_state *state, int code)
{
	switch (code) {
	case Z_STREAM_END:
		state->over = true;
		state->members++;
		return 0;
	case Z_OK:
	case Z_BUF_ERROR:
		return 0;
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		break;
	}
	/* It began like another member, and is none. */
	if (state->members > 0 && state->z.total_in < GZIP_HEADER) {
		state->over = state->junk = true;
		return 0;
	}
	return -EILSEQ;
}

static int
zlib_inflate(struct zlib_state *state, const unsigned char **data, size_t *size, unsigned char *out,
	size_t room, size_t *ret_made)
{
	z_stream *z = &state->z;
	bool head = z->avail_in > 0; /* it is read alone, first */
	int r;

	if (!head) {
		z->next_in = (unsigned char *)(uintptr_t)*data;
		z->avail_in = (unsigned int)*size;
	}
	z->next_out = out;
	z->avail_out = (unsigned int)room;
	r = zlib_judge(state, inflate(z, Z_NO_FLUSH));
	*ret_made = room - z->avail_out;
	if (!head) {
		*data += *size - z->avail_in;
		*size = z->avail_in;
	}
	z->avail_in = 0;
	return r;
}

static int
zlib_step(void *arg, const unsigned char **data, size_t *size, unsigned char *out, size_t room,
	size_t *ret_made)
{
	struct zlib_state *state = arg;
	int r = 0;

	*ret_made = 0;
	if (state->form == 0)
		r = zlib_begin(state, data, size);
	else if (state->over && *size > 0)
		r = zlib_go_on(state, data, size);
	if (r < 0 || state->form == 0 || state->over)
		return r;
	return zlib_inflate(state, data, size, out, room, ret_made);
}

static bool
zlib_is_over(const void *arg)
{
	const struct zlib_state *state = arg;

	return state->over;
}

static void
zlib_close(void *arg)
{
	struct zlib_state *state = arg;

	if (state->form != 0)
		inflateEnd(&state->z);
	free(state);
}

const struct coding_kind coding_gzip = { gzip_open, zlib_step, zlib_is_over, zlib_close };
const struct coding_kind coding_deflate = { deflate_open, zlib_step, zlib_is_over, zlib_close };
