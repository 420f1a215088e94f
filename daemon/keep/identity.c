/*
 * Which item is which. Pure. Each kind of identity is tried in turn over the items that have none
 * yet: their keys are hashed and sorted, and those that nobody shares are taken.
 *
 * Invariant: what an item is called depends on its document alone, not on the order in it. A key
 * that items of the document share identifies none of them, also not one that has gone on to be
 * identified by something better.
 */
#include "daemon/keep/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/url.h"

#define VERSION_DIGITS 3

struct key {
	unsigned char digest[STORE_IDENTITY_SIZE];
	size_t item;
};

/* A kind of identity: appends its key. An empty key: the item has none of this kind. */
struct kind {
	char mark;
	void (*key)(struct buf *out, const struct np_article *article);
};

static void
guid_key(struct buf *out, const struct np_article *article)
{
	if (np_article_id(article) != NULL)
		buf_puts(out, np_article_id(article));
}

/*
 * The guid without a fragment that counts the item's versions ("…/articles/abc#3", as the BBC has
 * it), so that the next version is the same item. Where such a number tells items of one document
 * apart, they share this key, and it names none of them. Every other fragment belongs to the guid.
 */
static void
unversioned_guid_key(struct buf *out, const struct np_article *article)
{
	const char *guid = np_article_id(article), *fragment;
	size_t digits;

	if (guid == NULL)
		return;
	fragment = strchr(guid, '#');
	digits = fragment != NULL ? strspn(fragment + 1, "0123456789") : 0;
	if (strncmp(guid, "http", 4) == 0 && digits > 0 && digits <= VERSION_DIGITS &&
		fragment[1 + digits] == '\0')
		buf_append(out, guid, (size_t)(fragment - guid));
	else
		buf_puts(out, guid);
}

static void
link_key(struct buf *out, const struct np_article *article)
{
	if (np_article_url(article) != NULL)
		url_canonical(out, np_article_url(article));
}

static int64_t
date_of(const struct np_article *article)
{
	int64_t date = np_article_published(article);

	return date != NP_TIME_NONE ? date : np_article_modified(article);
}

/* Both or nothing: a column's title comes again each week with another article. */
static void
title_key(struct buf *out, const struct np_article *article)
{
	if (np_article_title(article) == NULL || np_article_published(article) == NP_TIME_NONE)
		return;
	buf_printf(out, "%" PRId64 " %s", np_article_published(article), np_article_title(article));
}

static const struct kind kinds[] = { { 'g', unversioned_guid_key }, { 'g', guid_key },
	{ 'l', link_key }, { 't', title_key } };

/* Gives true where the item has a key of this kind. */
static int
digest_of(const struct kind *kind, const struct np_article *article, struct sha256 *hash,
	struct buf *buf, unsigned char ret_digest[STORE_IDENTITY_SIZE], bool *ret_has)
{
	unsigned char full[SHA256_SIZE];
	int error;

	buf_reset(buf);
	buf_putc(buf, kind->mark);
	kind->key(buf, article);
	if ((error = buf_error(buf)) != 0)
		return error;
	*ret_has = buf->len > 1;
	if (!*ret_has)
		return 0;
	sha256_update(hash, buf->data, buf->len);
	sha256_finish(hash, full);
	memcpy(ret_digest, full, STORE_IDENTITY_SIZE);
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, STORE_IDENTITY_SIZE);
}

static bool
same_key(const struct key *a, const struct key *b)
{
	return memcmp(a->digest, b->digest, STORE_IDENTITY_SIZE) == 0;
}

/* Takes the keys that nobody shares for items that are not named yet. */
static void
take_unique(struct key *keys, size_t n, struct item *items, bool *named, size_t *n_named)
{
	qsort(keys, n, sizeof(keys[0]), compare_keys);
	for (size_t i = 0; i < n; i++) {
		bool shared = (i > 0 && same_key(&keys[i], &keys[i - 1])) ||
			      (i + 1 < n && same_key(&keys[i], &keys[i + 1]));
		if (shared || named[keys[i].item])
			continue;
		memcpy(items[keys[i].item].identity, keys[i].digest, STORE_IDENTITY_SIZE);
		named[keys[i].item] = true;
		++*n_named;
	}
}

static int
try_kind(const struct kind *kind, struct sha256 *hash, struct item *items, size_t n,
	struct key *keys, bool *named, size_t *n_named)
{
	struct buf buf = { 0 };
	size_t n_keys = 0;
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++) {
		bool has = false;
		error = digest_of(kind, items[i].article, hash, &buf, keys[n_keys].digest, &has);
		keys[n_keys].item = i;
		n_keys += has;
	}
	buf_done(&buf);
	if (error == 0)
		take_unique(keys, n_keys, items, named, n_named);
	return error;
}

static int
by_date(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int64_t at_x = date_of(x->article), at_y = date_of(y->article);

	if (at_x != at_y)
		return at_x < at_y ? -1 : 1;
	return x->place > y->place ? -1 : x->place < y->place;
}

static int
by_place(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->place > y->place ? -1 : x->place < y->place;
}

static void
put_in_order(struct item *items, size_t n)
{
	bool dated = true;

	for (size_t i = 0; i < n; i++)
		dated = dated && date_of(items[i].article) != NP_TIME_NONE;
	if (n > 1)
		qsort(items, n, sizeof(items[0]), dated ? by_date : by_place);
}

/* Kind after kind, until each has a name; one that is named already may still make a key shared. */
static int
name_items(struct item *items, size_t n, struct sha256 *hash)
{
	struct key *keys = calloc(n + 1, sizeof(*keys));
	bool *named = calloc(n + 1, sizeof(*named));
	int error = keys == NULL || named == NULL ? -ENOMEM : 0;
	size_t n_named = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]) && error == 0 && n_named < n; k++)
		error = try_kind(&kinds[k], hash, items, n, keys, named, &n_named);
	free(keys);
	free(named);
	return error;
}

int
identity_items(
	struct sha256 *hash, struct np_article *const *articles, size_t n, struct item *ret_items)
{
	int error;

	for (size_t i = 0; i < n; i++) {
		ret_items[i] = (struct item){ .article = articles[i], .place = i };
		memcpy(ret_items[i].identity, np_article_content_hash(articles[i]),
			STORE_IDENTITY_SIZE);
	}
	error = name_items(ret_items, n, hash);
	if (error == 0)
		put_in_order(ret_items, n);
	return error;
}
