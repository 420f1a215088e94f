/* Loading newspool.conf and feeds.d: what is right, and what exactly is said about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <newspool/version.h>

#include "daemon/conf/config.h"
#include "daemon/conf/ini.h"
#include "daemon/conf/names.h"
#include "daemon/conf/schema.h"
#include "tests/unit/conf_folder.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FILE_NAME "newspool.conf"

/* A sink that writes down "name|url|title|tags|settings" for each feed. */
static int
write_down(void *arg, const struct config_feed *feed, struct config_error *err)
{
	(void)err;
	buf_printf(arg, "%s|%s|%s|%s|%s\n", feed->name, feed->url, feed->title ? feed->title : "-",
		feed->tags, feed->settings);
	return 0;
}

static struct config *
load_text(const char *text, struct buf *feeds)
{
	const struct config_feed_sink sink = { .feed = write_down, .arg = feeds };
	struct config_error err = { "" };
	struct config *config = NULL;

	conf_folder_write(FILE_NAME, text);
	if (config_load(FILE_NAME, feeds ? &sink : NULL, &config, &err) < 0)
		fail_msg("%s", err.text);
	return config;
}

static void
an_empty_file_gives_the_defaults(void **state)
{
	struct config *config = load_text("", NULL);

	assert_true(config->fetchers >= 1 && config->fetchers <= 8);
	assert_string_equal(config->control, "/run/newspool/control.sock");
	assert_null(config->listen);
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_int_equal(config->max_connections, 256);
	assert_int_equal(config->max_host_connections, 2);
	assert_int_equal(config->host_spacing, 1000);
	assert_int_equal(config->sandbox, CONFIG_SANDBOX_YES);
	assert_int_equal(config->defaults.interval, 3600000);
	assert_int_equal(config->defaults.min_interval, 300000);
	assert_int_equal(config->defaults.max_interval, 172800000);
	assert_true(config->defaults.adaptive);
	assert_int_equal(config->defaults.timeout, 60000);
	assert_int_equal(config->defaults.max_body, 16777216);
	assert_int_equal(config->defaults.updates, CONFIG_UPDATES_IGNORE);
	assert_int_equal(config->defaults.first_sync, CONFIG_FIRST_SYNC_ALL);
	assert_int_equal(config->defaults.flood_limit, 500);
	assert_false(config->defaults.allow_private);
	assert_false(config->defaults.insecure);
	assert_null(config->defaults.proxy);
	assert_string_equal(config->spool_directory, "/var/spool/newspool");
	assert_int_equal(config->retain_age, INT64_C(30) * 86400000);
	assert_int_equal(config->retain_size, INT64_C(4) << 30);
	assert_true(config->min_free > 0.0499 && config->min_free < 0.0501);
	assert_int_equal(config->min_free_bytes, 0);
	assert_int_equal(config->sync, CONFIG_SYNC_BATCH);
	assert_string_equal(config->database, "/var/lib/newspool/state.db");
	assert_int_equal(config->remember, INT64_C(400) * 86400000);
	assert_int_equal(config->n_feeds + config->n_queues + config->n_aliases, 0);
	assert_ptr_equal(strstr(config->file, *state), config->file);
	config_free(config);
}

static void
every_section_is_read(void **state)
{
	char expected[1024];
	struct buf feeds = { 0 };
	struct config *config = load_text(
		"\xEF\xBB\xBF# a comment\n"
		"[daemon]\n"
		"fetchers = 3\n"
		"control = run/control.sock\n"
		"listen = 127.0.0.1:9753\n"
		"log-level=DEBUG\n"
		"  host-spacing : 0   ; no need at home\n"
		"sandbox = required\n"
		"\n"
		"[ feed   first ]  # the order of sections does not matter\r\n"
		"\turl = https://example.org/a;b?c=;d#e ; comment\r\n"
		"title = The first; of them\r\n"
		"tags = technology-news, reuters\n"
		"tags = reuters,more\n"
		"interval = 15m\n"
		"ca-file = ca.pem\n"
		"proxy =\n"
		"header = X-One: 1\n"
		"[spool]\n"
		"directory = spool\n"
		"min-free = 1G\n"
		"retain-age = 0\n"
		"sync = none\n"
		"[defaults]\n"
		"interval = 2h\n"
		"updates = emit\n"
		"first-sync = 20\n"
		"proxy = socks5h://127.0.0.1:9050\n"
		"[feed second]\n"
		"url = http://example.org/\n"
		"[queue indexer]\n"
		"tags = technology-news, reuters\n"
		"format = rfc5322\n"
		"[queue all]\n"
		"tags = *\n"
		"[state]\n"
		"remember = 90d\n"
		"database = /tmp/x.db",
		&feeds);
	snprintf(expected, sizeof(expected),
		"first|https://example.org/a;b?c=;d#e|The first; of them|technology-news reuters "
		"more |interval=15m\nca-file=%s/ca.pem\nproxy=\nheader=X-One: 1\n\n"
		"second|http://example.org/|-||\n",
		(const char *)*state);

	assert_string_equal(buf_str(&feeds), expected);
	assert_int_equal(config->fetchers, 3);
	assert_string_equal(config->control + strlen(*state), "/run/control.sock");
	assert_string_equal(config->listen, "127.0.0.1:9753");
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config->host_spacing, 0);
	assert_int_equal(config->sandbox, CONFIG_SANDBOX_REQUIRED);
	assert_int_equal(config->defaults.interval, 7200000);
	assert_int_equal(config->defaults.updates, CONFIG_UPDATES_EMIT);
	assert_int_equal(config->defaults.first_sync, 20);
	assert_int_equal(config->min_free_bytes, 1 << 30);
	assert_true(config->min_free == 0);
	assert_int_equal(config->retain_age, 0);
	assert_int_equal(config->sync, CONFIG_SYNC_NONE);
	assert_int_equal(config->n_queues, 2);
	assert_string_equal(config->queues[0].name, "indexer");
	assert_int_equal(config->queues[0].n_tags, 2);
	assert_string_equal(config->queues[0].tags[1], "reuters");
	assert_int_equal(config->queues[0].format, CONFIG_QUEUE_RFC5322);
	assert_true(config->queues[1].all);
	assert_int_equal(config->queues[1].n_tags, 0);
	assert_int_equal(config->n_feeds, 2);
	config_free(config);
	buf_done(&feeds);
}

