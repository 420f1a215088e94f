/*
 * Setting and printing values by the schema's table. Each type is one row of functions; the loader
 * and the dump know no type.
 */
#include "daemon/conf/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/conf/expression.h"
#include "daemon/conf/pattern.h"
#include "lib/base/utf8.h"

/* A value on its way into its struct. */
struct setting {
	const struct schema_key *key;
	const struct schema_context *context;
	const char *value;
	void *field;
	void *target; /* the struct that field is in */
	const char *reason;
	char *range; /* SCHEMA_REASON_SIZE bytes for a reason that is made */
};

const struct schema_kind *
schema_find_kind(const char *name)
{
	for (size_t i = 0; i < schema_n_kinds; i++)
		if (strcmp(schema_kinds[i].name, name) == 0)
			return &schema_kinds[i];
	return NULL;
}

const struct schema_key *
schema_find(enum schema_section section, const char *name)
{
	for (size_t i = 0; i < schema_n_keys; i++)
		if ((schema_keys[i].sections & section) && strcmp(schema_keys[i].name, name) == 0)
			return &schema_keys[i];
	return NULL;
}

static bool
find_word(const struct schema_word *words, const char *value, int64_t *ret_number)
{
	for (; words && words->word; words++)
		if (strcasecmp(words->word, value) == 0) {
			*ret_number = words->number;
			return true;
		}
	return false;
}

static void
put_number(const struct schema_key *key, int64_t number, struct buf *out)
{
	if (key->type == SCHEMA_DURATION)
		value_put_duration(out, number);
	else if (key->type == SCHEMA_SIZE)
		value_put_size(out, number);
	else
		buf_printf(out, "%lld", (long long)number);
}

static int
out_of_range(struct setting *setting)
{
	const struct schema_key *key = setting->key;
	struct buf text = { 0 };

	if (key->max == INT64_MAX) {
		buf_puts(&text, "out of range: at least ");
		put_number(key, key->min, &text);
	} else {
		buf_puts(&text, "out of range: ");
		put_number(key, key->min, &text);
		buf_puts(&text, " to ");
		put_number(key, key->max, &text);
	}
	snprintf(setting->range, SCHEMA_REASON_SIZE, "%s", buf_str(&text));
	buf_done(&text);
	setting->reason = setting->range;
	return -EINVAL;
}

static int
parse_number(const struct setting *setting, int64_t *ret_number, const char **ret_reason)
{
	switch (setting->key->type) {
	case SCHEMA_DURATION:
		return value_duration(setting->value, ret_number, ret_reason);
	case SCHEMA_SIZE:
		return value_size(setting->value, ret_number, ret_reason);
	default:
		return value_number(setting->value, ret_number, ret_reason);
	}
}

/* "expected one of: all, none" or "expected all, none or a number". */
static int
not_a_word(struct setting *setting, const char *also)
{
	struct buf text = { 0 };

	buf_puts(&text, "expected ");
	for (const struct schema_word *word = setting->key->words; word->word; word++) {
		const char *next = word[1].word || also ? ", " : " or ";

		if (word != setting->key->words)
			buf_puts(&text, next);
		buf_puts(&text, word->word);
	}
	if (also)
		buf_printf(&text, " or %s", also);
	snprintf(setting->range, SCHEMA_REASON_SIZE, "%s", buf_str(&text));
	buf_done(&text);
	setting->reason = setting->range;
	return -EINVAL;
}

static int
set_number(struct setting *setting)
{
	const struct schema_key *key = setting->key;
	int64_t number;

	if (!find_word(key->words, setting->value, &number)) {
		int ret = parse_number(setting, &number, &setting->reason);

		if (ret < 0)
			return key->words ? not_a_word(setting, "a number") : ret;
		if (number < key->min || number > key->max)
			return out_of_range(setting);
	}
	if (key->type == SCHEMA_UINT32)
		*(uint32_t *)setting->field = (uint32_t)number;
	else
		*(int64_t *)setting->field = number;
	return 0;
}

