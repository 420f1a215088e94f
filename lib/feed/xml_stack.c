/*
 * Open elements, names and namespaces.
 *
 * Each name that a document uses is kept once as a symbol which knows its prefix, and each prefix
 * knows what it is bound to just now: resolving a name is following two pointers. Bindings are a
 * stack beside the stack of elements; leaving an element restores what its declarations had
 * hidden. Names, prefixes and bindings are capped: a name beyond its cap lives only as long as its
 * element, a prefix beyond its own is never bound, a declaration beyond its own is not heard.
 *
 * The stack is consistent after any failure and can then only be freed.
 */
#include "lib/feed/xml_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define N_BUCKETS 256
#define MAX_SYMBOLS 1024
#define MAX_PREFIXES 256
#define MAX_BINDINGS 1024

struct xml_prefix {
	struct xml_prefix *next;
	const char *uri; /* NULL: not bound */
	char name[];
};

struct binding {
	struct xml_prefix *prefix;
	const char *hidden; /* what the prefix was bound to before */
	char *uri;
};

struct element {
	struct xml_symbol *symbol;
	size_t n_bindings; /* before its own */
};

struct xml_stack {
	struct xml_handler handler;
	struct np_feed_limits limits;
	struct xml_symbol *buckets[N_BUCKETS];
	size_t n_symbols;
	struct xml_prefix *prefixes;
	size_t n_prefixes;
	struct xml_prefix *crowd; /* stands for all prefixes beyond the cap */
	struct xml_prefix *none;  /* the empty prefix: the default namespace */
	struct binding *bindings;
	size_t n_bindings, size_bindings;
	struct element *elements;
	size_t n_elements, size_elements;
	struct xml_attribute *attributes; /* of the tag being read */
	struct xml_symbol **attribute_symbols;
	size_t n_attributes, size_attributes;
	struct xml_symbol *tag_symbol; /* NULL: no tag is being read */
	size_t tag_bindings;           /* n_bindings when the tag began */
	unsigned int tag;              /* counts tags, to find attributes that come twice */
	size_t text_size;
	const char *unbound;
};

static struct xml_prefix *
prefix_add(struct xml_stack *stack, const char *name, size_t len)
{
	struct xml_prefix *prefix = calloc(1, sizeof(*prefix) + len + 1);

	if (!prefix)
		return NULL;
	memcpy(prefix->name, name, len);
	prefix->next = stack->prefixes;
	stack->prefixes = prefix;
	stack->n_prefixes++;
	return prefix;
}

static struct xml_prefix *
prefix_get(struct xml_stack *stack, const char *name, size_t len)
{
	for (struct xml_prefix *prefix = stack->prefixes; prefix; prefix = prefix->next) {
		if (strncmp(prefix->name, name, len) == 0 && prefix->name[len] == '\0')
			return prefix;
	}
	return stack->n_prefixes < MAX_PREFIXES ? prefix_add(stack, name, len) : stack->crowd;
}

/* Splits the name and finds its prefix. */
static int
symbol_fill(struct xml_stack *stack, struct xml_symbol *symbol)
{
	const char *colon = memchr(symbol->name, ':', symbol->len);
	size_t len = colon ? (size_t)(colon - symbol->name) : 0;

	symbol->local = symbol->name;
	symbol->prefix = stack->none;
	if (strcmp(symbol->name, "xmlns") == 0)
		symbol->binds = stack->none;
	if (len == 0 || len + 1 == symbol->len) {
		symbol->kind = xml_name_kind(symbol->name, symbol->len);
		return 0;
	}
	symbol->local = colon + 1;
	symbol->kind = xml_name_kind(symbol->local, strlen(symbol->local)) &
		       (XML_KIND_ITEM | XML_KIND_HOLDER);
	if (symbol->kind == 0 && xml_prefix_is_text(symbol->name, len))
		symbol->kind = XML_KIND_FIELD;
	symbol->prefix = prefix_get(stack, symbol->name, len);
	if (!symbol->prefix)
		return -ENOMEM;
	if (len != 5 || memcmp(symbol->name, "xmlns", 5) != 0)
		return 0;
	symbol->binds = prefix_get(stack, symbol->local, strlen(symbol->local));
	return symbol->binds ? 0 : -ENOMEM;
}

