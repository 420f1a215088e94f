/* JSON Feed, later. */
#include "lib/feed/jsonfeed.h"

#include <errno.h>

int
jsonfeed_read(struct builder *builder, const char *text, size_t size, const char **ret_reason)
{
	(void)builder;
	(void)text;
	(void)size;
	*ret_reason = "a JSON document that is not a feed";
	return -EBADMSG;
}