/* Each text, and all that is said about it. */
static const struct {
	const char *text, *error;
} wrong_texts[] = {
	/* lines */
	{ "fetchers = 2\n", FILE_NAME ":1: a key before the first [section]" },
	{ "[daemon]\nfetchers 2\n", FILE_NAME ":2: neither a [section] nor key = value" },
	{ "[daemon]\nfetchers", FILE_NAME ":2: neither a [section] nor key = value" },
	{ "[daemon]\n= 2\n", FILE_NAME ":2: a value without a key" },
	{ "[daemon\nfetchers = 2\n", FILE_NAME ":1: a section without its closing ]" },
	{ "[daemon] fetchers = 2\n", FILE_NAME ":1: something stands behind the section's ]" },
	{ "[daemon]\n\n\xFF = 2\n", FILE_NAME ":3: not UTF-8" },
	{ "[daemon]\n[feed \xFF]\n", FILE_NAME ":2: not UTF-8" },
	{ "[daemon]\n[feed x]\nurl = http://x.example/\xFF\n", FILE_NAME ":3: not UTF-8" },
	/* sections */
	{ "[deamon]\n", FILE_NAME ":1: [deamon]: no such section" },
	{ "[]\n", FILE_NAME ":1: []: no such section" },
	{ "[Daemon]\n", FILE_NAME ":1: [Daemon]: no such section" },
	{ "[rules x]\n", FILE_NAME ":1: [rules]: no such section" },
	{ "[daemon x]\n", FILE_NAME ":1: [daemon x]: this section takes no name" },
	{ "[feed]\n", FILE_NAME ":1: [feed]: a name is missing: [feed NAME]" },
	{ "[queue]\n", FILE_NAME ":1: [queue]: a name is missing: [queue NAME]" },
	{ "[feed BBC News]\n", FILE_NAME ":1: [feed BBC News]: not a name: write [feed bbc-news]" },
	{ "[feed ../x]\n", FILE_NAME ":1: [feed ../x]: not a name: write [feed x]" },
	{ "[feed /]\n",
		FILE_NAME ":1: [feed /]: not a name: expected letters, digits and single hyphens" },
	{ "[daemon]\n[spool]\n[daemon]\n",
		FILE_NAME ":3: [daemon]: stands already at " FILE_NAME ":1" },
	{ "[feed a]\nurl=http://a.example/\n[feed b]\nurl=http://a.example/\n[feed a]\n",
		FILE_NAME ":5: [feed a]: stands already at " FILE_NAME ":1" },
	{ "[queue a]\ntags=*\n[feed a]\nurl=http://a.example/\n[queue a]\n",
		FILE_NAME ":5: [queue a]: stands already at " FILE_NAME ":1" },
	/* keys */
	{ "[daemon]\nfetcher = 2\n", FILE_NAME ":2: fetcher: unknown key in [daemon]" },
	{ "[daemon]\ninterval = 2m\n",
		FILE_NAME ":2: interval: not a key of [daemon] but of [defaults]" },
	{ "[feed a]\nalias = x\n", FILE_NAME ":2: alias: not a key of [feed] but of [tag NAME]" },
	{ "[defaults]\nuser = x\n",
		FILE_NAME ":2: user: not a key of [defaults] but of [feed NAME]" },
	{ "[defaults]\ninterval = 1h\n\ninterval = 2h\n",
		FILE_NAME ":4: interval: given already on line 2" },
	{ "[feed a]\n\ntitle = x\n", FILE_NAME ":1: [feed a]: url is missing" },
	{ "[opml a]\n", FILE_NAME ":1: [opml a]: file is missing" },
	{ "[tag a]\nalias = \xEF\xBB\xBF\n", FILE_NAME ":1: alias: a value of blanks alone" },
	{ "[queue a]\nformat = json\n",
		FILE_NAME ":1: [queue a]: tags is missing (* for all), or feeds, or rules" },
	{ "[queue a]\nrules = x, y\n[rule x]\nmatch = title ~ /x/\nstop = yes\n",
		FILE_NAME ":1: rules: [queue a] names a rule that is not there: [rule y]" },
	{ "[queue a]\ntags = *\non-deliver = x\nwebhook = http://h/\n", FILE_NAME
		":1: [queue a]: on-deliver and webhook do not go together: make it two queues" },
	{ "[queue a]\ntags = *\non-deliver-shell = yes\n",
		FILE_NAME ":1: [queue a]: on-deliver-shell needs on-deliver" },
	{ "[queue a]\ntags = *\non-deliver = x\nwebhook-secret-file = x\n",
		FILE_NAME ":1: [queue a]: webhook-secret-file needs webhook" },
	{ "[queue a]\ntags = *\nhook-tries = 3\n",
		FILE_NAME ":1: [queue a]: a key of hooks needs on-deliver or webhook" },
	{ "[queue a]\nfeeds = A b\n",
		FILE_NAME ":2: feeds: 'A b': not a tag: expected lower-case letters, digits and "
			  "single hyphens, as in technology-news" },
	/* values */
	{ "[defaults]\ninterval = soon\n", FILE_NAME
		":2: interval: 'soon': not a duration: expected a number and ms, s, m, h or d" },
	{ "[defaults]\ninterval =\n",
		FILE_NAME ":2: interval: not a duration: expected a number and ms, s, m, h or d" },
	{ "[defaults]\ninterval = 500ms\n",
		FILE_NAME ":2: interval: '500ms': out of range: 1s to 366d" },
	{ "[defaults]\nmax-body = 2G\n", FILE_NAME ":2: max-body: '2G': out of range: 1K to 1G" },
	{ "[defaults]\nadaptive = perhaps\n",
		FILE_NAME ":2: adaptive: 'perhaps': expected yes or no" },
	{ "[defaults]\nupdates = emit always\n",
		FILE_NAME ":2: updates: 'emit always': expected ignore or emit" },
	{ "[defaults]\nfirst-sync = some\n",
		FILE_NAME ":2: first-sync: 'some': expected all, none or a number" },
	{ "[defaults]\nproxy = ftp://x\n", FILE_NAME
		":2: proxy: 'ftp://x': not the URL of a proxy: expected http://, https://, "
		"socks4://, socks4a://, socks5:// or socks5h:// and a host" },
	{ "[defaults]\nheader = Authorization: Bearer abcdef\n", FILE_NAME
		":2: header: a secret does not stand in the configuration: use token-file, or user "
		"and password-file" },
	{ "[daemon]\nfetchers = some\n",
		FILE_NAME ":2: fetchers: 'some': expected auto or a number" },
	{ "[daemon]\nfetchers = 0\n", FILE_NAME ":2: fetchers: '0': out of range: 1 to 64" },
	{ "[daemon]\nlog-level = loud\n",
		FILE_NAME ":2: log-level: 'loud': expected error, warning, notice, info or debug" },
	{ "[daemon]\nsandbox = maybe\n",
		FILE_NAME ":2: sandbox: 'maybe': expected no, yes or required" },
	{ "[daemon]\nuser-agent = ; nothing\n", FILE_NAME ":2: user-agent: a value is missing" },
	{ "[daemon]\nlisten = 0.0.0.0:80\n", FILE_NAME
		":2: listen: '0.0.0.0:80': not a loopback address: use 127.0.0.1 or [::1]" },
	{ "[spool]\ndirectory =\n", FILE_NAME ":2: directory: a value is missing" },
	{ "[spool]\nmin-free = much\n",
		FILE_NAME ":2: min-free: 'much': neither a share (5%) nor a size (4G)" },
	{ "[spool]\nsync = always\n",
		FILE_NAME ":2: sync: 'always': expected batch, each or none" },
	{ "[state]\nremember = 1h\n", FILE_NAME ":2: remember: '1h': out of range: 1d to 36600d" },
	{ "[feed a]\nurl =\n", FILE_NAME ":2: url: a value is missing" },
	{ "[feed a]\nurl = ftp://example.org/\n",
		FILE_NAME ":2: url: 'ftp://example.org/': not an absolute http or https URL" },
	{ "[feed a]\nurl = https://user:secret@example.org/\n", FILE_NAME
		":2: url: credentials do not belong into a URL: use user and password-file" },
	{ "[feed a]\nurl = http://a.example/\ntags = News Desk\n", FILE_NAME
		":3: tags: 'News Desk': not a tag: expected lower-case letters, digits and single "
		"hyphens, as in technology-news" },
	{ "[feed a]\nurl = http://a.example/\ntags = a,,b\n",
		FILE_NAME ":3: tags: 'a,,b': an empty item in the list" },
	{ "[queue a]\ntags = ../x\n", FILE_NAME
		":2: tags: '../x': not a tag: expected lower-case letters, digits and single "
		"hyphens, as in technology-news" },
	{ "[queue a]\ntags = x\nformat = xml\n",
		FILE_NAME ":3: format: 'xml': expected json or rfc5322" },
	/* what does not go together */
	{ "[defaults]\ninterval = 1m\n", FILE_NAME ":2: interval: is below min-interval" },
	{ "[defaults]\nmin-interval = 2h\n", FILE_NAME ":2: interval: is below min-interval" },
	{ "[defaults]\ninterval = 3d\n", FILE_NAME ":2: interval: is above max-interval" },
	{ "[defaults]\nmax-interval = 1h\nmin-interval = 2h\n",
		FILE_NAME ":3: min-interval: is above max-interval" },
	{ "[feed a]\nurl = http://a.example/\ninterval = 1m\n",
		FILE_NAME ":3: interval: is below min-interval" },
	{ "[feed a]\ninterval = 1h\nurl = http://a.example/\n[defaults]\n"
	  "min-interval = 2h\ninterval = 2h\n",
		FILE_NAME ":2: interval: is below min-interval" },
	{ "[feed a]\nurl = http://a.example/\nuser = me\n",
		FILE_NAME ":3: user: needs password-file" },
	{ "[rule a]\nmatch = title ~ /(/\ndrop = yes\n", FILE_NAME
		":2: match: 'title ~ /(/': at character 11: missing closing parenthesis" },
	{ "[rule a]\nmatch = title = é and titel = x\ndrop = yes\n", FILE_NAME
		":2: match: 'title = é and titel = x': at character 15: expected a field "
		"(title, content, author, link, category, feed, language, tag), 'not' or '(', "
		"not 'titel'" },
	{ "[rule a]\nmatch = title ~ /x/ ; y\n",
		FILE_NAME ":1: [rule a]: does nothing: add-tags, "
			  "remove-tags, set-tags, drop, hold or stop is missing" },
	{ "[rule a]\ndrop = yes\n", FILE_NAME ":1: [rule a]: match is missing" },
	{ "[rule a]\nmatch = tag = x\ndrop = yes\nhold = yes\n",
		FILE_NAME ":1: [rule a]: drop and hold do not go together" },
	{ "[rule a]\nmatch = tag = x\ndrop = yes\nadd-tags = y\n",
		FILE_NAME ":1: [rule a]: what is dropped has no tags: drop goes "
			  "together with none of add-tags, remove-tags and set-tags" },
	{ "[rule a]\nmatch = tag = x\nset-tags = x\nadd-tags = y\n",
		FILE_NAME ":1: [rule a]: set-tags replaces all tags: it does not "
			  "go together with add-tags and remove-tags" },
	{ "[rule a]\nmatch = tag = x\nadd-tags = A B\n", FILE_NAME
		":3: add-tags: 'A B': not a tag: "
		"expected lower-case letters, digits and single hyphens, as in technology-news" },
	{ "[rule a]\nmatch = tag = x\ndrop = 1\n[rule a]\nmatch = tag = x\n",
		FILE_NAME ":4: [rule a]: stands already at " FILE_NAME ":1" },
	{ "[tag a]\nalias = Tech\n[tag b]\nalias = tech\n",
		FILE_NAME ":3: alias: 'tech' is an alias of both [tag a] and [tag b]" },
	/* other files */
	{ "[feed a]\nurl = http://a.example/\nuser = me\npassword-file = /nonexistent/secret\n",
		FILE_NAME ":4: password-file: '/nonexistent/secret': No such file or directory" },
	{ "[opml a]\nfile = /nonexistent/list.opml\n",
		FILE_NAME ":1: file: '/nonexistent/list.opml': No such file or directory" },
	{ "[opml a]\nfile = /nonexistent/list.opml\ninterval = 1m\n",
		FILE_NAME ":1: interval: is below min-interval" },
};

