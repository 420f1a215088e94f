/*
 * [rule …] sections: what a rule does is checked as a whole, and rules are kept in the order in
 * which they stand. The texts are the configuration's.
 */
#include <errno.h>
#include <stdio.h>

#include "daemon/conf/load.h"

static bool
was_given(const struct load_section *section, const char *key)
{
	return section->seen[schema_find(SCHEMA_RULE, key) - schema_keys] != 0;
}

/* NULL where the rule's actions go together. */
static const char *
clash(const struct config_rule *rule)
{
	const bool tags = rule->sets || rule->n_add > 0 || rule->n_remove > 0;

	if (!tags && !rule->drop && !rule->hold && !rule->stop)
		return "does nothing: add-tags, remove-tags, set-tags, drop, hold or stop is "
		       "missing";
	if (rule->drop && rule->hold)
		return "drop and hold do not go together";
	if (rule->drop && tags)
		return "what is dropped has no tags: drop goes together with none of add-tags, "
		       "remove-tags and set-tags";
	if (rule->sets && (rule->n_add > 0 || rule->n_remove > 0))
		return "set-tags replaces all tags: it does not go together with add-tags and "
		       "remove-tags";
	return NULL;
}

int
load_rule_end(struct loading *loading)
{
	const struct load_section *section = &loading->section;
	const struct schema_entry *entry = &section->entry;
	struct load_rule *rule = arena_alloc(&loading->config->arena, sizeof(*rule));
	const char *reason;

	if (!rule)
		return load_failed(
			loading, load_current_file(loading), section->line, NULL, -ENOMEM);
	rule->rule = (struct config_rule){
		.name = section->name,
		.match = entry->match,
		.add = entry->add_tags.items,
		.n_add = entry->add_tags.n,
		.remove = entry->remove_tags.items,
		.n_remove = entry->remove_tags.n,
		.set = entry->set_tags.items,
		.n_set = entry->set_tags.n,
		.sets = was_given(section, "set-tags"),
		.drop = entry->drop,
		.hold = entry->hold,
		.stop = entry->stop,
	};
	if ((reason = clash(&rule->rule)) != NULL)
		return load_section_wrong(loading, reason);
	if (loading->n_rules == CONFIG_RULES_MAX)
		return load_section_wrong(loading, "more than 1000 rules");
	rule->next = loading->rules;
	loading->rules = rule;
	loading->n_rules++;
	return 0;
}

int
load_rules_make(struct loading *loading)
{
	size_t n = loading->n_rules;
	struct config_rule *rules = arena_alloc_array(
		&loading->config->arena, n ? n : 1, sizeof(*rules));

	if (!rules)
		return load_failed(loading, loading->files[0], 0, NULL, -ENOMEM);
	loading->config->rules = rules;
	loading->config->n_rules = n;
	for (const struct load_rule *rule = loading->rules; rule; rule = rule->next)
		rules[--n] = rule->rule;
	return 0;
}
