/*
 * config_load(): the three steps, and what stands between them. Owns the loading and, until it is
 * handed over, the configuration. The first error ends it, worded where it was found.
 */
#include <config.h>

#include "daemon/conf/load.h"

#include <newspool/version.h>

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FETCHERS_AUTO_MAX 8
#define DIGEST_PIECE 16384

static int
compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* "DIRECTORY/feeds.d", from the name of the main file as it was given. */
static char *
feeds_directory(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t size = slash ? (size_t)(slash - file) + 1 : 0;
	char *path = arena_alloc(arena, size + sizeof("feeds.d"));

	if (path) {
		memcpy(path, file, size);
		memcpy(path + size, "feeds.d", sizeof("feeds.d"));
	}
	return path;
}

static bool
is_config_name(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

struct file_list {
	const char **names; /* malloc'ed; the texts in the arena */
	size_t n, size;
};

static int
add_file(struct file_list *files, struct arena *arena, const char *directory, const char *name)
{
	size_t size = strlen(directory) + 1 + strlen(name) + 1;
	char *path = arena_alloc(arena, size);

	if (files->n == files->size) {
		size_t more = files->size ? 2 * files->size : 16;
		const char **names = realloc(files->names, more * sizeof(*names));

		if (!names)
			return -ENOMEM;
		files->names = names;
		files->size = more;
	}
	if (!path)
		return -ENOMEM;
	snprintf(path, size, "%s%s%s", directory, *directory ? "/" : "", name);
	files->names[files->n++] = path;
	return 0;
}

/* feeds.d need not be there. */
static int
find_feed_files(struct loading *loading, const char *directory, struct file_list *files)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int ret = 0;

	if (!stream) {
		ret = -errno;
		return ret == -ENOENT ? 0 : load_failed(loading, directory, 0, NULL, ret);
	}
	while (ret == 0 && (entry = readdir(stream)))
		if (is_config_name(entry->d_name))
			ret = add_file(files, &loading->config->arena, directory, entry->d_name);
	closedir(stream);
	return ret < 0 ? load_failed(loading, directory, 0, NULL, ret) : 0;
}

/* The main file, then those of feeds.d by their names. */
static int
find_files(struct loading *loading, const char *file)
{
	struct arena *arena = &loading->config->arena;
	const char *directory = feeds_directory(arena, file);
	struct file_list files = { 0 };
	const char **names = NULL;
	int ret;

	ret = directory ? add_file(&files, arena, "", file) : -ENOMEM;
	if (ret < 0)
		load_failed(loading, file, 0, NULL, ret);
	else
		ret = find_feed_files(loading, directory, &files);
	if (ret == 0) {
		qsort(files.names + 1, files.n - 1, sizeof(*files.names), compare_texts);
		names = arena_alloc_array(arena, files.n, sizeof(*names));
		if (!names)
			ret = load_failed(loading, file, 0, NULL, -ENOMEM);
	}
	if (names) {
		memcpy(names, files.names, files.n * sizeof(*names));
		loading->files = names;
		loading->n_files = files.n;
	}
	free(files.names);
	return ret;
}

/* The absolute path of a file, by the working directory. */
static int
absolute_path(struct loading *loading, const char *file, const char **ret_path)
{
	char here[4096] = "/";
	const char *reason;
	int ret;

	if (file[0] != '/' && !getcwd(here, sizeof(here)))
		return load_failed(loading, file, 0, NULL, -errno);
	ret = value_path(file, here, &loading->config->arena, ret_path, &reason);
	if (ret == -EINVAL)
		return config_error_set(loading->err, file, 0, NULL, "%s", reason);
	return ret < 0 ? load_failed(loading, file, 0, NULL, ret) : 0;
}

int
load_digest(struct loading *loading, const char *file)
{
	char piece[DIGEST_PIECE];
	uint64_t size = 0;
	FILE *stream = NULL;
	size_t n;
	int ret = config_file_open(file, &stream);

	if (ret == -ENOMEM)
		return ret;
	sha256_update(loading->digest, file, strlen(file) + 1);
	while (stream && (n = fread(piece, 1, sizeof(piece), stream)) > 0) {
		sha256_update(loading->digest, piece, n);
		size += n;
	}
	if (stream && ferror(stream))
		ret = -EIO;
	sha256_update(loading->digest, &size, sizeof(size));
	sha256_update(loading->digest, &ret, sizeof(ret));
	if (stream)
		fclose(stream);
	return 0;
}

static int
read_file(struct loading *loading, uint32_t number)
{
	const struct ini_callbacks callbacks = {
		.section = load_section_begin,
		.entry = load_section_entry,
		.arg = loading,
	};
	const char *file = loading->files[number], *path;
	char *directory;
	int ret = absolute_path(loading, file, &path);

	if (ret < 0)
		return ret;
	directory = arena_strndup(
		&loading->config->arena, path, (size_t)(strrchr(path, '/') - path) + 1);
	if (!directory)
		return load_failed(loading, file, 0, NULL, -ENOMEM);
	loading->file = number;
	loading->directory = directory;
	if (number == 0)
		loading->config->file = path;
	ret = ini_file_read(file, &callbacks, loading->err);
	return ret < 0 ? ret : load_section_end(loading);
}

static int
read_files(struct loading *loading, bool feeds)
{
	int ret = 0;

	loading->feeds = feeds;
	for (uint32_t i = 0; ret == 0 && i < loading->n_files; i++)
		ret = read_file(loading, i);
	return ret;
}

