/* newspool rules test: what the rules would do to articles that are spooled already. */
#ifndef TOOLS_RULES_TEST_H
#define TOOLS_RULES_TEST_H

#include <stdbool.h>

#include <newspool/spool.h>

#include "daemon/conf/config.h"
#include "tools/command.h"

struct rules_test_options {
	const char *directory; /* of the spool; NULL: the configuration's */
	struct np_spool_query query;
	bool all; /* show those too that would stay as they are */
};

/*
 * Tests the articles that the operands from optind name, or all that the query lists. Returns the
 * exit status.
 */
int rules_test(struct command_call *call, const struct config *config,
	const struct rules_test_options *options);

#endif
