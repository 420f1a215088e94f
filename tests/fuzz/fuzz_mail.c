/*
 * Messages: each line of the input is a text of an article, in every place that a publisher writes
 * to. Whatever they say, the message is ASCII in short lines, its fields are ours, and its boundary
 * is seen three times.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/feed/article.h"
#include "lib/spool/mail.h"
#include "lib/spool/mail_text.h"

#define TEXTS 12
#define LINE_MAX_URL 998

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Texts are ended by NUL bytes; one that is empty is NULL. */
static void
split(char *data, size_t size, const char *ret_texts[TEXTS])
{
	size_t at = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		ret_texts[i] = at < size && data[at] ? data + at : NULL;
		at += at < size ? strlen(data + at) + 1 : 0;
	}
}

static void
check_field(const char *line, size_t size)
{
	static const char *const names[] = { "Date:", "From:", "Subject:", "Message-ID:",
		"Keywords:", "List-Id:", "Archived-At:", "Content-Location:", "Content-Language:",
		"Auto-Submitted:", "X-Newspool-Seq:", "MIME-Version:", "Content-Type:", " " };
	bool known = false, long_word = size > 0 && (memchr(line, ':', size) != NULL ||
							    memchr(line, '@', size) != NULL);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known = known || strncmp(line, names[i], strlen(names[i])) == 0;
	if (!known || size > (long_word ? LINE_MAX_URL : MAIL_COLUMNS))
		abort();
}

static void
check_message(const char *message)
{
	const char *body = strstr(message, "\n\n");
	unsigned int boundaries = 0;

	if (!body)
		abort();
	for (const char *line = message; *line; line += strcspn(line, "\n") + 1) {
		size_t size = strcspn(line, "\n");

		if (line <= body)
			check_field(line, size);
		else if (size > MAIL_COLUMNS || line[0] == '.' || strncmp(line, "From ", 5) == 0)
			abort();
		boundaries += strncmp(line, "--=_", 4) == 0;
		for (size_t i = 0; i < size; i++)
			if ((line[i] < ' ' && line[i] != '\t') || line[i] > '~')
				abort();
	}
	if (boundaries != 3)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_context context = { .domain = NULL };
	char *copy = malloc(size + 1);
	const char *texts[TEXTS];
	struct np_person authors[2];
	struct np_attachment attachment;
	struct buf out = { 0 };

	if (!copy)
		abort();
	memcpy(copy, data, size);
	copy[size] = '\0';
	split(copy, size, texts);
	authors[0] = (struct np_person){ .name = texts[0], .email = texts[1] };
	authors[1] = (struct np_person){ .name = texts[2], .url = texts[1] };
	attachment = (struct np_attachment){ .url = texts[3] ? texts[3] : "",
		.title = texts[4],
		.mime_type = texts[5],
		.size_in_bytes = -1 };
	struct np_article article = { .url = texts[3],
		.title = texts[6],
		.content_html = texts[7],
		.content_text = texts[8],
		.summary = texts[4],
		.language = texts[9],
		.published = (int64_t)size,
		.authors = authors,
		.n_authors = 1 + size % 2,
		.attachments = &attachment,
		.n_attachments = texts[3] != NULL,
		.source_title = texts[10] };
	struct record_meta meta = { .seq = 1,
		.feed_name = texts[11],
		.feed_title = texts[10],
		.tags = texts + 9,
		.n_tags = texts[9] && texts[10] ? 2 : 0 };
	mail_write(&out, &article, &meta, &context);
	if (buf_error(&out) == 0)
		check_message(buf_str(&out));
	buf_done(&out);
	free(copy);
	return 0;
}
