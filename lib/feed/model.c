/*
 * The document model's nodes. It owns how they are made and where they live: an entry has an arena
 * of its own and is freed when its article was made; the feed and its parts live in the document's
 * arena, a source in its entry's. Lists are capped, what is beyond is left out. Errors: NULL or
 * -ENOMEM.
 */
#include "lib/feed/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <newspool/article.h>

static void
dates_init(struct model_node *node)
{
	for (size_t i = 0; i < MODEL_DATES; i++)
		node->dates[i].seconds = NP_TIME_NONE;
}

int
model_node_new(enum model_kind kind, struct arena *arena, struct model_node **ret_node)
{
	struct model_node *node;

	node = arena ? arena_alloc(arena, sizeof(*node)) : calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->kind = kind;
	arena_init(&node->own_arena);
	node->arena = arena ? arena : &node->own_arena;
	dates_init(node);
	*ret_node = node;
	return 0;
}

void
model_node_free(struct model_node *node)
{
	if (!node || node->arena != &node->own_arena)
		return;
	arena_done(&node->own_arena);
	free(node);
}

static struct model_extension *
extension_new(struct model_node *node, const char *name, const char *value)
{
	struct model_extension *extension;

	if (node->n_extensions >= MODEL_EXTENSIONS_MAX)
		return NULL;
	extension = arena_alloc(node->arena, sizeof(*extension));
	if (!extension)
		return NULL;
	extension->name = arena_strdup(node->arena, name);
	if (value)
		extension->value = arena_strdup(node->arena, value);
	if (!extension->name || (value && !extension->value))
		return NULL;
	node->n_extensions++;
	return extension;
}

const struct model_extension *
model_prefix_find(const struct model_node *node, const char *prefix)
{
	for (const struct model_extension *e = node->extensions.first; e; e = e->next)
		if (strcmp(e->name, prefix) == 0)
			return e;
	return NULL;
}

struct model_extension *
model_prefix(struct model_node *node, const char *prefix)
{
	struct model_extension *extension;

	for (extension = node->extensions.first; extension; extension = extension->next)
		if (strcmp(extension->name, prefix) == 0)
			return extension;
	if (node->extensions.n >= MODEL_PREFIXES_MAX)
		return NULL;
	extension = extension_new(node, prefix, NULL);
	if (extension)
		MODEL_APPEND(&node->extensions, extension);
	return extension;
}

struct model_extension *
model_extension_add(struct model_node *node, struct model_extension *parent, const char *name,
	const char *value)
{
	struct model_extension *extension = NULL;

	if (parent->children.n < MODEL_LIST_MAX)
		extension = extension_new(node, name, value);
	if (extension)
		MODEL_APPEND(&parent->children, extension);
	return extension;
}

const struct model_extension *
model_extension_find(const struct model_extension *parent, const char *name)
{
	if (!parent)
		return NULL;
	for (const struct model_extension *e = parent->children.first; e; e = e->next)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

const char *
model_extension_value(const struct model_node *node, const char *prefix, const char *name)
{
	const struct model_extension *found;

	found = model_extension_find(model_prefix_find(node, prefix), name);
	return found ? found->value : NULL;
}

struct model_link *
model_link_add(struct model_node *node)
{
	struct model_link *link = arena_alloc(node->arena, sizeof(*link));

	if (link) {
		link->duration = -1;
		MODEL_APPEND(&node->links, link);
	}
	return link;
}

struct model_category *
model_category_add(struct model_node *node, const char *term, size_t size)
{
	struct model_category *category = arena_alloc(node->arena, sizeof(*category));

	if (!category)
		return NULL;
	if (term) {
		category->term = arena_strndup(node->arena, term, size);
		if (!category->term)
			return NULL;
	}
	MODEL_APPEND(&node->categories, category);
	return category;
}