static void
a_mistake_is_named_with_file_line_key_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(wrong_texts); i++) {
		struct config_error err = { "" };
		struct config *config = NULL;

		conf_folder_write(FILE_NAME, wrong_texts[i].text);
		if (config_load(FILE_NAME, NULL, &config, &err) == 0)
			fail_msg("loaded: %s", wrong_texts[i].text);
		assert_string_equal(err.text, wrong_texts[i].error);
		assert_null(config);
	}
}

static void
a_line_is_never_cut(void **state)
{
	struct buf text = { 0 }, feeds = { 0 };
	struct config_error err = { "" };
	struct config *config;
	size_t start;

	(void)state;
	buf_puts(&text, "[feed a]\nurl = http://a.example/");
	start = text.len;
	while (text.len < start + 8000)
		buf_puts(&text, "0123456789");
	buf_puts(&text, "\n");
	config = load_text(buf_str(&text), &feeds);
	assert_int_equal(strlen(strchr(buf_str(&feeds), '|') + 1), 17 + 8000 + strlen("|-||\n"));
	config_free(config);
	buf_truncate(&text, text.len - 1);
	while (text.len < start + 20000)
		buf_puts(&text, "0123456789");
	conf_folder_write(FILE_NAME, buf_str(&text));
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME ":2: a line of more than 16380 bytes");
	buf_done(&text);
	buf_done(&feeds);
}

