/*
 * config_dump(): the effective configuration as a file that, loaded, gives the same.
 */
#include <string.h>

#include "daemon/conf/schema.h"

/* A ; behind white space would begin a comment. */
static void
put_line(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s =%s%s\n", key, *value && *value != ';' ? " " : "", value);
}

static void
put_headers(const struct config_settings *settings, struct buf *out)
{
	for (size_t i = 0; i < settings->n_headers; i++)
		put_line(out, "header", settings->headers[i]);
}

static void
put_section(const struct config *config, const struct schema_kind *kind, struct buf *out)
{
	buf_printf(out, "[%s]\n", kind->name);
	for (size_t i = 0; i < schema_n_keys; i++) {
		const struct schema_key *key = &schema_keys[i];
		const void *target = key->place == SCHEMA_IN_SETTINGS
					     ? (const void *)&config->defaults
					     : config;
		struct buf value = { 0 };

		if (!(key->sections & kind->section))
			continue;
		if (schema_put(key, target, &value) || key->fallback)
			put_line(out, key->name, buf_str(&value));
		if (buf_error(&value))
			out->error = buf_error(&value);
		buf_done(&value);
	}
	if (kind->section == SCHEMA_DEFAULTS)
		put_headers(&config->defaults, out);
	buf_putc(out, '\n');
}

/*
 * White space in an alias has been folded to blanks, and one before a ; would begin a comment: there
 * it is written as a no-break space, which is folded when it is read.
 */
static void
put_alias(struct buf *out, const char *term)
{
	struct buf text = { 0 };

	for (const char *c = term; *c; c++) {
		if (c[0] == ' ' && c[1] == ';')
			buf_puts(&text, "\u00a0");
		else
			buf_putc(&text, *c);
	}
	put_line(out, "alias", buf_str(&text));
	if (buf_error(&text))
		out->error = buf_error(&text);
	buf_done(&text);
}

/* Aliases are sorted by term: each tag is written where its first term stands. */
static void
put_tags(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < config->n_aliases; i++) {
		const char *tag = config->aliases[i].tag;
		size_t first = 0;

		while (strcmp(config->aliases[first].tag, tag) != 0)
			first++;
		if (first < i)
			continue;
		buf_printf(out, "[tag %s]\n", tag);
		for (; first < config->n_aliases; first++)
			if (strcmp(config->aliases[first].tag, tag) == 0)
				put_alias(out, config->aliases[first].term);
		buf_putc(out, '\n');
	}
}

static void
put_slugs(struct buf *out, const char *key, const char *const *slugs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i ? ", " : key, slugs[i]);
	if (n)
		buf_putc(out, '\n');
}

static void
put_rules(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < config->n_rules; i++) {
		const struct config_rule *rule = &config->rules[i];

		buf_printf(out, "[rule %s]\n", rule->name);
		put_line(out, "match", rule->match.text);
		put_slugs(out, "add-tags = ", rule->add, rule->n_add);
		put_slugs(out, "remove-tags = ", rule->remove, rule->n_remove);
		put_slugs(out, "set-tags = ", rule->set, rule->n_set);
		if (rule->sets && rule->n_set == 0)
			put_line(out, "set-tags", "");
		buf_printf(out, "%s%s%s\n", rule->drop ? "drop = yes\n" : "",
			rule->hold ? "hold = yes\n" : "", rule->stop ? "stop = yes\n" : "");
	}
}

static void
put_queue(const struct config_queue *queue, struct buf *out)
{
	static const char *const all[] = { "*" };
	const struct schema_entry entry = {
		.tags = { queue->all ? all : queue->tags, queue->all ? 1 : queue->n_tags },
		.feeds = { queue->feeds, queue->n_feeds },
		.rules = { queue->rules, queue->n_rules },
		.format = queue->format,
		.limit = queue->limit,
		.limit_age = queue->limit_age,
		.when_full = queue->when_full,
		.hook = queue->hook,
	};
	bool hook = queue->hook.command || queue->hook.webhook;

	buf_printf(out, "[queue %s]\n", queue->name);
	for (size_t i = 0; i < schema_n_keys; i++) {
		const struct schema_key *key = &schema_keys[i];
		struct buf value = { 0 };

		if (!(key->sections & SCHEMA_QUEUE) || (!hook && strstr(key->name, "hook")) ||
			(!queue->hook.command && strcmp(key->name, "on-deliver-shell") == 0))
			continue;
		if (schema_put(key, &entry, &value))
			put_line(out, key->name, buf_str(&value));
		if (buf_error(&value))
			out->error = buf_error(&value);
		buf_done(&value);
	}
	buf_putc(out, '\n');
}

void
config_dump(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < schema_n_kinds; i++)
		if (!schema_kinds[i].named)
			put_section(config, &schema_kinds[i], out);
	put_tags(config, out);
	put_rules(config, out);
	for (size_t i = 0; i < config->n_queues; i++)
		put_queue(&config->queues[i], out);
}
