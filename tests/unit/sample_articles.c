#include "tests/unit/sample_articles.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct np_person authors[] = {
	{ .name = "Ada Lovelace",
		.url = "https://example.org/ada",
		.avatar = "https://example.org/a.png" },
	{ .name = "Desk", .email = "desk@example.org" },
};

static const struct np_attachment attachments[] = {
	{ .url = "https://example.org/1.mp3",
		.mime_type = "audio/mpeg",
		.title = "Listen",
		.size_in_bytes = 1234567,
		.duration = 61.5 },
	{ .url = "https://example.org/2.bin", .size_in_bytes = -1, .duration = -1 },
};

static const struct np_category categories[] = {
	{ .term = "Tech" },
	{ .term = "chips", .scheme = "https://example.org/topics", .label = "Chips & more" },
};

static const struct np_extension category[] = {
	{ .name = "text", .value = "Technology" },
};

static const struct np_extension itunes[] = {
	{ .name = "keywords", .value = "one" },
	{ .name = "category", .children = category, .n_children = COUNT(category) },
	{ .name = "keywords", .value = "two" },
	{ .name = "explicit" },
	{ .name = "image",
		.value = "own text",
		.children = category,
		.n_children = COUNT(category) },
};

static const struct np_extension extensions[] = {
	{ .name = "slash",
		.children = (const struct np_extension[]){ { .name = "comments", .value = "3" } },
		.n_children = 1 },
	{ .name = "itunes", .children = itunes, .n_children = COUNT(itunes) },
};

static const char *const tags[] = { "technology-news", "новости" };

#define HASH \
	{ \
		0x9f, 0x2c, 0x4e, 0x11, 0xa0, 0xb3, 0x7d, 0x58 \
	}
#define HASH_TEXT "9f2c4e11a0b37d58000000000000000000000000000000000000000000000000"

const struct sample sample_articles[] = {
	{
		.name = "nothing but a hash",
		.article = { .published = NP_TIME_NONE, .modified = NP_TIME_NONE, .content_hash = HASH },
		.meta = { .fetched_at = NP_TIME_NONE },
		.record = "{\"_newspool\":{\"schema\":1,\"content_hash\":\"sha256:" HASH_TEXT
			  "\"}}\n",
	},
	{
		.name = "everything",
		.article = {
			.id = "urn:x:1",
			.url = "https://example.org/1",
			.external_url = "https://example.com/about",
			.title = "A \"title\" \\ with é",
			.content_html = "<p>One</p>",
			.content_text = "One\n\ntwo\tthree",
			.summary = "In short",
			.image = "https://example.org/1.jpg",
			.language = "en-GB",
			.published = 0,
			.modified = 1795456800,
			.authors = authors,
			.n_authors = COUNT(authors),
			.attachments = attachments,
			.n_attachments = COUNT(attachments),
			.categories = categories,
			.n_categories = COUNT(categories),
			.extensions = extensions,
			.n_extensions = COUNT(extensions),
			.comments_url = "https://example.org/1#c",
			.rights = "(c)",
			.source_title = "Elsewhere",
			.source_url = "https://example.net/feed",
			.content_hash = HASH,
		},
		.meta = {
			.seq = 1234,
			.revises = 7,
			.fetched_at = 1795456860,
			.feed_name = "example",
			.feed_title = "Example News",
			.feed_url = "https://example.org/feed",
			.feed_home_page_url = "https://example.org/",
			.tags = tags,
			.n_tags = COUNT(tags),
		},
		.record =
			"{\"id\":\"urn:x:1\",\"url\":\"https://example.org/1\","
			"\"external_url\":\"https://example.com/about\","
			"\"title\":\"A \\\"title\\\" \\\\ with é\","
			"\"content_html\":\"<p>One</p>\",\"content_text\":\"One\\n\\ntwo\\tthree\","
			"\"summary\":\"In short\",\"image\":\"https://example.org/1.jpg\","
			"\"language\":\"en-GB\",\"tags\":[\"technology-news\",\"новости\"],"
			"\"date_published\":\"1970-01-01T00:00:00Z\","
			"\"date_modified\":\"2026-11-23T18:00:00Z\","
			"\"authors\":[{\"name\":\"Ada Lovelace\",\"url\":\"https://example.org/ada\","
			"\"avatar\":\"https://example.org/a.png\"},"
			"{\"name\":\"Desk\",\"url\":\"mailto:desk@example.org\"}],"
			"\"attachments\":[{\"url\":\"https://example.org/1.mp3\","
			"\"mime_type\":\"audio/mpeg\",\"title\":\"Listen\",\"size_in_bytes\":1234567,"
			"\"duration_in_seconds\":61.5},{\"url\":\"https://example.org/2.bin\"}],"
			"\"_newspool\":{\"schema\":1,\"seq\":1234,\"content_hash\":\"sha256:" HASH_TEXT
			"\",\"feed\":{\"name\":\"example\",\"title\":\"Example News\","
			"\"url\":\"https://example.org/feed\",\"home_page_url\":\"https://example.org/\"},"
			"\"fetched_at\":\"2026-11-23T18:01:00Z\","
			"\"categories\":[{\"term\":\"Tech\"},{\"term\":\"chips\","
			"\"scheme\":\"https://example.org/topics\",\"label\":\"Chips & more\"}],"
			"\"comments_url\":\"https://example.org/1#c\",\"rights\":\"(c)\","
			"\"source\":{\"title\":\"Elsewhere\",\"url\":\"https://example.net/feed\"},"
			"\"revises\":7,"
			"\"extensions\":{\"itunes\":{\"category\":{\"text\":\"Technology\"},"
			"\"explicit\":\"\",\"image\":{\"#text\":\"own text\",\"text\":\"Technology\"},"
			"\"keywords\":[\"one\",\"two\"]},\"slash\":{\"comments\":\"3\"}}}}\n",
	},
	{
		.name = "what must be escaped or replaced",
		.article = {
			.title = "bad \xff byte, \x01 control, \x7f, \xe2\x80\xa8 separator",
			.content_text = "</script>\r\n",
			.published = NP_TIME_NONE,
			.modified = INT64_MAX,
			.content_hash = HASH,
		},
		.meta = { .seq = 9999999999999999, .fetched_at = INT64_MIN + 1 },
		.record = NULL, /* only that it is valid */
	},
};

const size_t n_sample_articles = COUNT(sample_articles);
