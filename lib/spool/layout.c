/*
 * Names and places in the spool, made and taken apart. What is read back from a directory is
 * anyone's: a name is accepted only where it is exactly what spool_name_format() writes.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/spool/layout.h"

#define HASH_DIGITS 16
#define SUFFIX ".json"
#define MAIL_SUFFIX ".eml"
#define MAIL_FLAGS ":2,"
#define FLAGS_MAX 26 /* of a Maildir */

void
spool_name_join(uint64_t seq, uint64_t hash, char ret_name[SPOOL_NAME_SIZE])
{
	assert(seq >= 1 && seq <= SPOOL_SEQ_MAX);
	snprintf(ret_name, SPOOL_NAME_SIZE, "%0*" PRIu64 "-%0*" PRIx64 SUFFIX, SPOOL_SEQ_DIGITS,
		seq % (SPOOL_SEQ_MAX + 1), HASH_DIGITS, hash);
}

void
spool_name_format(uint64_t seq, const unsigned char *hash, char ret_name[SPOOL_NAME_SIZE])
{
	uint64_t number = 0;

	for (size_t i = 0; i < HASH_DIGITS / 2; i++)
		number = number << 8 | hash[i];
	spool_name_join(seq, number, ret_name);
}

/* Reads n digits of the base, 10 or 16, in lower case. */
static bool
read_digits(const char *text, size_t n, unsigned int base, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned int digit;

		if (text[i] >= '0' && text[i] <= '9')
			digit = (unsigned int)(text[i] - '0');
		else if (base == 16 && text[i] >= 'a' && text[i] <= 'f')
			digit = (unsigned int)(text[i] - 'a') + 10;
		else
			return false;
		number = number * base + digit;
	}
	*ret_number = number;
	return true;
}

int
spool_name_split(const char *name, uint64_t *ret_seq, uint64_t *ret_hash)
{
	uint64_t seq, hash;

	if (strnlen(name, SPOOL_NAME_SIZE) != SPOOL_NAME_SIZE - 1 ||
		!read_digits(name, SPOOL_SEQ_DIGITS, 10, &seq) || seq == 0 ||
		name[SPOOL_SEQ_DIGITS] != '-' ||
		!read_digits(name + SPOOL_SEQ_DIGITS + 1, HASH_DIGITS, 16, &hash) ||
		strcmp(name + SPOOL_SEQ_DIGITS + 1 + HASH_DIGITS, SUFFIX) != 0)
		return -EINVAL;
	*ret_seq = seq;
	*ret_hash = hash;
	return 0;
}

int
spool_name_parse(const char *name, uint64_t *ret_seq)
{
	uint64_t hash;

	return spool_name_split(name, ret_seq, &hash);
}

