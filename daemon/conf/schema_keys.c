/*
 * The table of all sections and keys. A key is added here, in struct config or config_settings, and
 * in newspool.conf(5); everything else follows.
 */
#include <newspool/version.h>

#include "daemon/conf/schema.h"
#include "lib/spool/mail.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB ((int64_t)1 << 10)
#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

const struct schema_kind schema_kinds[] = {
	{ SCHEMA_DAEMON, "daemon", false, "the processes" },
	{ SCHEMA_DEFAULTS, "defaults", false, "settings of all feeds" },
	{ SCHEMA_FEED, "feed", true, "one feed" },
	{ SCHEMA_OPML, "opml", true, "a list of feeds" },
	{ SCHEMA_SPOOL, "spool", false, "where articles go, and how long they stay" },
	{ SCHEMA_STATE, "state", false, "what newspool remembers" },
	{ SCHEMA_TAG, "tag", true, "publishers' words for a tag" },
	{ SCHEMA_RULE, "rule", true, "what to do with articles that match" },
	{ SCHEMA_QUEUE, "queue", true, "articles for one consumer" },
};
const size_t schema_n_kinds = sizeof(schema_kinds) / sizeof(schema_kinds[0]);

static const struct schema_word fetchers_words[] = { { "auto", 0 }, { NULL, 0 } };
static const struct schema_word first_sync_words[] = { { "all", CONFIG_FIRST_SYNC_ALL },
	{ "none", 0 }, { NULL, 0 } };
static const struct schema_word updates_words[] = { { "ignore", CONFIG_UPDATES_IGNORE },
	{ "emit", CONFIG_UPDATES_EMIT }, { NULL, 0 } };
static const struct schema_word cluster_words[] = { { "off", CONFIG_CLUSTER_OFF }, { NULL, 0 } };
static const struct schema_word sync_words[] = { { "batch", CONFIG_SYNC_BATCH },
	{ "each", CONFIG_SYNC_EACH }, { "none", CONFIG_SYNC_NONE }, { NULL, 0 } };
static const struct schema_word sandbox_words[] = { { "no", CONFIG_SANDBOX_NO },
	{ "yes", CONFIG_SANDBOX_YES }, { "required", CONFIG_SANDBOX_REQUIRED }, { NULL, 0 } };
static const struct schema_word mode_words[] = { { "0600", 0600 }, { "0660", 0660 },
	{ "0666", 0666 }, { NULL, 0 } };
static const struct schema_word format_words[] = { { "json", CONFIG_QUEUE_JSON },
	{ "rfc5322", CONFIG_QUEUE_RFC5322 }, { NULL, 0 } };
static const struct schema_word full_words[] = { { "warn", CONFIG_FULL_WARN },
	{ "drop-oldest", CONFIG_FULL_DROP_OLDEST }, { "drop-new", CONFIG_FULL_DROP_NEW },
	{ NULL, 0 } };
