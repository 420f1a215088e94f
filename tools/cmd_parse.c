/*
 * newspool parse: reads feed documents and prints what is in them, without daemon or network. Owns
 * the three shapes of its output: a JSON Feed, records, the whole document model. A file that is no
 * feed is said on standard error and does not keep the others from being read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <jansson.h>

#include <newspool/feed.h>

#include "lib/base/buf.h"
#include "lib/base/json_write.h"
#include "lib/spool/record.h"
#include "tools/command.h"

#define READ_SIZE ((size_t)64 * 1024)
#define NUMBER_MAX (1L << 30)

enum parse_option {
	OPTION_BATCH = 1,
	OPTION_CHUNK,
	OPTION_DOCUMENT,
	OPTION_LINES,
	OPTION_NO_HTML,
	OPTION_TYPE,
	OPTION_URL
};

enum parse_shape { PARSE_FEED, PARSE_LINES, PARSE_DOCUMENT };

struct parse {
	struct command_call *call;
	enum parse_shape shape;
	bool batch;
	size_t chunk; /* bytes in one push */
	struct np_feed_options options;
	struct buf out; /* what is printed next */
	size_t n_items; /* written to out */
};

static int
read_options(struct parse *parse)
{
	static const struct option own[] = {
		{ "batch", no_argument, NULL, OPTION_BATCH },
		{ "chunk", required_argument, NULL, OPTION_CHUNK },
		{ "content-type", required_argument, NULL, OPTION_TYPE },
		{ "document", no_argument, NULL, OPTION_DOCUMENT },
		{ "lines", no_argument, NULL, OPTION_LINES },
		{ "no-html", no_argument, NULL, OPTION_NO_HTML },
		{ "url", required_argument, NULL, OPTION_URL },
		{ 0 },
	};
	long number;
	char *end;
	int option;

	while ((option = command_option(parse->call, own)) != COMMAND_END) {
		switch (option) {
		case OPTION_BATCH:
			parse->batch = true;
			break;
		case OPTION_DOCUMENT:
			parse->shape = PARSE_DOCUMENT;
			break;
		case OPTION_LINES:
			parse->shape = PARSE_LINES;
			break;
		case OPTION_NO_HTML:
			parse->options.no_html = true;
			break;
		case OPTION_TYPE:
			parse->options.content_type = optarg;
			break;
		case OPTION_URL:
			parse->options.url = optarg;
			break;
		case OPTION_CHUNK:
			number = strtol(optarg, &end, 10);
			if (end == optarg || *end || number < 1 || number > NUMBER_MAX) {
				parse->call->status = command_misused(
					parse->call, "--chunk takes a number from 1");
				return COMMAND_STOP;
			}
			parse->chunk = (size_t)number;
			break;
		default:
			return COMMAND_STOP;
		}
	}
	return COMMAND_END;
}

static void
append_article(struct parse *parse, const struct np_article *article)
{
	if (parse->shape == PARSE_FEED && parse->n_items > 0)
		buf_putc(&parse->out, ',');
	record_write(&parse->out, article, NULL);
	if (parse->shape == PARSE_FEED && parse->out.len > 0)
		buf_truncate(&parse->out, parse->out.len - 1);
	parse->n_items++;
}

static int
take_articles(struct parse *parse, struct np_feed_parser *parser)
{
	struct np_article *article;
	int taken;

	while ((taken = np_feed_parser_take(parser, &article)) > 0) {
		if (parse->shape != PARSE_DOCUMENT)
			append_article(parse, article);
		np_article_free(article);
		if (parse->shape == PARSE_LINES) {
			fputs(buf_str(&parse->out), stdout);
			buf_reset(&parse->out);
		}
	}
	return taken;
}