static void
a_binary_file_is_refused(void **state)
{
	struct config_error err = { "" };
	struct config *config;
	FILE *stream = fopen(FILE_NAME, "w");

	(void)state;
	assert_non_null(stream);
	assert_int_equal(fwrite("[daemon]\nfetch\0ers = 2\n", 1, 23, stream), 23);
	fclose(stream);
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME ":2: a NUL byte: not a text file");
}

static void
a_nul_in_a_last_line_without_newline_is_refused(void **state)
{
	static const char text[] = "[daemon]\nfetchers = 2\0000";
	struct config_error err = { "" };
	struct config *config;
	FILE *stream = fopen(FILE_NAME, "w");

	(void)state;
	assert_non_null(stream);
	assert_int_equal(fwrite(text, 1, sizeof(text) - 1, stream), sizeof(text) - 1);
	fclose(stream);
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME ":2: a NUL byte: not a text file");
}

/* As many destinations as one article can have are all that there is room for (emit.c). */
static void
more_queues_than_an_article_can_go_to_are_refused(void **state)
{
	struct buf text = { 0 };
	struct config_error err = { "" };
	struct config *config;

	(void)state;
	for (int i = 0; i < CONFIG_QUEUES_MAX; i++)
		buf_printf(&text, "[queue q%d]\ntags = *\n", i);
	config = load_text(buf_str(&text), NULL);
	assert_int_equal(config->n_queues, CONFIG_QUEUES_MAX);
	config_free(config);
	buf_puts(&text, "[queue last]\ntags = *\n");
	conf_folder_write(FILE_NAME, buf_str(&text));
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME ":129: [queue last]: more than 64 queues");
	buf_done(&text);
}

/* sun_path has 108 bytes, of which the last is a NUL. */
static void
a_control_path_that_no_socket_can_have_is_refused(void **state)
{
	struct config_error err = { "" };
	struct config *config;
	char text[256], path[109] = "/";

	(void)state;
	memset(path + 1, 'x', 106);
	snprintf(text, sizeof(text), "[daemon]\ncontrol = %s\n", path);
	config = load_text(text, NULL);
	assert_string_equal(config->control, path);
	config_free(config);
	path[107] = 'x';
	snprintf(text, sizeof(text), "[daemon]\ncontrol = %s\n", path);
	conf_folder_write(FILE_NAME, text);
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_non_null(strstr(err.text, ": longer than the 107 bytes that a socket's path has"));
}

