/*
 * Sections, one at a time: a key goes through the schema into the section's struct; when the
 * section ends it is checked as a whole and handed on. What feeds hold lives until the next
 * section, everything else in the configuration's arena.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf/load.h"
#include "lib/spool/layout.h"

const char *
load_current_file(const struct loading *loading)
{
	return loading->files[loading->file];
}

int
load_failed(
	struct loading *loading, const char *file, unsigned int line, const char *key, int error)
{
	config_error_set(loading->err, file, line, key, "%s", strerror(-error));
	return error;
}

/* "[feed x]" for messages about a section as a whole. */
static void
section_title(const struct load_section *section, char ret_title[128])
{
	snprintf(ret_title, 128, "[%s%s%.100s]", section->kind->name, *section->name ? " " : "",
		section->name);
}

int
load_section_wrong(struct loading *loading, const char *reason)
{
	char title[128];

	section_title(&loading->section, title);
	return config_error_set(loading->err, load_current_file(loading), loading->section.line,
		title, "%s", reason);
}

static bool
is_feed_kind(const struct schema_kind *kind)
{
	return kind->section == SCHEMA_FEED;
}

/* A name is a slug: it becomes part of paths, columns and commands. */
static int
check_name(struct loading *loading, const struct schema_kind *kind, const char *name)
{
	struct buf slug = { 0 };
	char reason[256];

	if (!kind->named)
		return *name ? load_section_wrong(loading, "this section takes no name") : 0;
	if (!*name) {
		snprintf(reason, sizeof(reason), "a name is missing: [%s NAME]", kind->name);
		return load_section_wrong(loading, reason);
	}
	if (spool_is_slug(name))
		return 0;
	if (spool_slug(&slug, name) && !buf_error(&slug))
		snprintf(reason, sizeof(reason), "not a name: write [%s %s]", kind->name,
			buf_str(&slug));
	else
		snprintf(reason, sizeof(reason),
			"not a name: expected letters, digits and single hyphens");
	buf_done(&slug);
	return load_section_wrong(loading, reason);
}

static int
claim_name(struct loading *loading, const struct schema_kind *kind, const char *name)
{
	uint32_t file, line;
	char reason[512];
	int ret = names_put(&loading->names, kind->name, name, loading->file, loading->section.line,
		&file, &line);

	if (ret != -EEXIST)
		return ret < 0 ? load_failed(loading, load_current_file(loading), 0, NULL, ret) : 0;
	snprintf(reason, sizeof(reason), "stands already at %.400s:%u", loading->files[file], line);
	return load_section_wrong(loading, reason);
}

/* Makes the section's struct ready for its keys. */
static int
prepare(struct loading *loading, const struct schema_kind *kind, const char *name)
{
	struct load_section *section = &loading->section;
	struct schema_context context = { .directory = "/", .arena = &loading->config->arena };

	if (loading->scratch.used)
		arena_done(&loading->scratch);
	memset(section->seen, 0, sizeof(section->seen));
	memset(&section->entry, 0, sizeof(section->entry));
	section->settings = loading->config->defaults;
	buf_reset(&section->text);
	section->kind = kind;
	section->name = arena_strdup(
		is_feed_kind(kind) ? &loading->scratch : &loading->config->arena, name);
	if (!section->name)
		return -ENOMEM;
	return schema_set_defaults(kind->section, SCHEMA_IN_ENTRY, &context, &section->entry);
}

int
load_section_begin(void *arg, unsigned int line, const char *kind_name, const char *name)
{
	struct loading *loading = arg;
	const struct schema_kind *kind = schema_find_kind(kind_name);
	int ret = load_section_end(loading);

	if (ret < 0)
		return ret;
	if (!kind)
		return config_error_set(loading->err, load_current_file(loading), line, NULL,
			"[%.64s]: no such section", kind_name);
	if (is_feed_kind(kind) != loading->feeds)
		return 1;
	loading->section.line = line;
	ret = prepare(loading, kind, name);
	if (ret < 0)
		return load_failed(loading, load_current_file(loading), line, NULL, ret);
	ret = check_name(loading, kind, name);
	return ret < 0 ? ret : claim_name(loading, kind, name);
}

/* A key that stands in another section is worth a hint. */
static int
unknown_key(struct loading *loading, unsigned int line, const char *key)
{
	for (size_t i = 0; i < schema_n_kinds; i++)
		if (schema_find(schema_kinds[i].section, key))
			return config_error_set(loading->err, load_current_file(loading), line, key,
				"not a key of [%s] but of [%s%s]", loading->section.kind->name,
				schema_kinds[i].name, schema_kinds[i].named ? " NAME" : "");
	return config_error_set(loading->err, load_current_file(loading), line, key,
		"unknown key in [%s]", loading->section.kind->name);
}

static int
check_repeated(struct loading *loading, const struct schema_key *key, unsigned int line)
{
	unsigned int *seen = &loading->section.seen[key - schema_keys];

	if (*seen && !(key->flags & SCHEMA_REPEATED))
		return config_error_set(loading->err, load_current_file(loading), line, key->name,
			"given already on line %u", *seen);
	*seen = line;
	return 0;
}