static const struct schema_word level_words[] = { { "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING }, { "notice", LOG_LEVEL_NOTICE },
	{ "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG }, { NULL, 0 } };

/* clang-format off */
#define CONFIG(field) .place = SCHEMA_IN_CONFIG, .offset = offsetof(struct config, field)
#define SETTING(field) \
	.place = SCHEMA_IN_SETTINGS, .offset = offsetof(struct config_settings, field)
#define ENTRY(field) .place = SCHEMA_IN_ENTRY, .offset = offsetof(struct schema_entry, field)
#define RANGE(low, high) .min = (low), .max = (high)

/* Where the settings of feeds stand; what belongs to one origin stands with a feed alone. */
#define EVERY_FEED (SCHEMA_DEFAULTS | SCHEMA_FEED | SCHEMA_OPML)

const struct schema_key schema_keys[] = {
	{ SCHEMA_DAEMON, "fetchers", SCHEMA_UINT32, CONFIG(fetchers), .fallback = "auto",
	  RANGE(1, 64), .words = fetchers_words,
	  .help = "processes that fetch; auto: one a core, at most 8" },
	{ SCHEMA_DAEMON, "user-agent", SCHEMA_TEXT, CONFIG(user_agent),
	  .fallback = "newspool/" NP_VERSION " (+" NP_HOMEPAGE "; {feeds} from this host)",
	  .flags = SCHEMA_NOT_EMPTY,
	  .help = "how newspool calls itself to servers; {feeds}: how many feeds it polls" },
	{ SCHEMA_DAEMON, "control", SCHEMA_SOCKET, CONFIG(control),
	  .fallback = "/run/newspool/control.sock",
	  .help = "the socket that newspool(1) talks to; empty: none" },
	{ SCHEMA_DAEMON, "control-mode", SCHEMA_ENUM, CONFIG(control_mode), .fallback = "0660",
	  .words = mode_words, .help = "who may connect to it" },
	{ SCHEMA_DAEMON, "control-group", SCHEMA_TEXT, CONFIG(control_group),
	  .help = "the group whose members may change things through it" },
	{ SCHEMA_DAEMON, "listen", SCHEMA_LISTEN, CONFIG(listen),
	  .help = "loopback address and port for metrics and health" },
	{ SCHEMA_DAEMON, "log-level", SCHEMA_ENUM, CONFIG(log_level), .fallback = "info",
	  .words = level_words, .help = "what is logged at most" },
	{ SCHEMA_DAEMON, "max-connections", SCHEMA_UINT32, CONFIG(max_connections),
	  .fallback = "256", RANGE(1, 65536), .help = "open connections of all fetchers" },
	{ SCHEMA_DAEMON, "max-host-connections", SCHEMA_UINT32, CONFIG(max_host_connections),
	  .fallback = "2", RANGE(1, 64), .help = "open connections to one host" },
	{ SCHEMA_DAEMON, "host-spacing", SCHEMA_DURATION, CONFIG(host_spacing),
	  .fallback = "1s", RANGE(0, HOUR), .help = "time between two polls of one host" },
	{ SCHEMA_DAEMON, "sandbox", SCHEMA_ENUM, CONFIG(sandbox), .fallback = "yes",
	  .words = sandbox_words, .help = "confine fetchers; required: or do not start" },

	{ EVERY_FEED, "interval", SCHEMA_DURATION, SETTING(interval), .fallback = "1h",
	  RANGE(SECOND, 366 * DAY), .help = "time between two polls" },
	{ EVERY_FEED, "min-interval", SCHEMA_DURATION, SETTING(min_interval), .fallback = "5m",
	  RANGE(SECOND, 366 * DAY), .help = "never poll more often, whatever a feed says" },
	{ EVERY_FEED, "max-interval", SCHEMA_DURATION, SETTING(max_interval), .fallback = "2d",
	  RANGE(SECOND, 366 * DAY), .help = "never poll less often while a feed works" },
	{ EVERY_FEED, "adaptive", SCHEMA_BOOL, SETTING(adaptive), .fallback = "yes",
	  .help = "follow how often a feed changes, between the two" },
	{ EVERY_FEED, "timeout", SCHEMA_DURATION, SETTING(timeout), .fallback = "60s",
	  RANGE(SECOND, HOUR), .help = "time for a whole poll" },
	{ EVERY_FEED, "max-body", SCHEMA_SIZE, SETTING(max_body), .fallback = "16M",
	  RANGE(KIB, GIB), .help = "size of a document, uncompressed" },
	{ EVERY_FEED, "updates", SCHEMA_ENUM, SETTING(updates), .fallback = "ignore",
	  .words = updates_words, .help = "what to do with an article that has changed" },
	{ EVERY_FEED, "first-sync", SCHEMA_INT64, SETTING(first_sync), .fallback = "all",
	  RANGE(0, 1000000), .words = first_sync_words,
	  .help = "articles to deliver when a feed is new: all, none or the newest N" },
	{ EVERY_FEED, "flood-limit", SCHEMA_INT64, SETTING(flood_limit), .fallback = "500",
	  RANGE(0, 1000000), .help = "new articles of one poll that are believed; 0: any number" },
	{ EVERY_FEED, "allow-private", SCHEMA_BOOL, SETTING(allow_private), .fallback = "no",
	  .help = "allow loopback, private and link-local addresses" },
	{ EVERY_FEED, "insecure", SCHEMA_BOOL, SETTING(insecure), .fallback = "no",
	  .help = "do not verify the server's certificate" },
	{ EVERY_FEED, "proxy", SCHEMA_PROXY, SETTING(proxy), .help = "URL of the proxy" },
	{ EVERY_FEED, "ca-file", SCHEMA_PATH, SETTING(ca_file),
	  .help = "certificates to trust, PEM, in place of the system's" },
	{ EVERY_FEED, "header", SCHEMA_HEADERS, SETTING(headers), .flags = SCHEMA_REPEATED,
	  .help = "a request header, as Name: value" },
	{ SCHEMA_FEED, "user", SCHEMA_TEXT, SETTING(user), .help = "user name for the server" },
	{ SCHEMA_FEED, "password-file", SCHEMA_SECRET, SETTING(password_file),
	  .help = "file with the user's password" },
	{ SCHEMA_FEED, "token-file", SCHEMA_SECRET, SETTING(token_file),
	  .help = "file with a bearer token" },
	{ SCHEMA_FEED, "client-cert", SCHEMA_SECRET, SETTING(client_cert),
	  .help = "file with certificate and key to show to the server, PEM" },

	{ SCHEMA_FEED, "url", SCHEMA_URL, ENTRY(url),
	  .flags = SCHEMA_REQUIRED | SCHEMA_NOT_EMPTY, .help = "where the feed is" },
	{ SCHEMA_FEED, "title", SCHEMA_TEXT, ENTRY(title),
	  .help = "title to show in place of the feed's own" },
	{ SCHEMA_OPML, "file", SCHEMA_PATH, ENTRY(file),
	  .flags = SCHEMA_REQUIRED | SCHEMA_NOT_EMPTY, .help = "the list, OPML" },
	{ SCHEMA_FEED | SCHEMA_OPML, "tags", SCHEMA_TAGS, ENTRY(tags), .flags = SCHEMA_REPEATED,
	  .help = "tags of all its articles" },

	{ SCHEMA_SPOOL, "directory", SCHEMA_PATH, CONFIG(spool_directory),
	  .fallback = "/var/spool/newspool", .flags = SCHEMA_NOT_EMPTY, .help = "the spool" },
	{ SCHEMA_SPOOL, "retain-age", SCHEMA_DURATION, CONFIG(retain_age), .fallback = "30d",
	  RANGE(0, 36600 * DAY), .help = "how long articles stay; 0: for ever" },
	{ SCHEMA_SPOOL, "retain-size", SCHEMA_SIZE, CONFIG(retain_size), .fallback = "4G",
	  RANGE(0, INT64_MAX), .help = "bytes of articles that stay; 0: no limit" },
	{ SCHEMA_SPOOL, "cursor-age", SCHEMA_DURATION, CONFIG(cursor_age), .fallback = "90d",
	  RANGE(0, 36600 * DAY), .help = "how long days wait for a cursor; 0: they do not" },
	{ SCHEMA_SPOOL, "cursor-size", SCHEMA_SIZE, CONFIG(cursor_size), .fallback = "8G",
	  RANGE(0, INT64_MAX), .help = "bytes of articles above which none waits; 0: no limit" },
	{ SCHEMA_SPOOL, "min-free", SCHEMA_SHARE, CONFIG(min_free),
	  .offset_bytes = offsetof(struct config, min_free_bytes), .fallback = "5%",
	  .help = "free space below which nothing is delivered: a share or a size" },
	{ SCHEMA_SPOOL, "sync", SCHEMA_ENUM, CONFIG(sync), .fallback = "batch",
	  .words = sync_words, .help = "how articles are made durable" },
	{ SCHEMA_SPOOL, "cluster-distance", SCHEMA_INT64, CONFIG(cluster_distance),
	  .fallback = "3", RANGE(0, 7), .words = cluster_words,
	  .help = "bits in which articles differ that say about the same; off: do not look" },

	{ SCHEMA_SPOOL, "mail-domain", SCHEMA_DOMAIN, CONFIG(mail_domain),
	  .fallback = MAIL_DOMAIN, .flags = SCHEMA_NOT_EMPTY,
	  .help = "domain of Message-IDs, where articles become mail" },

	{ SCHEMA_STATE, "database", SCHEMA_PATH, CONFIG(database),
	  .fallback = "/var/lib/newspool/state.db", .flags = SCHEMA_NOT_EMPTY,
	  .help = "the database, SQLite" },
	{ SCHEMA_STATE, "remember", SCHEMA_DURATION, CONFIG(remember), .fallback = "400d",
	  RANGE(DAY, 36600 * DAY), .help = "how long to know articles that a feed no longer lists" },
	{ SCHEMA_STATE, "history", SCHEMA_UINT32, CONFIG(history), .fallback = "20",
	  RANGE(0, 1000), .help = "polls of each feed to show; 0: none are kept" },

	{ SCHEMA_TAG, "alias", SCHEMA_TERMS, ENTRY(aliases),
	  .flags = SCHEMA_REPEATED | SCHEMA_NOT_EMPTY,
	  .help = "categories of publishers that mean this tag" },

	{ SCHEMA_RULE, "match", SCHEMA_MATCH, ENTRY(match),
	  .flags = SCHEMA_REQUIRED | SCHEMA_NOT_EMPTY, .help = "which articles" },
	{ SCHEMA_RULE, "add-tags", SCHEMA_TAGS, ENTRY(add_tags), .flags = SCHEMA_REPEATED,
	  .help = "tags that they get" },
	{ SCHEMA_RULE, "remove-tags", SCHEMA_TAGS, ENTRY(remove_tags), .flags = SCHEMA_REPEATED,
	  .help = "tags that they lose" },
	{ SCHEMA_RULE, "set-tags", SCHEMA_TAGS, ENTRY(set_tags), .flags = SCHEMA_REPEATED,
	  .help = "the tags that they have, in place of all others" },
	{ SCHEMA_RULE, "drop", SCHEMA_BOOL, ENTRY(drop), .fallback = "no",
	  .help = "never spool them" },
	{ SCHEMA_RULE, "hold", SCHEMA_BOOL, ENTRY(hold), .fallback = "no",
	  .help = "keep them back until they are released" },
	{ SCHEMA_RULE, "stop", SCHEMA_BOOL, ENTRY(stop), .fallback = "no",
	  .help = "no rule behind this one is asked" },

	{ SCHEMA_QUEUE, "tags", SCHEMA_TAGS_ALL, ENTRY(tags),
	  .flags = SCHEMA_REPEATED | SCHEMA_NOT_EMPTY,
	  .help = "articles with one of these; * for all" },
	{ SCHEMA_QUEUE, "feeds", SCHEMA_TAGS, ENTRY(feeds),
	  .flags = SCHEMA_REPEATED | SCHEMA_NOT_EMPTY, .help = "articles of these feeds alone" },
	{ SCHEMA_QUEUE, "rules", SCHEMA_TAGS, ENTRY(rules),
	  .flags = SCHEMA_REPEATED | SCHEMA_NOT_EMPTY,
	  .help = "articles that one of these rules matched" },
	{ SCHEMA_QUEUE, "format", SCHEMA_ENUM, ENTRY(format), .fallback = "json",
	  .words = format_words, .help = "json, or rfc5322 for a Maildir" },
	{ SCHEMA_QUEUE, "limit", SCHEMA_INT64, ENTRY(limit), .fallback = "100000",
	  RANGE(0, 1000000), .help = "articles that wait before it counts as full; 0: any number" },
	{ SCHEMA_QUEUE, "limit-age", SCHEMA_DURATION, ENTRY(limit_age), .fallback = "0s",
	  RANGE(0, 36600 * DAY), .help = "how long one waits before it counts as full; 0: any time" },
	{ SCHEMA_QUEUE, "when-full", SCHEMA_ENUM, ENTRY(when_full), .fallback = "warn",
	  .words = full_words, .help = "what is done then" },
	{ SCHEMA_QUEUE, "on-deliver", SCHEMA_TEXT, ENTRY(hook.command),
	  .flags = SCHEMA_NOT_EMPTY, .help = "command that newspool-hooks runs for each article" },
	{ SCHEMA_QUEUE, "on-deliver-shell", SCHEMA_BOOL, ENTRY(hook.shell), .fallback = "no",
	  .help = "on-deliver is for sh -c" },
	{ SCHEMA_QUEUE, "webhook", SCHEMA_URL, ENTRY(hook.webhook), .flags = SCHEMA_NOT_EMPTY,
	  .help = "URL that newspool-hooks posts each article to" },
	{ SCHEMA_QUEUE, "webhook-secret-file", SCHEMA_PATH, ENTRY(hook.secret_file),
	  .flags = SCHEMA_NOT_EMPTY, .help = "file with the key that signs what is posted" },
	{ SCHEMA_QUEUE, "hook-timeout", SCHEMA_DURATION, ENTRY(hook.timeout), .fallback = "60s",
	  RANGE(SECOND, HOUR), .help = "time for one run of the hook" },
	{ SCHEMA_QUEUE, "hook-parallel", SCHEMA_UINT32, ENTRY(hook.parallel), .fallback = "4",
	  RANGE(1, 64), .help = "runs at a time" },
	{ SCHEMA_QUEUE, "hook-tries", SCHEMA_UINT32, ENTRY(hook.tries), .fallback = "16",
	  RANGE(1, 1000), .help = "runs that may fail before an article counts as dead" },
	{ SCHEMA_QUEUE, "hook-retry", SCHEMA_DURATION, ENTRY(hook.retry), .fallback = "10s",
	  RANGE(10, DAY), .help = "time before the second run; doubled each time, up to an hour" },
};
/* clang-format on */
const size_t schema_n_keys = sizeof(schema_keys) / sizeof(schema_keys[0]);

_Static_assert(sizeof(schema_keys) / sizeof(schema_keys[0]) <= SCHEMA_KEYS_MAX, "SCHEMA_KEYS_MAX");