static int
compare_aliases(const void *left, const void *right)
{
	const struct load_alias *a = *(const struct load_alias *const *)left;
	const struct load_alias *b = *(const struct load_alias *const *)right;

	int order = strcmp(a->alias.term, b->alias.term);

	if (!order)
		order = a->implied - b->implied;
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* A term means one tag. */
static int
put_aliases(struct loading *loading, struct load_alias **sorted, size_t n)
{
	struct config_alias *aliases = arena_alloc_array(
		&loading->config->arena, n ? n : 1, sizeof(*aliases));
	size_t used = 0;

	if (!aliases)
		return load_failed(loading, loading->files[0], 0, NULL, -ENOMEM);
	for (size_t i = 0; i < n; i++) {
		const struct config_alias *before = used ? &aliases[used - 1] : NULL;

		if (!before || strcmp(before->term, sorted[i]->alias.term) != 0)
			aliases[used++] = sorted[i]->alias;
		else if (!sorted[i]->implied && strcmp(before->tag, sorted[i]->alias.tag) != 0)
			return config_error_set(loading->err, sorted[i]->place, sorted[i]->line,
				"alias", "'%s' is an alias of both [tag %s] and [tag %s]",
				before->term, before->tag, sorted[i]->alias.tag);
	}
	loading->config->aliases = aliases;
	loading->config->n_aliases = used;
	return 0;
}

static int
make_aliases(struct loading *loading)
{
	struct load_alias **sorted;
	size_t n = loading->n_aliases;
	int ret;

	sorted = calloc(n ? n : 1, sizeof(struct load_alias *));
	if (!sorted)
		return load_failed(loading, loading->files[0], 0, NULL, -ENOMEM);
	for (struct load_alias *alias = loading->aliases; alias; alias = alias->next)
		sorted[alias->order] = alias;
	qsort(sorted, n, sizeof(*sorted), compare_aliases);
	ret = put_aliases(loading, sorted, n);
	free(sorted);
	return ret;
}

/* fetchers = auto: the cores that this process may use. */
static void
resolve_fetchers(struct config *config)
{
	cpu_set_t cores;
	int n = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;

	if (config->fetchers == 0)
		config->fetchers = (uint32_t)(n < 1                   ? 1
					      : n > FETCHERS_AUTO_MAX ? FETCHERS_AUTO_MAX
								      : n);
}

static int
set_defaults(struct loading *loading)
{
	struct config *config = loading->config;
	const struct schema_context context = { .directory = "/", .arena = &config->arena };
	int ret = schema_set_defaults(
		SCHEMA_DEFAULTS, SCHEMA_IN_SETTINGS, &context, &config->defaults);

	if (ret == 0)
		ret = schema_set_defaults(SCHEMA_DAEMON | SCHEMA_SPOOL | SCHEMA_STATE,
			SCHEMA_IN_CONFIG, &context, config);
	return ret;
}

/* All but the feeds. */
static int
load_rest(struct loading *loading)
{
	int ret = read_files(loading, false);

	if (ret == 0)
		ret = make_aliases(loading);
	if (ret == 0)
		ret = load_queues_make(loading);
	if (ret == 0)
		ret = load_rules_make(loading);
	resolve_fetchers(loading->config);
	return ret;
}

static int
load_feeds(struct loading *loading)
{
	int ret = read_files(loading, true);

	for (const struct load_list *list = loading->lists; ret == 0 && list; list = list->next)
		ret = load_list(loading, list);
	return ret;
}

/* Asks whether the feeds are wanted: 1 not, 0 yes. */
static int
begin_feeds(struct loading *loading)
{
	const struct config_feed_sink *sink = loading->sink;
	unsigned char digest[SHA256_SIZE];
	int ret = 0;

	if (!loading->digest)
		return 0;
	for (const struct load_list *list = loading->lists; ret == 0 && list; list = list->next)
		ret = load_digest(loading, list->file);
	if (ret < 0)
		return load_failed(loading, loading->files[0], 0, NULL, ret);
	sha256_finish(loading->digest, digest);
	return sink->begin(sink->arg, loading->config, digest, loading->err);
}

/*
 * What stands in the digest is read again after it: a file that changes in between makes the digest
 * that of the older text, and the next load finds another.
 */
static int
digest_files(struct loading *loading)
{
	int ret = 0;

	if (!loading->sink || !loading->sink->begin)
		return 0;
	ret = sha256_new(&loading->digest);
	if (ret == 0)
		sha256_update(loading->digest, NP_VERSION, sizeof(NP_VERSION));
	for (size_t i = 0; ret == 0 && i < loading->n_files; i++)
		ret = load_digest(loading, loading->files[i]);
	return ret;
}

static int
load(struct loading *loading, const char *file)
{
	int ret = set_defaults(loading);

	if (ret < 0)
		return load_failed(loading, file, 0, NULL, ret);
	ret = find_files(loading, file);
	if (ret == 0) {
		ret = digest_files(loading);
		if (ret < 0)
			return load_failed(loading, file, 0, NULL, ret);
	}
	if (ret == 0)
		ret = load_rest(loading);
	if (ret == 0)
		ret = begin_feeds(loading);
	if (ret == 0)
		ret = load_feeds(loading);
	return ret < 0 ? ret : 0;
}

int
config_load(const char *file, const struct config_feed_sink *sink, struct config **ret_config,
	struct config_error *err)
{
	struct loading loading = { .sink = sink, .err = err };
	int ret;

	loading.lists_end = &loading.lists;
	loading.config = calloc(1, sizeof(*loading.config));
	if (!loading.config)
		return load_failed(&loading, file, 0, NULL, -ENOMEM);
	ret = load(&loading, file);
	buf_done(&loading.section.text);
	arena_done(&loading.scratch);
	names_done(&loading.names);
	sha256_free(loading.digest);
	if (ret < 0) {
		config_free(loading.config);
		return ret;
	}
	*ret_config = loading.config;
	return 0;
}
