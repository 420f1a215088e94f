/*
 * [queue …] sections: a queue and its hook are checked as a whole, and queues are kept in the order in
 * which they stand. The texts are the configuration's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf/load.h"
#include "daemon/conf/words.h"

static bool
was_given(const struct load_section *section, const char *key)
{
	return section->seen[schema_find(SCHEMA_QUEUE, key) - schema_keys] != 0;
}

/* NULL where what the queue says goes together. */
static const char *
clash(const struct load_section *section, const struct config_queue *queue)
{
	static const char *const of_hooks[] = { "hook-timeout", "hook-parallel", "hook-tries",
		"hook-retry" };
	const struct config_hook *hook = &queue->hook;

	if (!was_given(section, "tags") && queue->n_feeds == 0 && queue->n_rules == 0)
		return "tags is missing (* for all), or feeds, or rules";
	if (hook->command && hook->webhook)
		return "on-deliver and webhook do not go together: make it two queues";
	if (!hook->command && was_given(section, "on-deliver-shell"))
		return "on-deliver-shell needs on-deliver";
	if (!hook->webhook && hook->secret_file)
		return "webhook-secret-file needs webhook";
	for (size_t i = 0; i < sizeof(of_hooks) / sizeof(of_hooks[0]); i++)
		if (!hook->command && !hook->webhook && was_given(section, of_hooks[i]))
			return "a key of hooks needs on-deliver or webhook";
	return NULL;
}

static int
split_command(struct loading *loading, struct config_hook *hook)
{
	const char *reason;
	int error = words_split(hook->command, &loading->config->arena, &hook->words, &reason);

	if (error == -EINVAL)
		return config_error_set(loading->err, load_current_file(loading),
			loading->section
				.seen[schema_find(SCHEMA_QUEUE, "on-deliver") - schema_keys],
			"on-deliver", "%s", reason);
	return error < 0 ? load_failed(loading, load_current_file(loading), loading->section.line,
				   NULL, error)
			 : 0;
}

static void
fill(const struct load_section *section, struct config_queue *queue)
{
	const struct schema_entry *entry = &section->entry;

	*queue = (struct config_queue){
		.name = section->name,
		.all = entry->tags.n == 0,
		.feeds = entry->feeds.items,
		.n_feeds = entry->feeds.n,
		.rules = entry->rules.items,
		.n_rules = entry->rules.n,
		.format = entry->format,
		.limit = entry->limit,
		.limit_age = entry->limit_age,
		.when_full = entry->when_full,
		.hook = entry->hook,
	};
	for (size_t i = 0; i < entry->tags.n; i++)
		queue->all = queue->all || strcmp(entry->tags.items[i], "*") == 0;
	if (!queue->all) {
		queue->tags = entry->tags.items;
		queue->n_tags = entry->tags.n;
	}
}

int
load_queue_end(struct loading *loading)
{
	const struct load_section *section = &loading->section;
	struct load_queue *queue = arena_alloc(&loading->config->arena, sizeof(*queue));
	char too_many[64];
	const char *reason;

	if (!queue)
		return load_failed(
			loading, load_current_file(loading), section->line, NULL, -ENOMEM);
	fill(section, &queue->queue);
	if ((reason = clash(section, &queue->queue)) != NULL)
		return load_section_wrong(loading, reason);
	if (loading->n_queues == CONFIG_QUEUES_MAX) {
		snprintf(too_many, sizeof(too_many), "more than %d queues", CONFIG_QUEUES_MAX);
		return load_section_wrong(loading, too_many);
	}
	queue->place = load_current_file(loading);
	queue->line = section->line;
	queue->next = loading->queues;
	loading->queues = queue;
	loading->n_queues++;
	return queue->queue.hook.command ? split_command(loading, &queue->queue.hook) : 0;
}

static bool
is_rule(const struct loading *loading, const char *name)
{
	for (const struct load_rule *rule = loading->rules; rule; rule = rule->next)
		if (strcmp(rule->rule.name, name) == 0)
			return true;
	return false;
}

/* The rules that a queue names may stand behind it, so all of them are known only now. */
static int
check_rules(struct loading *loading, const struct load_queue *queue)
{
	for (size_t i = 0; i < queue->queue.n_rules; i++)
		if (!is_rule(loading, queue->queue.rules[i]))
			return config_error_set(loading->err, queue->place, queue->line, "rules",
				"[queue %s] names a rule that is not there: [rule %s]",
				queue->queue.name, queue->queue.rules[i]);
	return 0;
}

int
load_queues_make(struct loading *loading)
{
	size_t n = loading->n_queues;
	struct config_queue *queues = arena_alloc_array(
		&loading->config->arena, n ? n : 1, sizeof(*queues));

	if (!queues)
		return load_failed(loading, loading->files[0], 0, NULL, -ENOMEM);
	loading->config->queues = queues;
	loading->config->n_queues = n;
	for (const struct load_queue *queue = loading->queues; queue; queue = queue->next) {
		int error = check_rules(loading, queue);

		if (error)
			return error;
		queues[--n] = queue->queue;
	}
	return 0;
}
