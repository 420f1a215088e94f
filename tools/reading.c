/* Reads articles for commands. Says what is wrong, once, by the command's name. */
#include "tools/reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/spool/record.h"

int
reading_open(struct reading *reading, struct command_call *call, struct filter *filter)
{
	*reading = (struct reading){ .call = call, .filter = filter };
	return spool_option_open(call, filter->directory, &reading->spool);
}

int
reading_begin(struct reading *reading, enum reading_order order)
{
	struct np_spool_query query = reading->filter->query;
	int error;

	np_spool_list_free(reading->list);
	np_spool_follow_free(reading->follow);
	reading->list = NULL;
	reading->follow = NULL;
	reading->seq = 0;
	query.newest_first = order == READING_NEWEST_FIRST;
	if (order == READING_FOLLOW)
		error = np_spool_follow_new(reading->spool, &query, &reading->follow);
	else
		error = np_spool_list_new(reading->spool, &query, &reading->list);
	if (error == 0)
		return COMMAND_OK;
	command_say(reading->call, "the spool: %s", spool_option_reason(error));
	return COMMAND_FAILED;
}

static void
drop(struct reading *reading)
{
	np_record_free(reading->record);
	free(reading->line);
	reading->record = NULL;
	reading->line = NULL;
}

void
reading_close(struct reading *reading)
{
	drop(reading);
	np_spool_list_free(reading->list);
	np_spool_follow_free(reading->follow);
	np_spool_close(reading->spool);
	buf_done(&reading->head);
	*reading = (struct reading){ .spool = NULL };
}

static int
parse(struct reading *reading)
{
	if (!reading->heads || reading->filter->text.len > 0)
		return np_record_parse(reading->line, reading->size, &reading->record);
	buf_reset(&reading->head);
	record_head(&reading->head, reading->line, reading->size);
	if (buf_error(&reading->head))
		return buf_error(&reading->head);
	return np_record_parse(buf_str(&reading->head), reading->head.len, &reading->record);
}

/* What a file is does not change; that it cannot be read, for its mode or its disk, may. */
static bool
is_lasting(int error)
{
	return error == -EBADMSG || error == -E2BIG;
}

/* Returns 1, 0 where it is to be passed over, or -1. */
static int
read_entry(struct reading *reading)
{
	const char *path = reading->entry->path;
	int error = np_spool_read(reading->spool, path, &reading->line, &reading->size);

	if (error == 0)
		error = parse(reading);
	if (error == 0)
		return 1;
	if (error == -ENOENT)
		return 0;
	command_say(reading->call, "%s: %s", path,
		error == -EBADMSG ? "not a record" : spool_option_reason(error));
	reading->status = COMMAND_FAILED;
	return error == -ENOMEM || (reading->keeps_place && !is_lasting(error)) ? -1 : 0;
}

int
reading_next(struct reading *reading)
{
	bool reads = !reading->paths || filter_reads(reading->filter);
	int ret;

	for (;;) {
		drop(reading);
		if (ferror(stdout))
			return 0;
		ret = reading->follow ? np_spool_follow_next(reading->follow, &reading->entry)
				      : np_spool_list_next(reading->list, &reading->entry);
		if (ret == 0)
			return 0;
		if (ret < 0) {
			command_say(reading->call, "the spool: %s", spool_option_reason(ret));
			reading->status = COMMAND_FAILED;
			return -1;
		}
		ret = reads ? read_entry(reading) : 1;
		if (ret < 0)
			return ret;
		reading->seq = reading->entry->seq;
		if (ret > 0 && (!reads || filter_matches(reading->filter, reading->record)))
			return 1;
	}
}