static void
control_characters_are_refused(void **state)
{
	static const char *const lines[] = { "user-agent = a\a", "user-agent = \033[31m",
		"\001 = 2" };
	struct config_error err;
	struct config *config;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		FILE *stream = fopen(FILE_NAME, "w");

		assert_non_null(stream);
		fprintf(stream, "[daemon]\n%s\n", lines[i]);
		fclose(stream);
		assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
		assert_string_equal(err.text, FILE_NAME ":2: a control character: not a text file");
	}
}

static void
what_is_no_file_is_refused(void **state)
{
	struct config_error err = { "" };
	struct config *config;

	(void)state;
	assert_int_equal(config_load("absent.conf", NULL, &config, &err), -ENOENT);
	assert_string_equal(err.text,
		"absent.conf: No such file or directory: write one, see newspool.conf(5), or "
		"name another with --config FILE");
	assert_int_equal(config_load(".", NULL, &config, &err), -EISDIR);
	assert_string_equal(err.text, ".: not a regular file");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(config_load("pipe", NULL, &config, &err), -ENODEV);
	assert_string_equal(err.text, "pipe: not a regular file");
	conf_folder_write(FILE_NAME, "[opml a]\nfile = pipe\n");
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -ENODEV);
	assert_non_null(strstr(err.text, "/pipe': not a regular file"));
}

static void
feeds_d_is_read_in_order_after_the_main_file(void **state)
{
	struct buf feeds = { 0 };
	struct config *config;

	(void)state;
	conf_folder_write("feeds.d/20-b.conf", "[feed b]\nurl = http://b.example/\n");
	conf_folder_write("feeds.d/10-a.conf", "[feed a]\nurl = http://a.example/\n"
					       "ca-file = a.pem\n[state]\nremember = 2d\n");
	conf_folder_write("feeds.d/ignored.txt", "nonsense");
	conf_folder_write("feeds.d/.hidden.conf", "nonsense");
	config = load_text("[feed z]\nurl = http://z.example/\n", &feeds);
	assert_int_equal(config->remember, 2 * 86400000);
	assert_int_equal(config->n_feeds, 3);
	assert_non_null(strstr(buf_str(&feeds), "/feeds.d/a.pem\n"));
	assert_true(strncmp(buf_str(&feeds), "z|", 2) == 0);
	assert_true(strstr(buf_str(&feeds), "\na|") < strstr(buf_str(&feeds), "\nb|"));
	config_free(config);
	buf_done(&feeds);
}

static void
a_duplicate_in_feeds_d_names_both_places(void **state)
{
	struct config_error err = { "" };
	struct config *config;

	(void)state;
	conf_folder_write("feeds.d/b.conf", "\n\n[feed a]\nurl = http://b.example/\n");
	conf_folder_write(FILE_NAME, "\n[feed a]\nurl = http://a.example/\n");
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(
		err.text, "feeds.d/b.conf:3: [feed a]: stands already at newspool.conf:2");
}

static void
a_secret_file_is_checked_when_it_is_named(void **state)
{
	static const char text[] = "[feed a]\nurl = http://a.example/\nuser = me\n"
				   "password-file = secret\n";
	struct config_error err = { "" };
	struct config *config;

	(void)state;
	conf_folder_write("secret", "hunter2\n");
	conf_folder_write(FILE_NAME, text);
	assert_int_equal(chmod("secret", 0604), 0);
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME
		":4: password-file: 'secret': a secret that others may use: take it away from them "
		"with chmod o=");
	assert_int_equal(chmod("secret", 0600), 0);
	config_free(load_text(text, NULL));
	conf_folder_write(FILE_NAME, "[feed a]\nurl = http://a.example/\nuser = me\n"
				     "password-file = secret\ntoken-file = secret\n");
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME ":5: token-file: does not go together with user");
}

/* Outside of the service nothing but the name can be looked at. */
static void
a_credential_is_a_secret_too(void **state)
{
	static const char text[] = "[feed a]\nurl = http://a.example/\nuser = me\n"
				   "password-file = credential:a.pass\n";
	static const char *const names[] = { "", "a/b", "../x" };
	struct config_error err = { "" };
	struct config *config;
	char wrong[128];

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	config_free(load_text(text, NULL));
	setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1);
	conf_folder_write(FILE_NAME, text);
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
	assert_string_equal(err.text, FILE_NAME ":4: password-file: 'credential:a.pass': No such "
						"file or directory");
	unsetenv("CREDENTIALS_DIRECTORY");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(wrong, sizeof(wrong),
			"[feed a]\nurl = http://a.example/\ntoken-file = credential:%s\n",
			names[i]);
		conf_folder_write(FILE_NAME, wrong);
		assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), -EINVAL);
		assert_non_null(strstr(err.text, "not the name of a credential"));
	}
}