static int
set_enum(struct setting *setting)
{
	int64_t number;
	unsigned int value;

	if (!find_word(setting->key->words, setting->value, &number))
		return not_a_word(setting, NULL);
	value = (unsigned int)number;
	memcpy(setting->field, &value, sizeof(value));
	return 0;
}

static int
set_bool(struct setting *setting)
{
	return value_bool(setting->value, setting->field, &setting->reason);
}

static int
set_share(struct setting *setting)
{
	int64_t *bytes = (int64_t *)((char *)setting->target + setting->key->offset_bytes);

	return value_share(setting->value, setting->field, bytes, &setting->reason);
}

/* An empty value takes away what [defaults] says. */
static int
set_text(struct setting *setting)
{
	const char *text = NULL;

	if (setting->value[0]) {
		text = arena_strdup(setting->context->arena, setting->value);
		if (!text)
			return -ENOMEM;
	}
	*(const char **)setting->field = text;
	return 0;
}

static int
check_and_set(struct setting *setting, int (*check)(const char *text, const char **ret_reason))
{
	int ret = setting->value[0] ? check(setting->value, &setting->reason) : 0;

	return ret < 0 ? ret : set_text(setting);
}

static int
set_url(struct setting *setting)
{
	return check_and_set(setting, value_url);
}

static int
set_proxy(struct setting *setting)
{
	return check_and_set(setting, value_proxy);
}

static int
set_listen(struct setting *setting)
{
	return check_and_set(setting, value_listen);
}

static int
set_domain(struct setting *setting)
{
	return check_and_set(setting, value_domain);
}

static int
set_path(struct setting *setting)
{
	if (!setting->value[0])
		return set_text(setting);
	return value_path(setting->value, setting->context->directory, setting->context->arena,
		setting->field, &setting->reason);
}

static int
set_socket(struct setting *setting)
{
	const char *path = NULL;
	struct setting made = *setting;
	int ret;

	made.field = &path;
	ret = set_path(&made);
	setting->reason = made.reason;
	if (ret == 0 && path && strlen(path) > sizeof(((struct sockaddr_un *)0)->sun_path) - 1) {
		setting->reason = "longer than the 107 bytes that a socket's path has";
		return -EINVAL;
	}
	if (ret == 0)
		*(const char **)setting->field = path;
	return ret;
}

/*
 * Whoever looks at the configuration outside of the service has none of its credentials. What systemd
 * runs for a reload is told their folder, and let into it by some versions only.
 */
static int
set_credential(struct setting *setting)
{
	const char *path;
	int ret = value_credential(setting->value, &setting->reason);

	if (ret == 0)
		ret = value_secret_path(setting->value, setting->context->arena, &path);
	if (ret == 0 && !setting->context->trusted && (access(path, F_OK) == 0 || errno != EACCES))
		ret = value_secret_file(path, &setting->reason);
	return ret == 0 || ret == -ENOENT ? set_text(setting) : ret;
}

static int
set_secret(struct setting *setting)
{
	const char *path = NULL;
	struct setting made = *setting;
	int ret;

	if (strncmp(setting->value, VALUE_CREDENTIAL, strlen(VALUE_CREDENTIAL)) == 0)
		return set_credential(setting);

	made.field = &path;
	ret = set_path(&made);
	if (ret == 0 && path && !setting->context->trusted)
		ret = value_secret_file(path, &made.reason);
	setting->reason = made.reason;
	if (ret == 0)
		*(const char **)setting->field = path;
	return ret;
}

static size_t
header_name_length(const char *header)
{
	return strcspn(header, ":");
}

/* A header replaces one of the same name, so that a feed can override [defaults]. */
static int
set_header(struct setting *setting)
{
	struct config_settings *settings = setting->target;
	size_t length = header_name_length(setting->value), i = 0;
	const char *header;
	int ret = value_header(setting->value, &setting->reason);

	if (ret < 0)
		return ret;
	header = arena_strdup(setting->context->arena, setting->value);
	if (!header)
		return -ENOMEM;
	while (i < settings->n_headers &&
		(header_name_length(settings->headers[i]) != length ||
			strncasecmp(settings->headers[i], header, length) != 0))
		i++;
	if (i == MESSAGE_HEADERS_MAX) {
		setting->reason = "more than 32 headers";
		return -EINVAL;
	}
	settings->headers[i] = header;
	if (i == settings->n_headers)
		settings->n_headers++;
	return 0;
}

