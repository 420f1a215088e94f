/* Where the spool is, and what the user means by a point in it. Says what is wrong, once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/conf/config.h"
#include "daemon/conf/value.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"
#include "tools/spool_option.h"

const char *
spool_option_reason(int error)
{
	if (error == -EACCES)
		return "Permission denied (members of the group newspool may read it)";
	return strerror(-error);
}

static int
open_at(const struct command_call *call, const char *directory, struct np_spool **ret_spool)
{
	int error = np_spool_open(directory, ret_spool);

	if (error == 0)
		return COMMAND_OK;
	if (error == -EINVAL)
		command_say(call,
			"%s: not a spool: there is no articles/ in it (has newspoold run?)",
			directory);
	else
		command_say(call, "the spool %s: %s", directory, spool_option_reason(error));
	return COMMAND_FAILED;
}

int
spool_option_directory(struct command_call *call, const char *directory, char **ret_directory)
{
	struct config_error err = { "" };
	struct config *config = NULL;
	char *copy;

	if (!directory && config_load(command_config(call), NULL, &config, &err) < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	copy = strdup(directory ? directory : config->spool_directory);
	config_free(config);
	if (!copy) {
		command_say(call, "%s", strerror(ENOMEM));
		return COMMAND_FAILED;
	}
	*ret_directory = copy;
	return COMMAND_OK;
}

int
spool_option_open(struct command_call *call, const char *directory, struct np_spool **ret_spool)
{
	char *place;
	int status = spool_option_directory(call, directory, &place);

	if (status != COMMAND_OK)
		return status;
	status = open_at(call, place, ret_spool);
	free(place);
	return status;
}

int
spool_option_number(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > SPOOL_SEQ_DIGITS || text[n])
		return -EINVAL;
	for (; *text; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	if (number == 0)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int
parse_time(const char *text, int64_t *ret_seconds)
{
	char midnight[CLOCK_RFC3339_SIZE];
	const char *reason;
	int64_t ms;

	if (spool_is_day(text)) {
		snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", text);
		return clock_parse_rfc3339(midnight, ret_seconds);
	}
	if (clock_parse_rfc3339(text, ret_seconds) == 0)
		return 0;
	if (value_duration(text, &ms, &reason) < 0)
		return -EINVAL;
	*ret_seconds = (int64_t)time(NULL) - ms / 1000;
	return 0;
}

int
spool_option_since(const char *text, struct np_spool_query *query)
{
	int64_t seconds;

	if (text[strspn(text, "0")] == '\0' && *text)
		return 0; /* from the beginning */
	if (spool_option_number(text, &query->after) == 0)
		return 0;
	if (parse_time(text, &seconds) < 0)
		return -EINVAL;
	query->since = seconds > 0 ? seconds : 0;
	return 0;
}

int
spool_option_tag(const char *text, char **ret_tag)
{
	struct buf slug = { 0 };
	char *tag;

	if (!spool_slug(&slug, text))
		return -EINVAL;
	tag = buf_steal(&slug);
	if (!tag)
		return -ENOMEM;
	free(*ret_tag);
	*ret_tag = tag;
	return 0;
}