static int
push(struct parse *parse, struct np_feed_parser *parser, const char *data, size_t size)
{
	int error = 0;

	while (size > 0 && error == 0) {
		size_t n = parse->chunk && parse->chunk < size ? parse->chunk : size;
		int taken;

		error = np_feed_parser_push(parser, data, n);
		taken = take_articles(parse, parser);
		if (error == 0)
			error = taken;
		data += n;
		size -= n;
	}
	return error;
}

static int
push_file(struct parse *parse, struct np_feed_parser *parser, int fd)
{
	char *data = malloc(READ_SIZE);
	ssize_t size = 0;
	int error = data ? 0 : -ENOMEM;

	while (error == 0) {
		size = read(fd, data, READ_SIZE);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			break;
		error = push(parse, parser, data, (size_t)size);
	}
	if (error == 0 && size < 0)
		error = -errno;
	free(data);
	return error;
}

static void
print_feed(struct parse *parse, const struct np_feed_info *info)
{
	struct buf head = { 0 };
	struct json_writer json;

	json_write_init(&json, &head);
	json_write_object(&json, NULL);
	json_write_string(&json, "version", "https://jsonfeed.org/version/1.1");
	json_write_string(&json, "title", info->title ? info->title : "");
	json_write_string(&json, "home_page_url", info->home_page_url);
	json_write_string(&json, "feed_url", info->self_url);
	json_write_string(&json, "description", info->description);
	json_write_string(&json, "next_url", info->next_url);
	json_write_string(&json, "language", info->language);
	json_write_array(&json, "items");
	fputs(buf_str(&head), stdout);
	fputs(buf_str(&parse->out), stdout);
	fputs("]}\n", stdout);
	buf_done(&head);
}

/* In a batch, what HTTP said is part of the answer. */
static void
print_document(struct parse *parse, struct np_feed_parser *parser, json_t *headers)
{
	char *text = NULL;
	const char *name;
	struct buf extra = { 0 };
	struct json_writer json;
	json_t *value;

	if (np_feed_parser_document(parser, &text) != 0) {
		puts("{}");
		return;
	}
	json_write_init(&json, &extra);
	json_write_object(&json, NULL);
	json_write_string(&json, "error", np_feed_parser_error(parser));
	json_object_foreach(headers, name,
		value) if (strcasecmp(name, "etag") == 0 || strcasecmp(name, "last-modified") == 0)
		json_write_string(&json, *name == 'e' || *name == 'E' ? "etag" : "modified",
			json_string_value(value));
	json_write_object_end(&json);
	if (extra.len > 2) {
		text[strlen(text) - 1] = ',';
		printf("%s%s\n", text, buf_str(&extra) + 1);
	} else {
		puts(text);
	}
	(void)parse;
	buf_done(&extra);
	free(text);
}

static int
finish(struct parse *parse, struct np_feed_parser *parser, const char *name, json_t *headers)
{
	int error = np_feed_parser_finish(parser);

	if (error == 0)
		error = take_articles(parse, parser);
	if (parse->shape == PARSE_DOCUMENT) {
		print_document(parse, parser, headers);
	} else if (error == 0 && buf_error(&parse->out)) {
		error = buf_error(&parse->out);
	} else if (error == 0 && parse->shape == PARSE_FEED) {
		print_feed(parse, np_feed_parser_info(parser));
	}
	if (error && !parse->batch)
		command_say(parse->call, "%s: %s", name,
			np_feed_parser_error(parser) ? np_feed_parser_error(parser)
						     : strerror(-error));
	return error;
}

static int
parse_fd(struct parse *parse, int fd, const char *name, json_t *headers)
{
	struct np_feed_parser *parser;
	int error;

	parse->n_items = 0;
	buf_reset(&parse->out);
	parse->options.keep_document = parse->shape == PARSE_DOCUMENT;
	error = np_feed_parser_new(&parse->options, &parser);
	if (error) {
		command_say(parse->call, "%s: %s", name, strerror(-error));
		return error;
	}
	error = push_file(parse, parser, fd);
	if (error && !np_feed_parser_error(parser) && error != -EBADMSG) {
		command_say(parse->call, "%s: %s", name, strerror(-error));
		finish(parse, parser, name, headers);
	} else {
		error = finish(parse, parser, name, headers);
	}
	np_feed_parser_free(parser);
	return error;
}