static int
append_list(struct setting *setting, const struct value_list *more)
{
	struct value_list *list = setting->field;
	const char **items;

	if (list->n + more->n > VALUE_LIST_MAX) {
		setting->reason = "more than 256 items";
		return -EINVAL;
	}
	items = arena_alloc_array(setting->context->arena, list->n + more->n, sizeof(*items));
	if (!items)
		return -ENOMEM;
	if (list->n)
		memcpy(items, list->items, list->n * sizeof(*items));
	memcpy(items + list->n, more->items, more->n * sizeof(*items));
	list->items = items;
	list->n += more->n;
	return 0;
}

static int
set_list(struct setting *setting)
{
	struct value_list list = { 0 };
	struct arena *arena = setting->context->arena;
	bool slugs = setting->key->type != SCHEMA_TERMS;
	int ret;

	if (!setting->value[0])
		return 0;
	if (setting->key->type == SCHEMA_TAGS_ALL && strcmp(setting->value, "*") == 0)
		slugs = false;
	ret = slugs ? value_slugs(setting->value, arena, &list, &setting->reason)
		    : value_terms(setting->value, arena, &list, &setting->reason);
	return ret < 0 ? ret : append_list(setting, &list);
}

/* Where in an expression, counted in characters from 1. */
static int
wrong_expression(struct setting *setting, size_t offset, const char *reason)
{
	size_t length = strlen(setting->value);

	snprintf(setting->range, SCHEMA_REASON_SIZE, "at character %zu: %s",
		utf8_length(setting->value, offset < length ? offset : length) + 1, reason);
	setting->reason = setting->range;
	return -EINVAL;
}

/* Patterns are made to see that they can be, and thrown away. */
static int
check_patterns(struct setting *setting, const struct expression *node)
{
	struct pattern_error err;
	struct pattern *pattern;
	int ret = 0;

	if (node->kind == EXPRESSION_EQUALS)
		return 0;
	if (node->kind != EXPRESSION_MATCHES) {
		for (node = node->first; node && ret == 0; node = node->next)
			ret = check_patterns(setting, node);
		return ret;
	}
	ret = pattern_new(node->text, node->flags, PATTERN_INTERPRETED, &pattern, &err);
	if (ret == 0)
		pattern_free(pattern);
	return ret == -EINVAL ? wrong_expression(setting, node->operand + err.offset, err.reason)
			      : ret;
}

static int
set_match(struct setting *setting)
{
	struct config_match *match = setting->field;
	struct expression_error err;
	struct expression *root;
	unsigned int comparisons;
	int ret = expression_parse(
		setting->value, setting->context->arena, &root, &comparisons, &err);

	if (ret == -EINVAL)
		return wrong_expression(setting, err.offset, err.reason);
	if (ret == 0)
		ret = check_patterns(setting, root);
	if (ret < 0)
		return ret;
	match->text = arena_strdup(setting->context->arena, setting->value);
	match->expression = root;
	match->comparisons = comparisons;
	return match->text ? 0 : -ENOMEM;
}

static bool
put_match(const struct schema_key *key, const void *field, struct buf *out)
{
	const struct config_match *match = field;

	(void)key;
	buf_puts(out, match->text);
	return true;
}

static bool
put_text(const struct schema_key *key, const void *field, struct buf *out)
{
	const char *text = *(const char *const *)field;

	(void)key;
	if (text)
		buf_puts(out, text);
	return text != NULL;
}

static bool
put_value(const struct schema_key *key, const void *field, struct buf *out)
{
	int64_t number = key->type == SCHEMA_UINT32 ? (int64_t) * (const uint32_t *)field
						    : *(const int64_t *)field;

	for (const struct schema_word *word = key->words; word && word->word; word++)
		if (word->number == number) {
			buf_puts(out, word->word);
			return true;
		}
	put_number(key, number, out);
	return true;
}

