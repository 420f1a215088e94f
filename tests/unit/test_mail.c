/* lib/spool/mail, mail_text, mail_body: an article as a message. Python's parser judges it in tests/integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/spool/mail.h"
#include "lib/spool/mail_text.h"
#include "tests/unit/sample_articles.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct mail_context nothing = { .domain = NULL };

static void
test_a_text_is_folded_and_encoded_where_it_must(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{ "Plain words", "X: Plain words\n" },
		{ "  white \t\n space ", "X: white space\n" },
		{ "", "X:\n" },
		{ "caf\xc3\xa9", "X: =?UTF-8?Q?caf=C3=A9?=\n" },
		{ "новости дня", "X: =?UTF-8?B?0L3QvtCy0L7RgdGC0Lgg0LTQvdGP?=\n" },
		{ "evil\r\nBcc: x@example.org", "X: evil Bcc: x@example.org\n" },
		{ "evil\xc2\x85header: \xe2\x80\xa8x", "X: evil header: x\n" },
		{ "=?UTF-8?Q?pretends?=", "X: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fpretends=3F=3D?=\n" },
		{ "bad \xff byte", "X: =?UTF-8?Q?bad_=EF=BF=BD_byte?=\n" },
		{ "one two three four five six seven eight nine ten eleven twelve thirteen "
		  "fourteen fifteen",
			"X: one two three four five six seven eight nine ten eleven twelve "
			"thirteen\n"
			" fourteen fifteen\n" },
		{ "12345678901234567890123456789012345678901234567890123456789012345678901234",
			"X: =?UTF-8?Q?1234567890123456789012345678901234567890123456789012345678901"
			"?=\n"
			" =?UTF-8?Q?2345678901234?=\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 };
		struct mail_field field;

		mail_field_begin(&field, &out, "X");
		mail_field_text(&field, cases[i].text);
		mail_field_end(&field);
		assert_string_equal(buf_str(&out), cases[i].field);
		buf_done(&out);
	}
}

static void
test_a_phrase_is_quoted_or_encoded_where_it_must(void **state)
{
	static const struct {
		const char *text, *field;
		bool plain;
	} cases[] = {
		{ "Ada Lovelace", "X: Ada Lovelace\n", true },
		{ "Dr. A. Lovelace, Ed.", "X: \"Dr. A. Lovelace, Ed.\"\n", true },
		{ "x <evil@example.org>", "X: \"x <evil@example.org>\"\n", true },
		{ "a \"b\" c", "X: =?UTF-8?Q?a_=22b=22_c?=\n", false },
		{ "back\\slash", "X: =?UTF-8?Q?back=5Cslash?=\n", false },
		{ "Zo\xc3\xab", "X: =?UTF-8?Q?Zo=C3=AB?=\n", false },
		{ "", "X: \"\"\n", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 };
		struct mail_field field;

		mail_field_begin(&field, &out, "X");
		assert_int_equal(mail_field_phrase(&field, cases[i].text), cases[i].plain);
		mail_field_end(&field);
		assert_string_equal(buf_str(&out), cases[i].field);
		buf_done(&out);
	}
}

/* Every encoded word by itself: its length, and that what it holds is whole characters. */
static void
check_encoded_words(const char *field)
{
	const char *word = field;

	while ((word = strstr(word, "=?UTF-8?")) != NULL) {
		const char *end = strstr(word + 10, "?=") + 2;

		assert_true(end - word <= 75);
		if (word[8] == 'B')
			assert_true((end - word - 12) % 4 == 0 &&
				    (end[-3] != '=' || strcmp(end, "\n") == 0));
		else /* the last byte of a two-byte character or ASCII, never its first */
			assert_false(end[-5] == '=' && end[-4] == 'D');
		word = end;
	}
}

