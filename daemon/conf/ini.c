/*
 * INI files by inih. inih keeps no line numbers, does not tell of sections without keys, cuts their
 * names at 49 bytes and takes an indented line for the continuation of the one before; so lines
 * pass through next_line(), which counts them, takes the sections out and the indentation off, and
 * refuses what inih would cut. What is left for inih is the entry: key, separator, value, comment.
 * The first error ends the reading.
 */
#include <config.h>

#include "daemon/conf/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/utf8.h"

struct reading {
	const char *file;
	FILE *stream;
	unsigned int line;
	bool in_section;
	bool skip;         /* the section is not wanted */
	bool expect_entry; /* the line that inih has is to come back as an entry */
	bool has_nul;      /* in the line that was read last */
	const struct ini_callbacks *callbacks;
	struct config_error *err;
	int status; /* 0, or why the reading ends */
};

int
config_error_set(struct config_error *err, const char *file, unsigned int line, const char *key,
	const char *format, ...)
{
	struct buf text = { .max = sizeof(err->text) - 1 };
	char reason[512];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	buf_puts(&text, file);
	if (line)
		buf_printf(&text, ":%u", line);
	buf_puts(&text, ": ");
	if (key)
		buf_printf(&text, "%.128s: ", key);
	buf_puts(&text, reason);
	snprintf(err->text, sizeof(err->text), "%s", buf_error(&text) ? reason : buf_str(&text));
	buf_done(&text);
	return -EINVAL;
}

static int
complain(struct reading *reading, const char *reason)
{
	return config_error_set(reading->err, reading->file, reading->line, NULL, "%s", reason);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "[kind name] ; comment" */
static int
take_section(struct reading *reading, char *text)
{
	char *kind = text + 1 + strspn(text + 1, " \t");
	char *end = strchr(kind, ']');
	const char *rest;
	char *name;
	int ret;

	if (!end)
		return complain(reading, "a section without its closing ]");
	rest = end + 1 + strspn(end + 1, " \t");
	if (*rest && *rest != ';' && *rest != '#')
		return complain(reading, "something stands behind the section's ]");
	while (end > kind && is_blank(end[-1]))
		end--;
	*end = '\0';
	name = kind + strcspn(kind, " \t");
	if (*name) {
		*name++ = '\0';
		name += strspn(name, " \t");
	}
	reading->in_section = true;
	ret = reading->callbacks->section(reading->callbacks->arg, reading->line, kind, name);
	reading->skip = ret == 1;
	return ret < 0 ? ret : 0;
}

static bool
has_control(const char *line)
{
	for (; *line != '\0'; line++)
		if (((unsigned char)*line < ' ' && !strchr("\t\v\f", *line)) || *line == 0x7f)
			return true;
	return false;
}

/* As fgets(), which does not tell of a NUL. */
static char *
read_line(struct reading *reading, char *line, int size)
{
	int n = 0, byte = 0;

	reading->has_nul = false;
	while (n + 1 < size && byte != '\n' && (byte = getc_unlocked(reading->stream)) != EOF) {
		reading->has_nul |= byte == '\0';
		line[n++] = (char)byte;
	}
	line[n] = '\0';
	return n > 0 ? line : NULL;
}

static int
check_line(struct reading *reading, char *line, int size)
{
	size_t len = strlen(line);

	if (reading->has_nul)
		return complain(reading, "a NUL byte: not a text file");
	if (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	else if (!feof(reading->stream))
		return config_error_set(reading->err, reading->file, reading->line, NULL,
			"a line of more than %d bytes", size - 3);
	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	if (!reading->skip && has_control(line))
		return complain(reading, "a control character: not a text file");
	if ((!reading->skip || memchr(line, '[', len)) && utf8_valid(line, len) != len)
		return complain(reading, "not UTF-8");
	return 0;
}

/* What one line of the file leaves for inih. */
static int
take_line(struct reading *reading, char *line)
{
	char *start = line;

	if (reading->line == 1 && strncmp(start, "\xEF\xBB\xBF", 3) == 0)
		start += 3;
	while (is_blank(*start) || *start == '\v' || *start == '\f')
		start++;
	if (*start == '\0' || *start == ';' || *start == '#' || (reading->skip && *start != '[')) {
		*line = '\0';
		return 0;
	}
	if (*start == '[') {
		int ret = take_section(reading, start);

		*line = '\0';
		return ret;
	}
	if (!reading->in_section)
		return complain(reading, "a key before the first [section]");
	memmove(line, start, strlen(start) + 1);
	reading->expect_entry = true;
	return 0;
}

/* fgets() for inih. An entry that inih did not give back was none. */
static char *
next_line(char *line, int size, void *arg)
{
	struct reading *reading = arg;

	if (reading->expect_entry && reading->status == 0)
		reading->status = complain(reading, "neither a [section] nor key = value");
	if (reading->status < 0 || !read_line(reading, line, size))
		return NULL;
	reading->line++;
	reading->status = check_line(reading, line, size);
	if (reading->status == 0)
		reading->status = take_line(reading, line);
	return reading->status < 0 ? NULL : line;
}

static int
take_entry(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *reading = arg;

	(void)section;
	reading->expect_entry = false;
	if (!*key)
		reading->status = complain(reading, "a value without a key");
	else
		reading->status = reading->callbacks->entry(
			reading->callbacks->arg, reading->line, key, value);
	return reading->status == 0;
}

static int
read_stream(struct reading *reading)
{
	int ret;

#if HAVE_DECL_INI_MAX_LINE
	/* Debian's inih lets the size of its line be set, from 200; elsewhere it is as built. */
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_initial_alloc = ini_max_line = INI_FILE_LINE_MAX + 3;
#endif
	ret = ini_parse_stream(next_line, reading, take_entry, reading);
	if (reading->status < 0)
		return reading->status;
	if (ret == -2)
		reading->status = -ENOMEM;
	else if (ferror(reading->stream))
		reading->status = -EIO;
	if (reading->status < 0)
		config_error_set(
			reading->err, reading->file, 0, NULL, "%s", strerror(-reading->status));
	return reading->status;
}

int
config_file_open(const char *file, FILE **ret_stream)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	FILE *stream;
	int ret;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return S_ISDIR(status.st_mode) ? -EISDIR : -ENODEV;
	}
	stream = fdopen(fd, "r");
	if (!stream) {
		ret = -errno;
		close(fd);
		return ret;
	}
	*ret_stream = stream;
	return 0;
}

const char *
config_file_error(int error)
{
	return error == -ENODEV || error == -EISDIR ? "not a regular file" : strerror(-error);
}

int
ini_file_read(const char *file, const struct ini_callbacks *callbacks, struct config_error *err)
{
	struct reading reading = { .file = file, .callbacks = callbacks, .err = err };
	int ret = config_file_open(file, &reading.stream);

	if (ret < 0) {
		config_error_set(err, file, 0, NULL,
			ret == -ENOENT ? "%s: write one, see newspool.conf(5), or name "
					 "another with --config FILE"
				       : "%s",
			config_file_error(ret));
		return ret;
	}
	ret = read_stream(&reading);
	fclose(reading.stream);
	return ret;
}
