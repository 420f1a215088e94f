/*
 * newspool queues: what waits in the queues, for how long, and who has taken what. Reads the folders
 * alone, so it needs no daemon; what changes meanwhile is counted or not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/json_write.h"
#include "lib/spool/layout.h"
#include "tools/queue_option.h"
#include "tools/spool_option.h"

enum { OPTION_SPOOL = 1 };

/* What is in one folder of a queue. */
struct pile {
	uint64_t n, bytes;
	uint64_t first;     /* the lowest sequence; 0: none */
	int64_t first_time; /* when that was delivered */
	int64_t oldest;     /* of claims: when the oldest was made; INT64_MAX: none */
};

struct listing {
	struct command_call *call;
	const char *directory;
	int64_t now;
};

static void
count_file(struct pile *pile, int dir, const char *file)
{
	char name[SPOOL_NAME_SIZE];
	struct stat st;
	int64_t claimed = -1;
	uint64_t seq;
	bool claim = spool_claim_split(file, name, &claimed) == 0;

	if (spool_queue_name_parse(claim ? name : file, &seq) < 0 ||
		fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	pile->n++;
	pile->bytes += (uint64_t)st.st_size;
	if (pile->first == 0 || seq < pile->first) {
		pile->first = seq;
		pile->first_time = st.st_mtim.tv_sec;
	}
	if (claimed < 0)
		claimed = st.st_ctim.tv_sec;
	if (claimed < pile->oldest)
		pile->oldest = claimed;
}

/* A folder that is not there is empty. */
static int
count(const struct listing *listing, const char *queue, const char *part, struct pile *ret_pile)
{
	struct pile pile = { .oldest = INT64_MAX };
	const struct dirent *entry;
	struct buf path = { 0 };
	DIR *dir;
	int error;

	buf_printf(&path, "%s/" SPOOL_QUEUES "/%s/%s", listing->directory, queue, part);
	error = buf_error(&path);
	dir = error ? NULL : opendir(buf_str(&path));
	if (!dir && !error && errno != ENOENT)
		error = -errno;
	if (error)
		command_say(listing->call, "%s: %s", buf_str(&path), strerror(-error));
	while (dir && (entry = readdir(dir)) != NULL)
		count_file(&pile, dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
	buf_done(&path);
	if (error == 0)
		*ret_pile = pile;
	return error;
}

struct state {
	struct pile new, cur, dead;
};

static int
count_all(const struct listing *listing, const struct config_queue *queue, struct state *ret_state)
{
	int error = count(listing, queue->name, "new", &ret_state->new);

	if (error == 0)
		error = count(listing, queue->name, "cur", &ret_state->cur);
	if (error == 0)
		error = count(listing, queue->name, SPOOL_DEAD, &ret_state->dead);
	return error;
}

static const char *
format_name(const struct config_queue *queue)
{
	return queue->format == CONFIG_QUEUE_RFC5322 ? "rfc5322" : "json";
}

static const char *
policy_name(const struct config_queue *queue)
{
	static const char *const names[] = { [CONFIG_FULL_WARN] = "warn",
		[CONFIG_FULL_DROP_OLDEST] = "drop-oldest",
		[CONFIG_FULL_DROP_NEW] = "drop-new" };

	return names[queue->when_full];
}

static int64_t
age(const struct listing *listing, int64_t when)
{
	return when < listing->now ? listing->now - when : 0;
}

static void
print_list(struct json_writer *json, const char *key, const char *const *texts, size_t n)
{
	json_write_array(json, key);
	for (size_t i = 0; i < n; i++)
		json_write_string(json, NULL, texts[i]);
	json_write_array_end(json);
}

static void
print_json(
	const struct listing *listing, const struct config_queue *queue, const struct state *state)
{
	static const char *const all[] = { "*" };
	struct json_writer json;
	struct buf line = { 0 };

	json_write_init(&json, &line);
	json_write_object(&json, NULL);
	json_write_string(&json, "name", queue->name);
	json_write_string(&json, "format", format_name(queue));
	print_list(&json, "tags", queue->all ? all : queue->tags, queue->all ? 1 : queue->n_tags);
	print_list(&json, "feeds", queue->feeds, queue->n_feeds);
	print_list(&json, "rules", queue->rules, queue->n_rules);
	json_write_string(&json, "on_deliver", queue->hook.command);
	json_write_string(&json, "webhook", queue->hook.webhook);
	if (queue->limit > 0)
		json_write_int(&json, "limit", queue->limit);
	if (queue->limit_age > 0)
		json_write_int(&json, "limit_age", queue->limit_age / 1000);
	json_write_string(&json, "when_full", policy_name(queue));
	json_write_int(&json, "depth", (int64_t)state->new.n);
	json_write_int(&json, "bytes", (int64_t)state->new.bytes);
	if (state->new.n > 0) {
		json_write_int(&json, "oldest_seq", (int64_t)state->new.first);
		json_write_int(&json, "oldest_age", age(listing, state->new.first_time));
	}
	json_write_int(&json, "claimed", (int64_t)state->cur.n);
	if (state->cur.n > 0)
		json_write_int(&json, "oldest_claim_age", age(listing, state->cur.oldest));
	json_write_int(&json, "dead", (int64_t)state->dead.n);
	json_write_object_end(&json);
	puts(buf_str(&line));
	buf_done(&line);
}

static const char *
age_text(int64_t seconds, char ret_text[24])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	snprintf(ret_text, 24, "%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
	return ret_text;
}

static void
print_row(const struct listing *listing, const struct config_queue *queue,
	const struct state *state, int width)
{
	const char *hook = queue->hook.command ? "on-deliver" : "";
	char oldest[24] = "-", claim[24] = "-", limit[24] = "-";

	if (state->new.n > 0)
		age_text(age(listing, state->new.first_time), oldest);
	if (state->cur.n > 0)
		age_text(age(listing, state->cur.oldest), claim);
	if (queue->hook.webhook)
		hook = "webhook";
	if (queue->limit > 0)
		snprintf(limit, sizeof(limit), "%" PRId64, queue->limit);
	printf("%-*s %-7s %8" PRIu64 " %7s %8s %-11s %8" PRIu64 " %7s %6" PRIu64 "%s%s\n", width,
		queue->name, format_name(queue), state->new.n, oldest, limit, policy_name(queue),
		state->cur.n, claim, state->dead.n, *hook ? "  " : "", hook);
}

static int
print_all(struct listing *listing, const struct config *config)
{
	int width = 5;

	for (size_t i = 0; i < config->n_queues; i++)
		if ((int)strlen(config->queues[i].name) > width)
			width = (int)strlen(config->queues[i].name);
	if (!listing->call->json && config->n_queues == 0)
		puts("No queue is configured.");
	else if (!listing->call->json)
		printf("%-*s %-7s %8s %7s %8s %-11s %8s %7s %6s\n", width, "QUEUE", "FORMAT",
			"DEPTH", "OLDEST", "LIMIT", "WHEN FULL", "CLAIMED", "OLDEST", "DEAD");
	for (size_t i = 0; i < config->n_queues; i++) {
		struct state state;

		if (count_all(listing, &config->queues[i], &state) != 0)
			return COMMAND_FAILED;
		if (listing->call->json)
			print_json(listing, &config->queues[i], &state);
		else
			print_row(listing, &config->queues[i], &state, width);
	}
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = {
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	struct listing listing = { .call = call, .now = (int64_t)time(NULL) };
	struct config *config = NULL;
	int option, status;

	while ((option = command_option(call, own)) > 0)
		listing.directory = optarg;
	if (option == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	status = queue_option_config(call, &config);
	if (status != COMMAND_OK)
		return status;
	if (!listing.directory)
		listing.directory = config->spool_directory;
	status = print_all(&listing, config);
	config_free(config);
	return command_finish(call, status);
}

const struct command cmd_queues = {
	.name = "queues",
	.summary = "show what waits in the queues, and for how long",
	.usage = "[--spool DIR]",
	.help = "\n"
		"A line a queue: how many articles wait and how long the oldest has, the limit and "
		"what is\n"
		"done above it, how many are claimed and since when the longest, how many were "
		"given up by\n"
		"hooks. With --json an object with name, format, tags, feeds, rules, on_deliver, "
		"webhook,\n"
		"limit, limit_age, when_full, depth, bytes, oldest_seq, oldest_age, claimed, "
		"oldest_claim_age\n"
		"and dead; ages in seconds.\n"
		"\n" SPOOL_OPTION_HELP "\n"
		"  newspool queues\n"
		"  newspool queues --json | jq -r 'select(.depth > 1000) | .name'\n",
	.json = true,
	.run = run,
};