int
spool_queue_name_article(const char *name, char ret_name[SPOOL_NAME_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char article[SPOOL_NAME_SIZE];
	size_t stem = SPOOL_NAME_SIZE - sizeof(SUFFIX);
	const char *rest = name + strnlen(name, stem);
	uint64_t seq;

	if (strncmp(rest, MAIL_SUFFIX, strlen(MAIL_SUFFIX)) == 0) {
		rest += strlen(MAIL_SUFFIX);
		if (strncmp(rest, MAIL_FLAGS, strlen(MAIL_FLAGS)) == 0) {
			rest += strlen(MAIL_FLAGS);
			rest += strspn(rest, letters) <= FLAGS_MAX ? strspn(rest, letters) : 0;
		}
	} else if (strcmp(rest, SUFFIX) == 0)
		rest += strlen(SUFFIX);
	else
		return -EINVAL;
	snprintf(article, sizeof(article), "%.*s" SUFFIX, (int)stem, name);
	if (*rest || spool_name_parse(article, &seq) < 0)
		return -EINVAL;
	memcpy(ret_name, article, sizeof(article));
	return 0;
}

int
spool_queue_name_parse(const char *name, uint64_t *ret_seq)
{
	char article[SPOOL_NAME_SIZE];
	int error = spool_queue_name_article(name, article);

	return error ? error : spool_name_parse(article, ret_seq);
}

bool
spool_is_day(const char *name)
{
	static const unsigned char lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t year, month, day;

	if (strnlen(name, SPOOL_DAY_SIZE) != SPOOL_DAY_SIZE - 1 || name[4] != '-' ||
		name[7] != '-' || !read_digits(name, 4, 10, &year) ||
		!read_digits(name + 5, 2, 10, &month) || !read_digits(name + 8, 2, 10, &day))
		return false;
	if (year == 0 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
		return false;
	return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

void
spool_path_article(struct buf *out, const char *day, const char *name)
{
	buf_printf(out, SPOOL_ARTICLES "/%s/%s", day, name);
}

void
spool_path_tag(struct buf *out, const char *tag, const char *day, const char *name)
{
	buf_printf(out, SPOOL_TAGS "/%s/%s/%s", tag, day, name);
}

void
spool_path_queue(struct buf *out, const char *queue, const char *name)
{
	buf_printf(out, SPOOL_QUEUES "/%s/new/%s", queue, name);
}

void
spool_mail_name(const char *name, char ret_name[SPOOL_NAME_SIZE])
{
	snprintf(ret_name, SPOOL_NAME_SIZE, "%.*s" MAIL_SUFFIX,
		(int)(SPOOL_NAME_SIZE - sizeof(SUFFIX)), name);
}

void
spool_path_mail(struct buf *out, const char *queue, const char *name)
{
	char file[SPOOL_NAME_SIZE];

	spool_mail_name(name, file);
	spool_path_queue(out, queue, file);
}

/* Copies what stands before the next "/" or the end. Returns the rest; NULL: does not fit. */
static const char *
take_part(const char *path, char ret_part[SPOOL_SLUG_BYTES + 1])
{
	size_t size = strcspn(path, "/");

	if (size > SPOOL_SLUG_BYTES)
		return NULL;
	memcpy(ret_part, path, size);
	ret_part[size] = '\0';
	return path[size] == '/' ? path + size + 1 : path + size;
}

static bool
is_state(const char *text)
{
	return strcmp(text, "new") == 0 || strcmp(text, "cur") == 0;
}

/* What follows the name in a claim: ",TIME,ID". */
static bool
is_claim(const char *text)
{
	size_t digits = *text == ',' ? strspn(text + 1, "0123456789") : 0;
	size_t id;

	if (digits == 0 || digits > SPOOL_CLAIM_DIGITS || text[1 + digits] != ',')
		return false;
	id = strspn(text + 2 + digits, SPOOL_CLAIM_ID);
	return id > 0 && id <= SPOOL_CLAIM_ID_MAX && text[2 + digits + id] == '\0';
}

int
spool_claim_split(const char *file, char ret_name[SPOOL_NAME_SIZE], int64_t *ret_time)
{
	size_t size = strcspn(file, ",");
	uint64_t seq, time = 0;
	char name[SPOOL_NAME_SIZE];

	if (size >= sizeof(name) || (file[size] != '\0' && !is_claim(file + size)))
		return -EINVAL;
	memcpy(name, file, size);
	name[size] = '\0';
	if (spool_queue_name_parse(name, &seq) < 0 || strchr(name, ':'))
		return -EINVAL;
	for (const char *digit = file + size + 1; file[size] && *digit != ','; digit++)
		time = time * 10 + (uint64_t)(*digit - '0');
	memcpy(ret_name, name, size + 1);
	*ret_time = file[size] ? (int64_t)time : -1;
	return 0;
}

/* What may stand below each folder: a slug or not, then a folder of this kind, then the name. */
static const struct form {
	const char *folder;
	bool slug;
	bool (*middle)(const char *text);
	int (*name)(const char *name, uint64_t *ret_seq);
} forms[] = {
	{ SPOOL_ARTICLES, false, spool_is_day, spool_name_parse },
	{ SPOOL_TAGS, true, spool_is_day, spool_name_parse },
	{ SPOOL_QUEUES, true, is_state, spool_queue_name_parse },
};

static bool
matches(const struct form *form, const char *path)
{
	char part[SPOOL_SLUG_BYTES + 1], name[SPOOL_NAME_SIZE];
	uint64_t seq;
	int64_t time;

	path = take_part(path, part);
	if (path && form->slug) {
		if (!spool_is_slug(part))
			return false;
		path = take_part(path, part);
	}
	if (!path || !form->middle(part))
		return false;
	if (strcmp(part, "cur") == 0 && spool_claim_split(path, name, &time) == 0)
		return true;
	return form->name(path, &seq) == 0;
}

bool
spool_is_path(const char *path)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t size = strlen(forms[i].folder);

		if (strncmp(path, forms[i].folder, size) == 0 && path[size] == '/')
			return matches(&forms[i], path + size + 1);
	}
	return false;
}