static void
the_name_for_servers_says_how_many_feeds_there_are(void **state)
{
	static const struct {
		const char *text, *agent;
	} rows[] = {
		{ "[feed a]\nurl = http://a.example/\n",
			"newspool/" NP_VERSION " (+" NP_HOMEPAGE "; 1 feed from this host)" },
		{ "[daemon]\nuser-agent = me (+mailto:x@a.example; {feeds}){feeds}\n"
		  "[feed a]\nurl = http://a.example/\n[feed b]\nurl = http://b.example/\n",
			"me (+mailto:x@a.example; 2 feeds)2 feeds" },
		{ "[daemon]\nuser-agent = {feed}s\n", "{feed}s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *config = load_text(rows[i].text, NULL);
		struct buf agent = { 0 };

		config_put_user_agent(config, &agent);
		assert_string_equal(buf_str(&agent), rows[i].agent);
		buf_done(&agent);
		config_free(config);
	}
}

static void
settings_of_a_feed_lie_over_the_defaults(void **state)
{
	struct config *config = load_text("[defaults]\ninterval = 2h\ntimeout = 9s\n"
					  "proxy = http://proxy.example:3128\nheader = A: 1\n"
					  "header = B: 2\n",
		NULL);
	struct config_settings settings;
	struct arena arena = { 0 };

	(void)state;
	assert_int_equal(config_feed_settings(config, "", &arena, &settings), 0);
	assert_int_equal(settings.interval, 7200000);
	assert_string_equal(settings.proxy, "http://proxy.example:3128");
	assert_int_equal(config_feed_settings(config,
				 "interval=15m\nproxy=\nheader=b: 3\nheader=C: 4\nuser=me\n"
				 "password-file=/nonexistent\n",
				 &arena, &settings),
		0);
	assert_int_equal(settings.interval, 900000);
	assert_int_equal(settings.timeout, 9000);
	assert_null(settings.proxy);
	assert_int_equal(settings.n_headers, 3);
	assert_string_equal(settings.headers[0], "A: 1");
	assert_string_equal(settings.headers[1], "b: 3");
	assert_string_equal(settings.headers[2], "C: 4");
	assert_string_equal(settings.password_file, "/nonexistent");
	assert_int_equal(config->defaults.n_headers, 2);
	assert_string_equal(config->defaults.headers[1], "B: 2");
	arena_done(&arena);
	config_free(config);
}

static void
text_that_is_not_a_feeds_settings_is_refused(void **state)
{
	static const char *const texts[] = { "interval", "interval=15m", "interval=soon\n",
		"url=http://x.example/\n", "nonsense=1\n", "\n", "=\n" };
	struct config *config = load_text("", NULL);

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct config_settings settings = { .interval = 77 };
		struct arena arena = { 0 };

		if (config_feed_settings(config, texts[i], &arena, &settings) != -EINVAL)
			fail_msg("taken: %s", texts[i]);
		assert_int_equal(settings.interval, 77);
		arena_done(&arena);
	}
	config_free(config);
}