static struct xml_symbol *
symbol_new(struct xml_stack *stack, const char *name, size_t len, unsigned int hash)
{
	struct xml_symbol *symbol = calloc(1, sizeof(*symbol) + len + 1);

	if (!symbol)
		return NULL;
	memcpy(symbol->name, name, len);
	symbol->len = len;
	symbol->hash = hash;
	if (symbol_fill(stack, symbol) < 0) {
		free(symbol);
		return NULL;
	}
	if (stack->n_symbols >= MAX_SYMBOLS) {
		symbol->transient = true;
		return symbol;
	}
	stack->n_symbols++;
	symbol->next = stack->buckets[hash % N_BUCKETS];
	stack->buckets[hash % N_BUCKETS] = symbol;
	return symbol;
}

static unsigned int
name_hash(const char *name, size_t len)
{
	unsigned int hash = (unsigned int)len;

	for (size_t i = 0; i < len; i++)
		hash = hash * 33 + (unsigned char)name[i];
	return hash ^ hash >> 8;
}

static struct xml_symbol *
symbol_find(const struct xml_stack *stack, const char *name, size_t len, unsigned int hash)
{
	struct xml_symbol *symbol = stack->buckets[hash % N_BUCKETS];

	while (symbol && (symbol->hash != hash || symbol->len != len ||
				 memcmp(symbol->name, name, len) != 0))
		symbol = symbol->next;
	return symbol;
}

/* The symbol of a name, new where need be; give it back with symbol_put(). NULL: no memory. */
static struct xml_symbol *
symbol_get(struct xml_stack *stack, const char *name, size_t len)
{
	unsigned int hash = name_hash(name, len);
	struct xml_symbol *symbol = symbol_find(stack, name, len, hash);

	return symbol ? symbol : symbol_new(stack, name, len, hash);
}

static void
symbol_put(struct xml_symbol *symbol)
{
	if (symbol->transient)
		free(symbol);
}

/* The namespace of a prefix as it is bound now, or as all the world binds it. */
static const char *
prefix_uri(struct xml_stack *stack, const struct xml_prefix *prefix)
{
	if (prefix->uri)
		return prefix->uri;
	if (prefix == stack->none)
		return "";
	if (!stack->unbound && strcmp(prefix->name, "xml") != 0)
		stack->unbound = prefix->name;
	return xml_name_uri(prefix->name);
}

static void
symbol_name(struct xml_stack *stack, const struct xml_symbol *symbol, struct xml_name *ret_name)
{
	ret_name->uri = prefix_uri(stack, symbol->prefix);
	ret_name->prefix = symbol->prefix->name;
	ret_name->local = symbol->local;
}

/* Makes room for one more of what *array holds. */
static int
array_grow(void *array, size_t *size, size_t used, size_t element_size)
{
	void **place = array;
	size_t new_size = *size ? *size * 2 : 16;
	void *grown;

	if (used < *size)
		return 0;
	grown = reallocarray(*place, new_size, element_size);
	if (!grown)
		return -ENOMEM;
	*place = grown;
	*size = new_size;
	return 0;
}

static int
binding_push(struct xml_stack *stack, struct xml_prefix *prefix, const char *uri)
{
	char *copy;

	if (stack->n_bindings >= MAX_BINDINGS || prefix == stack->crowd)
		return 0;
	if (array_grow(&stack->bindings, &stack->size_bindings, stack->n_bindings,
		    sizeof(*stack->bindings)) < 0)
		return -ENOMEM;
	copy = strdup(uri);
	if (!copy)
		return -ENOMEM;
	stack->bindings[stack->n_bindings++] =
		(struct binding){ .prefix = prefix, .hidden = prefix->uri, .uri = copy };
	prefix->uri = copy;
	return 0;
}

static void
bindings_pop(struct xml_stack *stack, size_t n_bindings)
{
	while (stack->n_bindings > n_bindings) {
		struct binding *binding = &stack->bindings[--stack->n_bindings];

		binding->prefix->uri = binding->hidden;
		free(binding->uri);
	}
}

/* Forgets the tag that was begun. */
static void
tag_drop(struct xml_stack *stack)
{
	if (stack->tag_symbol)
		symbol_put(stack->tag_symbol);
	stack->tag_symbol = NULL;
	for (size_t i = 0; i < stack->n_attributes; i++)
		symbol_put(stack->attribute_symbols[i]);
	stack->n_attributes = 0;
}