static void *
target_of(struct loading *loading, const struct schema_key *key)
{
	struct load_section *section = &loading->section;

	switch (key->place) {
	case SCHEMA_IN_SETTINGS:
		return section->kind->section == SCHEMA_DEFAULTS ? &loading->config->defaults
								 : &section->settings;
	case SCHEMA_IN_ENTRY:
		return &section->entry;
	default:
		return loading->config;
	}
}

/* Values are quoted in messages where they cannot hold a secret. */
static bool
is_quotable(const struct schema_key *key, const char *value)
{
	return *value && key->type != SCHEMA_HEADERS && !strchr(value, '@');
}

static int
set_key(struct loading *loading, const struct schema_key *key, unsigned int line, const char *value,
	void *target)
{
	struct schema_context context = {
		.directory = loading->directory,
		.arena = is_feed_kind(loading->section.kind) ? &loading->scratch
							     : &loading->config->arena,
	};
	char reason[SCHEMA_REASON_SIZE];
	int ret = schema_set(key, value, &context, target, reason);

	if (ret == -EINVAL && is_quotable(key, value))
		return config_error_set(loading->err, load_current_file(loading), line, key->name,
			"'%.128s': %s", value, reason);
	if (ret == -EINVAL)
		return config_error_set(
			loading->err, load_current_file(loading), line, key->name, "%s", reason);
	return ret < 0 ? load_failed(loading, load_current_file(loading), line, key->name, ret) : 0;
}

int
load_section_entry(void *arg, unsigned int line, const char *name, const char *value)
{
	struct loading *loading = arg;
	struct load_section *section = &loading->section;
	const struct schema_key *key;
	void *target;
	int ret;

	key = schema_find(section->kind->section, name);
	if (!key)
		return unknown_key(loading, line, name);
	ret = check_repeated(loading, key, line);
	if (ret < 0)
		return ret;
	target = target_of(loading, key);
	ret = set_key(loading, key, line, value, target);
	if (ret < 0 || key->place != SCHEMA_IN_SETTINGS)
		return ret;
	buf_printf(&section->text, "%s=", key->name);
	if (!*value || (key->type != SCHEMA_PATH && key->type != SCHEMA_SECRET) ||
		!schema_put(key, target, &section->text))
		buf_puts(&section->text, value);
	buf_putc(&section->text, '\n');
	return 0;
}

static int
check_required(struct loading *loading)
{
	const struct load_section *section = &loading->section;
	char reason[64];

	for (size_t i = 0; i < schema_n_keys; i++)
		if ((schema_keys[i].sections & section->kind->section) &&
			(schema_keys[i].flags & SCHEMA_REQUIRED) && !section->seen[i]) {
			snprintf(reason, sizeof(reason), "%s is missing", schema_keys[i].name);
			return load_section_wrong(loading, reason);
		}
	return 0;
}

const char *
load_settings_clash(
	const struct config_settings *settings, const char **ret_key, const char **ret_other)
{
	const struct {
		bool wrong;
		const char *key, *relation, *other;
	} rules[] = {
		{ settings->min_interval > settings->max_interval, "min-interval", "is above",
			"max-interval" },
		{ settings->interval < settings->min_interval, "interval", "is below",
			"min-interval" },
		{ settings->interval > settings->max_interval, "interval", "is above",
			"max-interval" },
		{ settings->user && settings->token_file, "token-file", "does not go together with",
			"user" },
		{ settings->user && !settings->password_file, "user", "needs", "password-file" },
		{ !settings->user && settings->password_file, "password-file", "needs", "user" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].wrong) {
			*ret_key = rules[i].key;
			*ret_other = rules[i].other;
			return rules[i].relation;
		}
	return NULL;
}

/* Says at which of two keys, of those that the section has, that they do not go together. */
static int
check_settings(struct loading *loading, const struct config_settings *settings)
{
	const struct load_section *section = &loading->section;
	const char *key, *other, *relation = load_settings_clash(settings, &key, &other);
	unsigned int line;

	if (!relation)
		return 0;
	line = section->seen[schema_find(SCHEMA_FEED, key) - schema_keys];
	if (!line)
		line = section->seen[schema_find(SCHEMA_FEED, other) - schema_keys];
	return config_error_set(loading->err, load_current_file(loading),
		line ? line : section->line, key, "%s %s", relation, other);
}

void
load_put_tag(struct buf *tags, const char *slug)
{
	size_t length = strlen(slug);
	unsigned int n = 0;

	for (const char *tag = buf_str(tags); *tag; n++) {
		size_t size = strcspn(tag, " ");

		if (size == length && memcmp(tag, slug, size) == 0)
			return;
		tag += size + (tag[size] == ' ');
	}
	if (n < LOAD_FEED_TAGS_MAX)
		buf_printf(tags, "%s ", slug);
}

