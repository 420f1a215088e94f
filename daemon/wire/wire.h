/*
 * The marks on a frame's payload: numbers in little-endian, texts and bytes with their length
 * before them. Shared by the files that encode and decode messages (message.h).
 */
#ifndef DAEMON_WIRE_WIRE_H
#define DAEMON_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/message.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

void wire_put_u8(struct buf *out, uint8_t value);
void wire_put_u16(struct buf *out, uint16_t value);
void wire_put_u32(struct buf *out, uint32_t value);
void wire_put_u64(struct buf *out, uint64_t value);
void wire_put_i64(struct buf *out, int64_t value);
/* Anything below 0 is -1: not said. */
void wire_put_hint(struct buf *out, int64_t value);
void wire_put_double(struct buf *out, double value);
/* NULL is kept apart from "". Longer than max: cut between two characters. */
void wire_put_text(struct buf *out, const char *text, size_t max);
/* Longer than MESSAGE_URL_MAX: absent, for half a URL is another URL. */
void wire_put_url(struct buf *out, const char *url);
/* Longer than max: absent. */
void wire_put_bytes(struct buf *out, struct bytes bytes, size_t max);

/*
 * Reads a payload. The first thing that is wrong sets error (-EPROTO, -ENOMEM), after which every
 * get gives 0 or NULL; so a decoder checks once, at its end, with wire_reader_finish().
 */
struct wire_reader {
	const unsigned char *ptr;
	size_t left;
	struct arena *arena; /* of what is made */
	int error;
};

void wire_reader_init(
	struct wire_reader *reader, const unsigned char *payload, size_t size, struct arena *arena);
/* Says that the message breaks a rule. */
void wire_reader_fail(struct wire_reader *reader, int error);
/* 0 when everything was right and nothing is left over. */
int wire_reader_finish(struct wire_reader *reader);

uint8_t wire_get_u8(struct wire_reader *reader);
uint16_t wire_get_u16(struct wire_reader *reader);
uint32_t wire_get_u32(struct wire_reader *reader);
uint64_t wire_get_u64(struct wire_reader *reader);
int64_t wire_get_i64(struct wire_reader *reader);
/* A finite number. */
double wire_get_double(struct wire_reader *reader);
/* 0 or 1. */
bool wire_get_bool(struct wire_reader *reader);
/* At most max. */
uint32_t wire_get_count(struct wire_reader *reader, uint32_t max);
/* At least -1. */
int64_t wire_get_hint(struct wire_reader *reader);
/* Valid UTF-8 of at most max bytes without NUL or C0 controls but tab and newline; or NULL. */
const char *wire_get_text(struct wire_reader *reader, size_t max);
/* The same; absent is an error. */
const char *wire_get_text_required(struct wire_reader *reader, size_t max);
struct bytes wire_get_bytes(struct wire_reader *reader, size_t max);
/* size bytes as they are. */
void wire_get_raw(struct wire_reader *reader, void *ret_data, size_t size);
/* n * size bytes zeroed, NULL for n = 0 or when memory is out. */
void *wire_get_array(struct wire_reader *reader, size_t n, size_t size);

#endif
