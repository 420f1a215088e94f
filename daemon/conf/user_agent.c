/*
 * The name by which servers know us. Owns nothing, does no I/O; errors are those of the buffer.
 */
#include <string.h>

#include "daemon/conf/config.h"

#define FEEDS "{feeds}"

void
config_put_user_agent(const struct config *config, struct buf *out)
{
	const char *text = config->user_agent, *at;

	while ((at = strstr(text, FEEDS)) != NULL) {
		buf_append(out, text, (size_t)(at - text));
		buf_printf(out, "%zu feed%s", config->n_feeds, config->n_feeds == 1 ? "" : "s");
		text = at + strlen(FEEDS);
	}
	buf_puts(out, text);
}
