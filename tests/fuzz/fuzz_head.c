/* The head of a request: what is accepted lies within the bytes given, and has a path. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/call.h"
#include "daemon/control/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(const uint8_t *data, size_t size, const char *text, size_t length)
{
	const uint8_t *begin = (const uint8_t *)text;

	if (length > 0 && (begin < data || length > size || begin + length > data + size))
		abort();
}

static void
check_query(const struct head *head)
{
	char *query = strndup(head->query, head->query_size);
	struct call call;

	if (query == NULL)
		return;
	call_init(&call);
	if (call_parse_query(&call, query) == 0)
		for (size_t i = 0; i < call.n_query; i++)
			if (call_query(&call, call.query[i].name) == NULL)
				abort();
	call_done(&call);
	free(query);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *reason = NULL;
	size_t end = size > 0 ? head_size(text, size) : 0;
	struct head head;

	if (end > size)
		abort();
	if (end == 0)
		return 0;
	if (head_parse(text, end, &head, &reason) != 0) {
		if (reason == NULL)
			abort();
		return 0;
	}
	if (head.path_size == 0 || head.path[0] != '/' || head.body_size > HEAD_BODY_MAX)
		abort();
	check_inside(data, end, head.path, head.path_size);
	check_inside(data, end, head.query, head.query_size);
	check_inside(data, end, head.host, head.host != NULL ? head.host_size : 0);
	check_query(&head);
	return 0;
}