static void
aliases_know_neither_case_nor_marks_nor_white_space(void **state)
{
	struct config *config = load_text("[tag technology-news]\n"
					  "alias = Tech, Technology  News, Économie, C++\n"
					  "alias = Новости, tech\n[tag c]\nalias = C\n",
		NULL);
	static const char *const rows[][2] = {
		{ "tech", "technology-news" },
		{ " TECH ", "technology-news" },
		{ "technology news", "technology-news" },
		{ "Technology\t\nNEWS", "technology-news" },
		{ "economie", "technology-news" },
		{ "ÉCONOMIE", "technology-news" },
		{ "НОВОСТИ", "technology-news" },
		{ "c++", "technology-news" },
		{ "c", "c" },
		{ "technology", NULL },
		{ "technology-news", "technology-news" },
		{ "technology-new", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *tag = config_alias_tag(config, rows[i][0]);

		if (!tag != !rows[i][1])
			fail_msg("'%s' gives %s", rows[i][0], tag ? tag : "nothing");
		if (tag)
			assert_string_equal(tag, rows[i][1]);
	}
	config_free(config);
}

static void
a_tags_own_name_is_an_alias_that_gives_way(void **state)
{
	struct config *config = load_text("[tag ai]\nalias = Artificial Intelligence\n"
					  "[tag tech]\nalias = AI\n[tag stock-news]\n",
		NULL);

	(void)state;
	assert_string_equal(config_alias_tag(config, "ai"), "tech");
	assert_string_equal(config_alias_tag(config, "Tech"), "tech");
	assert_string_equal(config_alias_tag(config, "Stock  News"), "stock-news");
	assert_string_equal(config_alias_tag(config, "stock-news"), "stock-news");
	assert_null(config_alias_tag(config, "stocks"));
	config_free(config);
}

static void
rules_stand_in_the_order_of_the_files(void **state)
{
	struct config *config;

	conf_folder_write("feeds.d/b.conf", "[rule third]\nmatch = feed = x\nhold = yes\n");
	config = load_text("[rule second]\nmatch = title ~ /a b/ix and not tag = c\n"
			   "add-tags = a, b\nadd-tags = c\nremove-tags = d\nstop = yes\n"
			   "[rule first]\nmatch = title = \"x\"\nset-tags =\n"
			   "[rule drop]\nmatch = link ~ /ads/\ndrop = yes\n",
		NULL);
	(void)state;
	assert_int_equal(config->n_rules, 4);
	assert_string_equal(config->rules[0].name, "second");
	assert_string_equal(config->rules[0].match.text, "title ~ /a b/ix and not tag = c");
	assert_int_equal(config->rules[0].match.comparisons, 2);
	assert_int_equal(config->rules[0].n_add, 3);
	assert_string_equal(config->rules[0].add[2], "c");
	assert_string_equal(config->rules[0].remove[0], "d");
	assert_true(config->rules[0].stop);
	assert_false(config->rules[0].sets || config->rules[0].drop || config->rules[0].hold);
	assert_string_equal(config->rules[1].name, "first");
	assert_true(config->rules[1].sets);
	assert_int_equal(config->rules[1].n_set, 0);
	assert_true(config->rules[2].drop);
	assert_string_equal(config->rules[3].name, "third");
	assert_true(config->rules[3].hold);
	config_free(config);
}

static void
a_dump_loads_to_the_same(void **state)
{
	struct config *config = load_text(
		"[daemon]\nlisten = [::1]:80\ncontrol =\nfetchers = 2\nuser-agent=;x\n"
		"[defaults]\nmax-interval = 36h\nfirst-sync = none\nheader = A: 1\nheader = B: 2\n"
		"[spool]\nmin-free = 12.5%\nretain-size = 0\ndirectory = s\n"
		"[tag a]\nalias = X Y, Z\n[tag b]\nalias = y\nalias=;z\n"
		"[queue q]\ntags = a, b\n[queue all]\ntags = *\nformat = rfc5322\n"
		"[queue hooked]\nfeeds = x, y\non-deliver = a 'b c'\non-deliver-shell = yes\n"
		"hook-parallel = 2\n[queue posted]\ntags = a\nfeeds = x\n"
		"webhook = https://example.org/\nwebhook-secret-file = s\nhook-retry = 100ms\n"
		"[queue ruled]\nrules = a, c\n"
		"[rule a]\nmatch = title ~ /x\\/\"y/i or not (tag = \"a b\" and feed != c)\n"
		"add-tags = x, y\nremove-tags = z\nstop = yes\n"
		"[rule b]\nmatch = title ~ /x/\nset-tags =\nhold = yes\n"
		"[rule c]\nmatch = title ~ /x/\ndrop = yes\n",
		NULL);
	struct buf first = { 0 }, second = { 0 };

	(void)state;
	config_dump(config, &first);
	config_free(config);
	assert_non_null(strstr(buf_str(&first), "\nmin-free = 12.5%\n"));
	assert_non_null(strstr(buf_str(&first), "\ncontrol =\n"));
	assert_non_null(strstr(buf_str(&first), "\nheader = B: 2\n"));
	assert_non_null(strstr(buf_str(&first), "\nfeeds = x, y\n"));
	assert_non_null(strstr(buf_str(&first), "\non-deliver = a 'b c'\n"));
	assert_non_null(strstr(buf_str(&first), "\nhook-retry = 100ms\n"));
	config = load_text(buf_str(&first), NULL);
	config_dump(config, &second);
	config_free(config);
	assert_string_equal(buf_str(&first), buf_str(&second));
	buf_done(&first);
	buf_done(&second);
}

static int
refuse_second(void *arg, const struct config_feed *feed, struct config_error *err)
{
	unsigned int *calls = arg;

	(void)err;
	assert_true(*feed->name != '\0');
	return ++*calls == 2 ? -EEXIST : 0;
}

static void
a_sink_ends_the_load(void **state)
{
	unsigned int calls = 0;
	const struct config_feed_sink sink = { .feed = refuse_second, .arg = &calls };
	struct config_error err = { "" };
	struct config *config;

	(void)state;
	conf_folder_write(FILE_NAME, "[feed a]\nurl=http://a.example/\n[feed b]\n"
				     "url=http://a.example/\n[feed c]\nurl=http://a.example/\n");
	assert_int_equal(config_load(FILE_NAME, &sink, &config, &err), -EEXIST);
	assert_string_equal(err.text, FILE_NAME ":3: b: a feed of this name was had before");
	assert_int_equal(calls, 2);
}

static void
the_installed_file_is_used_where_none_is_named(void **state)
{
	(void)state;
	unsetenv("NEWSPOOL_CONFIG");
	assert_string_equal(config_default_file(), config_installed_file());
	assert_non_null(strstr(config_installed_file(), "/newspool/newspool.conf"));
	setenv("NEWSPOOL_CONFIG", "/x/y.conf", 1);
	assert_string_equal(config_default_file(), "/x/y.conf");
	setenv("NEWSPOOL_CONFIG", "", 1);
	assert_string_equal(config_default_file(), config_installed_file());
	unsetenv("NEWSPOOL_CONFIG");
}

static void
names_are_had_once_each(void **state)
{
	struct names names = { 0 };
	uint32_t file = 0, line = 0;
	char name[32];

	(void)state;
	for (uint32_t i = 0; i < 300000; i++) {
		snprintf(name, sizeof(name), "feed-%u", i);
		assert_int_equal(names_put(&names, "feed", name, 1, i, &file, &line), 0);
	}
	assert_int_equal(names_put(&names, "tag", "feed-7", 2, 3, &file, &line), 0);
	for (uint32_t i = 0; i < 300000; i += 999) {
		snprintf(name, sizeof(name), "feed-%u", i);
		assert_int_equal(names_put(&names, "feed", name, 9, 9, &file, &line), -EEXIST);
		assert_int_equal(line, i);
		assert_int_equal(file, 1);
	}
	assert_true(names.size * sizeof(*names.slots) <= 300000 * 32);
	names_done(&names);
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
many_feeds_cost_little_time_and_memory(void **state)
{
	const unsigned int n = 200000;
	FILE *stream = fopen(FILE_NAME, "w");
	struct rusage before, after;
	struct config_error err;
	struct config *config;
	double start, took;

	(void)state;
	assert_non_null(stream);
	for (unsigned int i = 0; i < n; i++)
		fprintf(stream, "[feed number-%u]\nurl = https://host%u.example/%u\ntags = a, b\n",
			i, i / 7, i);
	assert_int_equal(fclose(stream), 0);
	getrusage(RUSAGE_SELF, &before);
	start = seconds_now();
	assert_int_equal(config_load(FILE_NAME, NULL, &config, &err), 0);
	took = seconds_now() - start;
	getrusage(RUSAGE_SELF, &after);
	print_message(
		"# %u feeds in %.2f s, %ld kB more\n", n, took, after.ru_maxrss - before.ru_maxrss);
	assert_int_equal(config->n_feeds, n);
	assert_true(took < 20);
#if !defined(__SANITIZE_ADDRESS__)
	assert_true(after.ru_maxrss - before.ru_maxrss < 24 * 1024);
#endif
	config_free(config);
}

static char *
read_text(const char *file)
{
	FILE *stream = fopen(file, "r");
	struct buf text = { 0 };
	char *room;
	size_t size = 1;

	assert_non_null(stream);
	while (size > 0 && (room = buf_reserve(&text, 4096))) {
		size = fread(room, 1, 4096, stream);
		buf_add(&text, size);
	}
	fclose(stream);
	return buf_steal(&text);
}

/* ".It Cm interval …" begins a key's entry; "Default:" and ".Li 1h" stand before the next. */
static void
the_manual_names_every_key_with_its_default(void **state)
{
	char *manual = read_text(ABS_TOP_SRCDIR "/man/newspool.conf.5");

	(void)state;
	assert_non_null(manual);
	for (size_t i = 0; i < schema_n_keys; i++) {
		const struct schema_key *key = &schema_keys[i];
		char item[64], fallback[96] = "";
		const char *entry, *end, *found;

		snprintf(item, sizeof(item), "\n.It Cm %s ", key->name);
		entry = strstr(manual, item);
		if (!entry)
			fail_msg("newspool.conf(5) does not name %s", key->name);
		if (!key->fallback || strcmp(key->name, "user-agent") == 0)
			continue;
		snprintf(fallback, sizeof(fallback), "\nDefault:\n.Li %s\n", key->fallback);
		end = strstr(entry + 1, "\n.It Cm ");
		found = strstr(entry, fallback);
		if (!found || (end && found > end))
			fail_msg("newspool.conf(5): %s: no default %s", key->name, key->fallback);
	}
	for (size_t i = 0; i < schema_n_kinds; i++) {
		char item[64];

		snprintf(item, sizeof(item), "\n.Ss [%s%s]\n", schema_kinds[i].name,
			schema_kinds[i].named ? " NAME" : "");
		if (!strstr(manual, item))
			fail_msg("newspool.conf(5) has no section %s", schema_kinds[i].name);
	}
	free(manual);
}

static char *
dump_of(const char *text)
{
	struct config *config = load_text(text, NULL);
	struct buf dump = { 0 };

	config_dump(config, &dump);
	config_free(config);
	return buf_steal(&dump);
}

/* Lines that begin with ";" say what is in effect without them: with and without, it is the same. */
static void
the_shipped_configuration_shows_the_defaults(void **state)
{
	char *shipped = read_text(ABS_TOP_SRCDIR "/conf/newspool.conf");
	char *list = read_text(ABS_TOP_SRCDIR "/conf/feeds.opml");
	char *empty = dump_of("[daemon]\n"), *as_shipped, *uncommented;
	unsigned int n = 0;

	(void)state;
	conf_folder_write("feeds.opml", list);
	as_shipped = dump_of(shipped);
	assert_string_equal(as_shipped, empty);
	for (char *line = shipped; (line = strstr(line, "\n;")); n++)
		line[1] = ' ';
	assert_true(n > 20);
	uncommented = dump_of(shipped);
	assert_string_equal(uncommented, empty);
	free(shipped);
	free(list);
	free(empty);
	free(as_shipped);
	free(uncommented);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_enter, conf_folder_leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(an_empty_file_gives_the_defaults),
		IN_FOLDER(every_section_is_read),
		IN_FOLDER(a_mistake_is_named_with_file_line_key_and_reason),
		IN_FOLDER(a_line_is_never_cut),
		IN_FOLDER(a_binary_file_is_refused),
		IN_FOLDER(a_nul_in_a_last_line_without_newline_is_refused),
		IN_FOLDER(more_queues_than_an_article_can_go_to_are_refused),
		IN_FOLDER(a_control_path_that_no_socket_can_have_is_refused),
		IN_FOLDER(control_characters_are_refused),
		IN_FOLDER(what_is_no_file_is_refused),
		IN_FOLDER(feeds_d_is_read_in_order_after_the_main_file),
		IN_FOLDER(a_duplicate_in_feeds_d_names_both_places),
		IN_FOLDER(a_secret_file_is_checked_when_it_is_named),
		cmocka_unit_test(a_credential_is_a_secret_too),
		cmocka_unit_test(the_name_for_servers_says_how_many_feeds_there_are),
		IN_FOLDER(settings_of_a_feed_lie_over_the_defaults),
		IN_FOLDER(text_that_is_not_a_feeds_settings_is_refused),
		IN_FOLDER(aliases_know_neither_case_nor_marks_nor_white_space),
		IN_FOLDER(a_tags_own_name_is_an_alias_that_gives_way),
		IN_FOLDER(rules_stand_in_the_order_of_the_files),
		IN_FOLDER(a_dump_loads_to_the_same),
		IN_FOLDER(a_sink_ends_the_load),
		IN_FOLDER(many_feeds_cost_little_time_and_memory),
		IN_FOLDER(the_shipped_configuration_shows_the_defaults),
		cmocka_unit_test(the_installed_file_is_used_where_none_is_named),
		cmocka_unit_test(names_are_had_once_each),
		cmocka_unit_test(the_manual_names_every_key_with_its_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