int
load_feed(struct loading *loading, const struct config_feed *feed)
{
	struct config_error err = { "" };
	int ret = 0;

	if (loading->sink)
		ret = loading->sink->feed(loading->sink->arg, feed, &err);
	if (ret == 0) {
		loading->config->n_feeds++;
		return 0;
	}
	if (err.text[0])
		*loading->err = err;
	else
		config_error_set(loading->err, feed->file, feed->line, feed->name, "%s",
			ret == -EEXIST ? "a feed of this name was had before" : strerror(-ret));
	return ret;
}

static int
end_feed(struct loading *loading)
{
	const struct load_section *section = &loading->section;
	struct buf tags = { 0 };
	struct config_feed feed = {
		.name = section->name,
		.url = section->entry.url,
		.title = section->entry.title,
		.settings = buf_str(&section->text),
		.file = load_current_file(loading),
		.line = section->line,
	};
	int ret = check_settings(loading, &section->settings);

	for (size_t i = 0; i < section->entry.tags.n; i++)
		load_put_tag(&tags, section->entry.tags.items[i]);
	feed.tags = buf_str(&tags);
	if (ret == 0 && (buf_error(&tags) || buf_error(&section->text)))
		ret = load_failed(loading, feed.file, feed.line, NULL, -ENOMEM);
	if (ret == 0)
		ret = load_feed(loading, &feed);
	buf_done(&tags);
	return ret;
}

static int
end_defaults(struct loading *loading)
{
	return check_settings(loading, &loading->config->defaults);
}

static int
end_list(struct loading *loading)
{
	const struct load_section *section = &loading->section;
	struct arena *arena = &loading->config->arena;
	struct load_list *list = arena_alloc(arena, sizeof(*list));
	struct buf tags = { 0 };
	int ret = 0;

	for (size_t i = 0; i < section->entry.tags.n; i++)
		load_put_tag(&tags, section->entry.tags.items[i]);
	if (list) {
		list->file = section->entry.file;
		list->tags = arena_strdup(arena, buf_str(&tags));
		list->settings = arena_strdup(arena, buf_str(&section->text));
		list->place = load_current_file(loading);
		list->line = section->line;
	}
	if (!list || !list->tags || !list->settings || buf_error(&tags) ||
		buf_error(&section->text))
		ret = load_failed(
			loading, load_current_file(loading), section->line, NULL, -ENOMEM);
	buf_done(&tags);
	if (ret < 0)
		return ret;
	*loading->lists_end = list;
	loading->lists_end = &list->next;
	return 0;
}

/* The section's tag has this alias. */
static int
add_alias(struct loading *loading, const char *text, bool implied)
{
	const struct load_section *section = &loading->section;
	struct arena *arena = &loading->config->arena;
	struct load_alias *alias = arena_alloc(arena, sizeof(*alias));
	struct buf term = { 0 };
	int ret = 0;

	config_fold_term(&term, text);
	if (buf_error(&term) == 0 && term.len == 0)
		ret = config_error_set(loading->err, load_current_file(loading), section->line,
			"alias", "a value of blanks alone");
	if (alias && ret == 0) {
		alias->alias.term = arena_strdup(arena, buf_str(&term));
		alias->alias.tag = section->name;
		alias->place = load_current_file(loading);
		alias->line = section->line;
		alias->order = loading->n_aliases++;
		alias->implied = implied;
		alias->next = loading->aliases;
		loading->aliases = alias;
	}
	buf_done(&term);
	if (ret == 0 && (!alias || !alias->alias.term))
		ret = load_failed(
			loading, load_current_file(loading), section->line, NULL, -ENOMEM);
	return ret;
}

/* A tag's name is an alias of it, also with blanks for its hyphens. */
static int
end_tag(struct loading *loading)
{
	const struct load_section *section = &loading->section;
	char *words = arena_strdup(&loading->config->arena, section->name);
	int ret;

	if (!words)
		return load_failed(
			loading, load_current_file(loading), section->line, NULL, -ENOMEM);
	for (char *at = words; *at; at++)
		if (*at == '-')
			*at = ' ';
	ret = add_alias(loading, section->name, true);
	if (ret == 0)
		ret = add_alias(loading, words, true);
	for (size_t i = 0; ret == 0 && i < section->entry.aliases.n; i++)
		ret = add_alias(loading, section->entry.aliases.items[i], false);
	return ret;
}

int
load_section_end(struct loading *loading)
{
	static const struct {
		enum schema_section section;
		int (*end)(struct loading *loading);
	} ends[] = {
		{ SCHEMA_DEFAULTS, end_defaults },
		{ SCHEMA_FEED, end_feed },
		{ SCHEMA_OPML, end_list },
		{ SCHEMA_TAG, end_tag },
		{ SCHEMA_RULE, load_rule_end },
		{ SCHEMA_QUEUE, load_queue_end },
	};
	const struct schema_kind *kind = loading->section.kind;
	int ret;

	if (!kind)
		return 0;
	ret = check_required(loading);
	for (size_t i = 0; ret == 0 && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].section == kind->section)
			ret = ends[i].end(loading);
	loading->section.kind = NULL;
	return ret;
}
