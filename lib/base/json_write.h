/*
 * Writes JSON (RFC 8259) into a buffer, left to right, on one line. It escapes, counts commas and
 * replaces what is not UTF-8 by U+FFFD, so that whatever is put in, valid JSON comes out. Own code
 * where a library exists: records are written from flat fields on the hot path and jansson would
 * first build a tree. Nesting is bounded by JSON_WRITE_DEPTH; going beyond is our own bug and
 * asserts.
 */
#ifndef LIB_BASE_JSON_WRITE_H
#define LIB_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define JSON_WRITE_DEPTH 64

struct json_writer {
	struct buf *out; /* errors stick there */
	unsigned int depth;
	bool comma; /* the next value needs one */
};

void json_write_init(struct json_writer *writer, struct buf *out);

/* key is NULL inside an array and at the top. */
void json_write_object(struct json_writer *writer, const char *key);
void json_write_object_end(struct json_writer *writer);
void json_write_array(struct json_writer *writer, const char *key);
void json_write_array_end(struct json_writer *writer);

/* A text; nothing at all, not even the key, for NULL. */
void json_write_string(struct json_writer *writer, const char *key, const char *text);
void json_write_string_n(
	struct json_writer *writer, const char *key, const char *text, size_t size);
void json_write_int(struct json_writer *writer, const char *key, int64_t number);
/* A finite number, in the fewest digits that read back the same; null for others. */
void json_write_double(struct json_writer *writer, const char *key, double number);
void json_write_bool(struct json_writer *writer, const char *key, bool value);
void json_write_null(struct json_writer *writer, const char *key);

#endif