int
xml_stack_new(const struct xml_handler *handler, const struct np_feed_limits *limits,
	struct xml_stack **ret_stack)
{
	struct xml_stack *stack = calloc(1, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	stack->handler = *handler;
	stack->limits = *limits;
	stack->none = prefix_add(stack, "", 0);
	stack->crowd = prefix_add(stack, "?", 1);
	if (!stack->none || !stack->crowd) {
		xml_stack_free(stack);
		return -ENOMEM;
	}
	*ret_stack = stack;
	return 0;
}

void
xml_stack_free(struct xml_stack *stack)
{
	if (!stack)
		return;
	tag_drop(stack);
	bindings_pop(stack, 0);
	for (size_t i = 0; i < stack->n_elements; i++)
		symbol_put(stack->elements[i].symbol);
	for (size_t i = 0; i < N_BUCKETS; i++) {
		while (stack->buckets[i]) {
			struct xml_symbol *symbol = stack->buckets[i];

			stack->buckets[i] = symbol->next;
			free(symbol);
		}
	}
	while (stack->prefixes) {
		struct xml_prefix *prefix = stack->prefixes;

		stack->prefixes = prefix->next;
		free(prefix);
	}
	free(stack->bindings);
	free(stack->elements);
	free(stack->attributes);
	free(stack->attribute_symbols);
	free(stack);
}

int
xml_stack_begin(
	struct xml_stack *stack, const char *name, size_t len, const struct xml_symbol **ret_symbol)
{
	tag_drop(stack);
	stack->tag++;
	stack->tag_bindings = stack->n_bindings;
	stack->tag_symbol = symbol_get(stack, name, len);
	if (!stack->tag_symbol)
		return -ENOMEM;
	*ret_symbol = stack->tag_symbol;
	return 0;
}

/* Room for one more attribute in both arrays. */
static int
attributes_grow(struct xml_stack *stack)
{
	size_t size = stack->size_attributes;
	int error = array_grow(
		&stack->attributes, &size, stack->n_attributes, sizeof(*stack->attributes));

	if (error < 0)
		return error;
	return array_grow(&stack->attribute_symbols, &stack->size_attributes, stack->n_attributes,
		sizeof(*stack->attribute_symbols));
}

int
xml_stack_attribute(struct xml_stack *stack, const char *name, size_t len, const char *value)
{
	struct xml_symbol *symbol = symbol_get(stack, name, len);
	int error;

	if (!symbol)
		return -ENOMEM;
	if (symbol->seen == stack->tag) {
		symbol_put(symbol);
		return 1;
	}
	symbol->seen = stack->tag;
	if (symbol->binds || stack->n_attributes >= stack->limits.max_attributes) {
		error = symbol->binds ? binding_push(stack, symbol->binds, value) : 0;
		symbol_put(symbol);
		return error;
	}
	error = attributes_grow(stack);
	if (error < 0) {
		symbol_put(symbol);
		return error;
	}
	stack->attributes[stack->n_attributes].value = value;
	stack->attribute_symbols[stack->n_attributes++] = symbol;
	return 0;
}

/* Attributes without a prefix are in no namespace, whatever the default one is. */
static void
attributes_resolve(struct xml_stack *stack)
{
	for (size_t i = 0; i < stack->n_attributes; i++) {
		struct xml_symbol *symbol = stack->attribute_symbols[i];
		struct xml_name *name = &stack->attributes[i].name;

		symbol_name(stack, symbol, name);
		if (symbol->prefix == stack->none)
			name->uri = "";
	}
}

static int
element_push(struct xml_stack *stack, struct xml_symbol *symbol)
{
	struct element *element;

	if (array_grow(&stack->elements, &stack->size_elements, stack->n_elements,
		    sizeof(*stack->elements)) < 0)
		return -ENOMEM;
	element = &stack->elements[stack->n_elements++];
	element->symbol = symbol;
	element->n_bindings = stack->tag_bindings;
	symbol->open++;
	return 0;
}

int
xml_stack_start(struct xml_stack *stack)
{
	struct xml_symbol *symbol = stack->tag_symbol;
	struct xml_name resolved;

	if (stack->n_elements >= stack->limits.max_depth) {
		bindings_pop(stack, stack->tag_bindings);
		return 1;
	}
	if (element_push(stack, symbol) < 0)
		return -ENOMEM;
	stack->tag_symbol = NULL;
	symbol_name(stack, symbol, &resolved);
	if (stack->n_attributes > 0)
		attributes_resolve(stack);
	return stack->handler.start(
		stack->handler.arg, &resolved, stack->attributes, stack->n_attributes);
}

int
xml_stack_end(struct xml_stack *stack)
{
	struct element *element = &stack->elements[stack->n_elements - 1];
	struct xml_name resolved;
	int error;

	symbol_name(stack, element->symbol, &resolved);
	error = stack->handler.end(stack->handler.arg, &resolved);
	bindings_pop(stack, element->n_bindings);
	element->symbol->open--;
	symbol_put(element->symbol);
	stack->n_elements--;
	if (stack->tag_bindings > stack->n_bindings)
		stack->tag_bindings = stack->n_bindings; /* of a tag that ends this element */
	return error;
}

int
xml_stack_text(struct xml_stack *stack, const char *text, size_t size)
{
	if (stack->n_elements == 0 || size == 0)
		return 0;
	stack->text_size += size;
	return stack->handler.text(stack->handler.arg, text, size);
}

size_t
xml_stack_depth(const struct xml_stack *stack)
{
	return stack->n_elements;
}

const struct xml_symbol *
xml_stack_at(const struct xml_stack *stack, size_t level)
{
	return stack->elements[level].symbol;
}

bool
xml_stack_has(const struct xml_stack *stack, size_t from, unsigned int kinds)
{
	for (size_t i = from; i < stack->n_elements; i++) {
		if (stack->elements[i].symbol->kind & kinds)
			return true;
	}
	return false;
}

/* The level of what an item ends: an item of its name, or fields that were never closed. */
static size_t
fit_item(const struct xml_stack *stack, const struct xml_symbol *item)
{
	size_t level = stack->n_elements, fit = level;

	while (level > 0) {
		const struct xml_symbol *open = stack->elements[--level].symbol;

		if (open == item)
			return level;
		if (open->kind & XML_KIND_HOLDER)
			break;
		if ((open->kind & (XML_KIND_FIELD | XML_KIND_BOX)) && !(open->kind & XML_KIND_ITEM))
			fit = level;
		else if (open->prefix != item->prefix)
			break;
	}
	return fit;
}

/* The level of the text that a core field would stand in; what HTML is in it goes with it. */
static size_t
fit_core(const struct xml_stack *stack)
{
	for (size_t level = stack->n_elements; level > 0; level--) {
		const struct xml_symbol *open = stack->elements[level - 1].symbol;

		if (open->kind & (XML_KIND_ITEM | XML_KIND_HOLDER))
			break;
		if (open->kind & XML_KIND_FIELD)
			return level - 1;
		if (open->prefix != stack->none)
			break;
	}
	return stack->n_elements;
}

size_t
xml_stack_fit(const struct xml_stack *stack)
{
	const struct xml_symbol *symbol = stack->tag_symbol;
	size_t depth = stack->n_elements;

	if (depth == 0)
		return depth;
	if (symbol->kind & XML_KIND_ITEM)
		return fit_item(stack, symbol);
	if (symbol->kind & XML_KIND_CORE)
		return fit_core(stack);
	if (!(symbol->kind & XML_KIND_FIELD))
		return depth;
	return stack->elements[depth - 1].symbol->kind & XML_KIND_LEAF ? depth - 1 : depth;
}

size_t
xml_stack_find(struct xml_stack *stack, const char *name, size_t len)
{
	const struct xml_symbol *symbol = symbol_find(stack, name, len, name_hash(name, len));
	size_t level = stack->n_elements;

	if (symbol && symbol->open == 0)
		return 0;
	while (level > 0) {
		const struct xml_symbol *open = stack->elements[level - 1].symbol;

		if (open == symbol || (!symbol && open->transient && open->len == len &&
					      memcmp(open->name, name, len) == 0))
			return level;
		level--;
	}
	return 0;
}

size_t
xml_stack_text_size(const struct xml_stack *stack)
{
	return stack->text_size;
}

void
xml_stack_anchor(struct xml_stack *stack)
{
	stack->text_size = 0;
}

const char *
xml_stack_unbound(const struct xml_stack *stack)
{
	return stack->unbound;
}

bool
xml_stack_crowded(const struct xml_stack *stack)
{
	return stack->n_symbols >= MAX_SYMBOLS;
}
