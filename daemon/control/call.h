/*
 * One call of the control interface: what is asked for, taken apart and checked, and the answer in
 * the making. Knows no HTTP server. Everything lives in the call's arena until call_done().
 *
 * A handler either answers at once, or makes a part of the answer, keeps what it needs in `state`
 * and returns CALL_MORE, to be called again when the loop has turned: no handler may take longer
 * than some milliseconds at a time, for polling waits meanwhile.
 */
#ifndef DAEMON_CONTROL_CALL_H
#define DAEMON_CONTROL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json_write.h"

#define CALL_PARAMS_MAX 4
#define CALL_QUERY_MAX 32
#define CALL_HEADERS_MAX 8
#define CALL_ANSWER_MAX (8u * 1024 * 1024)

#define CALL_DONE 0
#define CALL_MORE 1

struct call_pair {
	const char *name, *value;
};

struct call {
	struct arena arena;
	/* what is asked for; texts are UTF-8 without controls */
	unsigned int method; /* enum head_method */
	bool may_change;
	bool html;                           /* it is a browser that asks */
	const char *params[CALL_PARAMS_MAX]; /* what stands at each {…} of the route's pattern */
	size_t n_params;
	struct call_pair query[CALL_QUERY_MAX];
	size_t n_query;
	const char *body;
	size_t body_size;
	void *state;   /* the handler's between two turns; in the arena */
	int64_t began; /* monotonic ms */
	/* the answer: 200 and JSON where nothing else is said */
	int status;
	const char *problem; /* call_error()'s words; NULL: none */
	const char *type;
	struct call_pair headers[CALL_HEADERS_MAX];
	size_t n_headers;
	struct buf out; /* no more than CALL_ANSWER_MAX */
	struct json_writer json;
};

void call_init(struct call *call);
void call_done(struct call *call);

/*
 * Undoes the escapes of a part of a URL, of a query's value where plus is set ('+' is a blank). NULL
 * for what is no UTF-8 or holds a control character, or without memory.
 */
const char *call_unescape(struct call *call, const char *text, size_t size, bool plus);

/* Takes the query apart. Returns 0, -EINVAL or -ENOMEM. */
int call_parse_query(struct call *call, const char *query);

/* The value of a query's first parameter of that name; NULL: not given. */
const char *call_query(const struct call *call, const char *name);

/* True for "1", "true", "yes" and the empty value. */
bool call_query_flag(const struct call *call, const char *name);

/*
 * A number of the query, fallback where it is not given. Returns false, and has answered, where it
 * is not a number from min to max.
 */
bool call_query_number(struct call *call, const char *name, int64_t min, int64_t max,
	int64_t fallback, int64_t *ret_number);

/*
 * Answers with an error and nothing else: {"error": {"code": …, "message": …}}. The code is for
 * programs and never changes. Returns CALL_DONE.
 */
int call_error(struct call *call, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A header of the answer. Both texts must outlive the call, or be in its arena. */
void call_header(struct call *call, const char *name, const char *value);

/* A time in ms since 1970 as RFC 3339; nothing for 0. */
void call_put_time(struct call *call, const char *key, int64_t ms);

#endif
