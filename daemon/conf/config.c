/*
 * The configuration as the programs use it once it is loaded: where it is, what a feed's settings
 * are, which tag a term has. Reading it from files is load.c's.
 */
#include "daemon/conf/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/load.h"
#include "daemon/conf/schema.h"
#include "lib/base/utf8.h"
#include "lib/spool/layout.h"

const char *
config_installed_file(void)
{
	return NP_SYSCONFDIR "/newspool/newspool.conf";
}

const char *
config_default_file(void)
{
	const char *file = getenv("NEWSPOOL_CONFIG");

	return file && *file ? file : config_installed_file();
}

void
config_free(struct config *config)
{
	if (!config)
		return;
	arena_done(&config->arena);
	free(config);
}

/* One "key=value" of a feed's text. */
static int
lay_over(char *line, const struct schema_context *context, struct config_settings *settings)
{
	char *value = strchr(line, '=');
	char reason[SCHEMA_REASON_SIZE];
	const struct schema_key *key;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	key = schema_find(SCHEMA_FEED, line);
	if (!key || key->place != SCHEMA_IN_SETTINGS)
		return -EINVAL;
	return schema_set(key, value, context, settings, reason);
}

int
config_feed_settings(const struct config *config, const char *settings, struct arena *arena,
	struct config_settings *ret_settings)
{
	const struct schema_context context = {
		.directory = "/",
		.arena = arena,
		.trusted = true,
	};
	struct config_settings result = config->defaults;
	char *copy, *line, *end;

	if (!*settings) {
		*ret_settings = result;
		return 0;
	}
	copy = arena_strdup(arena, settings);
	if (!copy)
		return -ENOMEM;
	for (line = copy; (end = strchr(line, '\n')); line = end + 1) {
		int ret;

		*end = '\0';
		ret = lay_over(line, &context, &result);
		if (ret < 0)
			return ret;
	}
	if (*line)
		return -EINVAL;
	*ret_settings = result;
	return 0;
}

/* One character in lower case; a letter as it is in a slug, so without its marks. */
static void
fold_character(struct buf *out, const char *character, size_t size)
{
	char text[8] = "";

	memcpy(text, character, size);
	if (*text >= 'A' && *text <= 'Z')
		buf_putc(out, (char)(*text + 'a' - 'A'));
	else if (size == 1 || !spool_slug(out, text))
		buf_append(out, text, size);
}

void
config_fold_term(struct buf *out, const char *term)
{
	struct buf folded = { 0 };

	utf8_fold_space(&folded, term, strlen(term));
	for (size_t i = 0; i < folded.len;) {
		unsigned int codepoint;
		size_t size = utf8_decode(folded.data + i, folded.len - i, &codepoint);

		fold_character(out, folded.data + i, size);
		i += size;
	}
	if (buf_error(&folded))
		out->error = buf_error(&folded);
	buf_done(&folded);
}

static int
compare_term(const void *key, const void *alias)
{
	return strcmp(key, ((const struct config_alias *)alias)->term);
}

int
config_find_alias(
	const struct config *config, const char *term, struct buf *scratch, const char **ret_tag)
{
	const struct config_alias *alias = NULL;

	buf_reset(scratch);
	if (config->n_aliases) {
		config_fold_term(scratch, term);
		if (buf_error(scratch))
			return buf_error(scratch);
		alias = bsearch(buf_str(scratch), config->aliases, config->n_aliases,
			sizeof(*alias), compare_term);
	}
	*ret_tag = alias ? alias->tag : NULL;
	return 0;
}

const char *
config_alias_tag(const struct config *config, const char *term)
{
	struct buf scratch = { 0 };
	const char *tag = NULL;

	config_find_alias(config, term, &scratch, &tag);
	buf_done(&scratch);
	return tag;
}