static bool
put_enum(const struct schema_key *key, const void *field, struct buf *out)
{
	unsigned int value;

	memcpy(&value, field, sizeof(value));
	for (const struct schema_word *word = key->words; word->word; word++)
		if (word->number == value)
			buf_puts(out, word->word);
	return true;
}

static bool
put_bool(const struct schema_key *key, const void *field, struct buf *out)
{
	(void)key;
	buf_puts(out, *(const bool *)field ? "yes" : "no");
	return true;
}

static bool
put_share(const struct schema_key *key, const void *field, struct buf *out)
{
	const char *target = (const char *)field - key->offset;
	int64_t bytes = *(const int64_t *)(target + key->offset_bytes);
	double share = *(const double *)field;

	if (share > 0 || bytes == 0)
		buf_printf(out, "%.8g%%", share * 100);
	else
		value_put_size(out, bytes);
	return true;
}

static bool
put_list(const struct schema_key *key, const void *field, struct buf *out)
{
	const struct value_list *list = field;

	(void)key;
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
	return list->n > 0;
}

/* What each type does. Headers are printed one a line, by the dump. */
static const struct {
	int (*set)(struct setting *setting);
	bool (*put)(const struct schema_key *key, const void *field, struct buf *out);
} types[] = {
	[SCHEMA_TEXT] = { set_text, put_text },
	[SCHEMA_PATH] = { set_path, put_text },
	[SCHEMA_SOCKET] = { set_socket, put_text },
	[SCHEMA_SECRET] = { set_secret, put_text },
	[SCHEMA_URL] = { set_url, put_text },
	[SCHEMA_PROXY] = { set_proxy, put_text },
	[SCHEMA_LISTEN] = { set_listen, put_text },
	[SCHEMA_DOMAIN] = { set_domain, put_text },
	[SCHEMA_BOOL] = { set_bool, put_bool },
	[SCHEMA_UINT32] = { set_number, put_value },
	[SCHEMA_INT64] = { set_number, put_value },
	[SCHEMA_DURATION] = { set_number, put_value },
	[SCHEMA_SIZE] = { set_number, put_value },
	[SCHEMA_SHARE] = { set_share, put_share },
	[SCHEMA_ENUM] = { set_enum, put_enum },
	[SCHEMA_HEADERS] = { set_header, NULL },
	[SCHEMA_TERMS] = { set_list, put_list },
	[SCHEMA_TAGS] = { set_list, put_list },
	[SCHEMA_TAGS_ALL] = { set_list, put_list },
	[SCHEMA_MATCH] = { set_match, put_match },
};

int
schema_set(const struct schema_key *key, const char *value, const struct schema_context *context,
	void *target, char ret_reason[SCHEMA_REASON_SIZE])
{
	struct setting setting = {
		.key = key,
		.context = context,
		.value = value,
		.field = (char *)target + key->offset,
		.target = target,
		.reason = "not a value",
		.range = ret_reason,
	};
	int ret;

	if (!value[0] && (key->flags & SCHEMA_NOT_EMPTY)) {
		snprintf(ret_reason, SCHEMA_REASON_SIZE, "a value is missing");
		return -EINVAL;
	}
	ret = types[key->type].set(&setting);
	if (ret == -EINVAL && setting.reason != ret_reason)
		snprintf(ret_reason, SCHEMA_REASON_SIZE, "%s", setting.reason);
	return ret;
}

int
schema_set_defaults(enum schema_section section, enum schema_place place,
	const struct schema_context *context, void *target)
{
	char reason[SCHEMA_REASON_SIZE];

	for (size_t i = 0; i < schema_n_keys; i++) {
		const struct schema_key *key = &schema_keys[i];
		int ret;

		if (!(key->sections & section) || key->place != place || !key->fallback)
			continue;
		ret = schema_set(key, key->fallback, context, target, reason);
		if (ret < 0)
			return ret;
	}
	return 0;
}

bool
schema_put(const struct schema_key *key, const void *target, struct buf *out)
{
	const void *field = (const char *)target + key->offset;

	return types[key->type].put && types[key->type].put(key, field, out);
}