static void
test_encoded_words_are_short_and_hold_whole_characters(void **state)
{
	struct buf text = { 0 }, out = { 0 };

	(void)state;
	for (int length = 1; length < 200; length++) {
		struct mail_field field;

		buf_reset(&text);
		buf_reset(&out);
		for (int i = 0; i < length; i++)
			buf_puts(&text, i % 3 == 0 ? "\xd0\xb6" : length % 2 ? "x" : "\xd1\x8f");
		mail_field_begin(&field, &out, "Subject");
		mail_field_text(&field, buf_str(&text));
		mail_field_end(&field);
		assert_int_equal(buf_error(&out), 0);
		check_encoded_words(buf_str(&out));
		for (const char *line = buf_str(&out); *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= MAIL_COLUMNS);
	}
	buf_done(&text);
	buf_done(&out);
}

static void
test_addresses_are_plain_or_refused(void **state)
{
	static const char *const good[] = { "a@b", "first.last+tag@mail.example.org",
		"o'neil@example.org" };
	static const char *const bad[] = { "", "@", "a@", "@b", "a b@c", "a@b c", "a@b,c@d", "a@b>",
		"<a@b>", "a@b\nBcc: c@d", ".a@b", "a.@b", "a..b@c", "a@b..c", "a@b.", "a@.b",
		"\"x\"@b", "a@[127.0.0.1]", "\xc3\xa9@b", "a@\xc3\xa9",
		"12345678901234567890123456789012345678901234567890123456789012345@b" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(mail_is_address(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (mail_is_address(bad[i]))
			fail_msg("%s", bad[i]);
	assert_true(mail_is_domain("news.example.org"));
	assert_false(mail_is_domain(""));
	assert_false(mail_is_domain("a b"));
	assert_false(mail_is_domain("a@b"));
}

static void
test_bodies_are_in_the_shorter_encoding(void **state)
{
	static const struct {
		const char *text, *body;
	} cases[] = {
		{ "", "quoted-printable\n\n" },
		{ "Hello\n", "quoted-printable\n\nHello\n" },
		{ "no newline", "quoted-printable\n\nno newline\n" },
		{ "a=b \nFrom me\n.\ncaf\xc3\xa9, caf\xc3\xa9 and more\t\n",
			"quoted-printable\n\na=3Db=20\n=46rom me\n=2E\ncaf=C3=A9, caf=C3=A9 and "
			"more=09\n" },
		{ "новости\n", "base64\n\n0L3QvtCy0L7RgdGC0LgNCg==\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 }, text = { 0 };

		buf_puts(&text, cases[i].text);
		mail_part(&out, "text/plain", &text);
		assert_string_equal(
			strstr(buf_str(&out), "Encoding: ") + strlen("Encoding: "), cases[i].body);
		buf_done(&out);
		buf_done(&text);
	}
}

static void
test_the_whole_message_of_an_article(void **state)
{
	static const unsigned char revised[NP_HASH_SIZE] = { 1 }, first[NP_HASH_SIZE] = { 2 };
	struct mail_context context = { "news.example.org", revised, first };
	const struct sample *sample = &sample_articles[1];
	struct buf out = { 0 };

	(void)state;
	mail_write(&out, &sample->article, &sample->meta, &context);
	assert_int_equal(buf_error(&out), 0);
	assert_string_equal(buf_str(&out),
		"Date: Thu, 1 Jan 1970 00:00:00 +0000\n"
		"From: \"Ada Lovelace, Desk\" <example@newspool.invalid>\n"
		"Subject: =?UTF-8?Q?A_=22title=22_=5C_with_=C3=A9?=\n"
		"Message-ID: <9f2c4e11a0b37d580000000000000000@news.example.org>\n"
		"In-Reply-To: <01000000000000000000000000000000@news.example.org>\n"
		"References: <02000000000000000000000000000000@news.example.org>\n"
		" <01000000000000000000000000000000@news.example.org>\n"
		"Keywords: technology-news, =?UTF-8?B?0L3QvtCy0L7RgdGC0Lg=?=\n"
		"List-Id: Example News <example.news.example.org>\n"
		"Archived-At: <https://example.org/1>\n"
		"Content-Location: https://example.org/1\n"
		"Content-Language: en-GB\n"
		"Auto-Submitted: auto-generated\n"
		"X-Newspool-Seq: 1234\n"
		"MIME-Version: 1.0\n"
		"Content-Type: multipart/alternative; boundary=\"=_9f2c4e11a0b37d58\"\n"
		"\n"
		"--=_9f2c4e11a0b37d58\n"
		"Content-Type: text/plain; charset=utf-8\n"
		"Content-Transfer-Encoding: quoted-printable\n"
		"\n"
		"One\n"
		"\n"
		"two	three\n"
		"\n"
		"Link: https://example.org/1\n"
		"About: https://example.com/about\n"
		"Comments: https://example.org/1#c\n"
		"Enclosure: Listen https://example.org/1.mp3 (audio/mpeg, 1234567 bytes)\n"
		"Enclosure: https://example.org/2.bin\n"
		"Source: Elsewhere https://example.net/feed\n"
		"\n"
		"--=_9f2c4e11a0b37d58\n"
		"Content-Type: text/html; charset=utf-8\n"
		"Content-Transfer-Encoding: quoted-printable\n"
		"\n"
		"<!DOCTYPE html>\n"
		"<html lang=3D\"en-GB\">\n"
		"<head><meta charset=3D\"utf-8\"><title>A &quot;title&quot; \\ with =C3=A9</tit=\n"
		"le></head>\n"
		"<body>\n"
		"<p>One</p>\n"
		"<hr>\n"
		"<p>Link: <a href=3D\"https://example.org/1\">https://example.org/1</a><br>\n"
		"About: <a href=3D\"https://example.com/about\">https://example.com/about</a><=\n"
		"br>\n"
		"Comments: <a href=3D\"https://example.org/1#c\">https://example.org/1#c</a><b=\n"
		"r>\n"
		"Enclosure: Listen <a href=3D\"https://example.org/1.mp3\">https://example.org=\n"
		"/1.mp3</a> (audio/mpeg, 1234567 bytes)<br>\n"
		"Enclosure: <a href=3D\"https://example.org/2.bin\">https://example.org/2.bin<=\n"
		"/a><br>\n"
		"Source: Elsewhere <a href=3D\"https://example.net/feed\">https://example.net/=\n"
		"feed</a></p>\n"
		"</body>\n"
		"</html>\n"
		"\n"
		"--=_9f2c4e11a0b37d58--\n");
	buf_done(&out);
}

/* The value of a field that is one line; "" where there is none. */
static const char *
field_of(const struct buf *message, const char *name, char ret_value[200])
{
	const char *at = strstr(buf_str(message), name);
	size_t size = at ? strcspn(at + strlen(name), "\n") : 0;

	assert_true(size < 200);
	memcpy(ret_value, at ? at + strlen(name) : "", size);
	ret_value[size] = '\0';
	return ret_value;
}

static void
test_who_it_is_from(void **state)
{
	static const struct {
		struct np_person person;
		const char *feed, *title, *from;
	} cases[] = {
		{ { .name = "Desk", .email = "desk@example.org" }, "f", "F",
			"Desk <desk@example.org>" },
		{ { .name = "Desk", .url = "mailto:desk@example.org" }, "f", "F",
			"Desk <desk@example.org>" },
		{ { .name = "Desk", .url = "mailto:desk@example.org?bcc=x@y" }, "f", "F",
			"Desk <f@newspool.invalid>" },
		{ { .name = "Desk", .email = "a@b>, <c@d" }, "f", "F",
			"Desk <f@newspool.invalid>" },
		{ { .email = "desk@example.org" }, "f", "F",
			"\"desk@example.org\" <desk@example.org>" },
		{ { .url = "https://example.org/" }, "f", "The Feed",
			"The Feed <f@newspool.invalid>" },
		{ { .name = NULL }, "лента", NULL,
			"feed-76b53b507b43669e <feed-76b53b507b43669e@newspool.invalid>" },
	};
	char from[200];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct np_article article = {
			.published = NP_TIME_NONE, .authors = &cases[i].person, .n_authors = 1
		};
		struct record_meta meta = {
			.feed_name = cases[i].feed, .feed_title = cases[i].title, .fetched_at = 0
		};
		struct buf out = { 0 };

		mail_write(&out, &article, &meta, &nothing);
		assert_string_equal(field_of(&out, "From: ", from), cases[i].from);
		buf_done(&out);
	}
}

static void
test_the_date_is_the_publishers_else_ours(void **state)
{
	static const struct {
		int64_t published, fetched;
		const char *date;
	} cases[] = {
		{ 1795456800, 5, "Mon, 23 Nov 2026 18:00:00 +0000" },
		{ NP_TIME_NONE, 1795456800, "Mon, 23 Nov 2026 18:00:00 +0000" },
		{ -2208988801, 1795456800, "Mon, 23 Nov 2026 18:00:00 +0000" },
		{ -2208988800, 0, "Mon, 1 Jan 1900 00:00:00 +0000" },
		{ NP_TIME_NONE, NP_TIME_NONE, "Thu, 1 Jan 1970 00:00:00 +0000" },
	};
	char date[200];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct np_article article = { .published = cases[i].published };
		struct record_meta meta = { .fetched_at = cases[i].fetched };
		struct buf out = { 0 };

		mail_write(&out, &article, &meta, &nothing);
		assert_string_equal(field_of(&out, "Date: ", date), cases[i].date);
		buf_done(&out);
	}
}

static void
test_nothing_remote_begins_a_line_or_a_field(void **state)
{
	static const char evil[] = "x\r\nBcc: evil@example.org\n\n.\n--=_0000000000000000--\n";
	const struct np_person person = { .name = evil, .url = evil, .email = evil };
	const struct np_attachment attachment = { .url = evil, .mime_type = evil, .title = evil };
	const char *tags[] = { evil, evil };
	struct np_article article = { .id = evil,
		.url = evil,
		.external_url = evil,
		.title = evil,
		.content_html = evil,
		.content_text = evil,
		.summary = evil,
		.language = evil,
		.authors = &person,
		.n_authors = 1,
		.attachments = &attachment,
		.n_attachments = 1,
		.comments_url = evil,
		.source_title = evil,
		.source_url = evil };
	struct record_meta meta = {
		.feed_name = evil, .feed_title = evil, .feed_url = evil, .tags = tags, .n_tags = 2
	};
	struct buf out = { 0 };
	unsigned int boundaries = 0;
	const char *body;

	(void)state;
	mail_write(&out, &article, &meta, &nothing);
	assert_int_equal(buf_error(&out), 0);
	body = strstr(buf_str(&out), "\n\n");
	assert_null(strchr(buf_str(&out), '\r'));
	for (const char *line = buf_str(&out); *line; line += strcspn(line, "\n") + 1) {
		assert_true(strcspn(line, "\n") <= MAIL_COLUMNS);
		assert_false(line < body && strncmp(line, "Bcc:", 4) == 0);
		assert_int_not_equal(line[0], '.');
		boundaries += strncmp(line, "--=_0000000000000000", 20) == 0;
	}
	assert_int_equal(boundaries, 3);
	buf_done(&out);
}

static void
test_an_article_does_not_answer_itself(void **state)
{
	const struct sample *sample = &sample_articles[1];
	const unsigned char *own = sample->article.content_hash;
	struct mail_context context = { NULL, own, own };
	struct buf out = { 0 };

	(void)state;
	mail_write(&out, &sample->article, &sample->meta, &context);
	assert_null(strstr(buf_str(&out), "References:"));
	assert_null(strstr(buf_str(&out), "In-Reply-To:"));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_is_folded_and_encoded_where_it_must),
		cmocka_unit_test(test_a_phrase_is_quoted_or_encoded_where_it_must),
		cmocka_unit_test(test_encoded_words_are_short_and_hold_whole_characters),
		cmocka_unit_test(test_addresses_are_plain_or_refused),
		cmocka_unit_test(test_bodies_are_in_the_shorter_encoding),
		cmocka_unit_test(test_the_whole_message_of_an_article),
		cmocka_unit_test(test_who_it_is_from),
		cmocka_unit_test(test_the_date_is_the_publishers_else_ours),
		cmocka_unit_test(test_nothing_remote_begins_a_line_or_a_field),
		cmocka_unit_test(test_an_article_does_not_answer_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
