/* Codings where not all of the libraries are there: libcurl takes off what it can. */
#include "daemon/fetch/coding.h"

const char *
coding_offer(void)
{
	return NULL;
}

int
coding_new(const char *list, uint64_t max, coding_sink *sink, void *arg, struct coding **ret_coding)
{
	(void)list;
	(void)max;
	(void)sink;
	(void)arg;
	*ret_coding = NULL;
	return 0;
}

void
coding_free(struct coding *coding)
{
	(void)coding;
}

int
coding_push(struct coding *coding, const void *data, size_t size)
{
	(void)coding;
	(void)data;
	(void)size;
	return 0;
}

int
coding_finish(const struct coding *coding)
{
	(void)coding;
	return 0;
}