static int
parse_file(struct parse *parse, const char *name, json_t *headers)
{
	int fd, error;

	if (strcmp(name, "-") == 0)
		return parse_fd(parse, STDIN_FILENO, "standard input", headers);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		command_say(parse->call, "%s: %s", name, strerror(-error));
		if (parse->batch)
			puts("{}");
		return error;
	}
	error = parse_fd(parse, fd, name, headers);
	close(fd);
	return error;
}

static const char *
header(json_t *headers, const char *wanted)
{
	const char *name;
	json_t *value;

	json_object_foreach(headers, name,
		value) if (strcasecmp(name, wanted) == 0) return json_string_value(value);
	return NULL;
}

/* FILE, CONTENT-TYPE, URL and HEADERS (a JSON object), parted by tabs; all but FILE may lack. */
static void
parse_line(struct parse *parse, char *line)
{
	char *fields[4] = { line, NULL, NULL, NULL };
	json_t *headers = NULL;

	for (size_t i = 1; i < 4; i++) {
		fields[i] = fields[i - 1] ? strchr(fields[i - 1], '\t') : NULL;
		if (fields[i])
			*fields[i]++ = '\0';
	}
	if (fields[3])
		headers = json_loads(fields[3], 0, NULL);
	parse->options.content_type = fields[1] && *fields[1] ? fields[1] : NULL;
	parse->options.url = fields[2] && *fields[2] ? fields[2] : NULL;
	parse->options.content_location = header(headers, "content-location");
	parse->options.content_language = header(headers, "content-language");
	parse_file(parse, fields[0], headers);
	fflush(stdout);
	json_decref(headers);
}

static int
run_batch(struct parse *parse)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		parse_line(parse, line);
	}
	free(line);
	return COMMAND_OK;
}

static int
run_files(struct parse *parse)
{
	struct command_call *call = parse->call;
	int status = COMMAND_OK;

	for (int i = optind; i < call->argc; i++)
		if (parse_file(parse, call->argv[i], NULL) != 0)
			status = COMMAND_FAILED;
	return status;
}

static int
run(struct command_call *call)
{
	struct parse parse = { .call = call };
	int status;

	if (read_options(&parse) == COMMAND_STOP)
		return call->status;
	if (parse.batch && parse.shape != PARSE_DOCUMENT)
		return command_misused(call, "--batch goes with --document");
	if (parse.batch != (optind == call->argc))
		return command_misused(call,
			parse.batch ? "--batch reads names from standard input, not from arguments"
				    : "a FILE is missing ('-' is standard input)");
	status = parse.batch ? run_batch(&parse) : run_files(&parse);
	buf_done(&parse.out);
	return command_finish(call, status);
}

const struct command cmd_parse = {
	.name = "parse",
	.summary = "read feed documents and print what is in them",
	.usage = "[--lines | --document [--batch]] [--url URL] [--content-type TYPE] FILE ...",
	.help = "Prints each FILE ('-': standard input) as a JSON Feed 1.1 document.\n"
		"  --lines              one article record a line instead\n"
		"  --document           all that was understood, as one JSON object a line\n"
		"  --batch              with --document: reads lines FILE, CONTENT-TYPE, URL and\n"
		"                       HEADERS (a JSON object), parted by tabs, and answers each\n"
		"                       with a line\n"
		"  --url URL            where the document came from: the base of its links\n"
		"  --content-type TYPE  what HTTP said it is\n"
		"  --no-html            pass HTML through as it is\n"
		"  --chunk N            push N bytes at a time (for tests)\n"
		"Exits with 0 where every FILE was a feed, 1 where one was not, 2 when misused.\n",
	.run = run,
};
