/*
 * Regular expressions by PCRE2. Owns the compiled patterns and what a match needs.
 *
 * A match is ended by PCRE2's own limits and by time. PCRE2 counts steps anew at each character
 * that a match may begin at, and one step can pass over the whole text; so the clock is what
 * counts. To be asked in the middle of a match, patterns are compiled with callouts, one before
 * each item: every so many of them look at the processor time that this thread has used.
 *
 * Machine code (JIT) is used where the system allows to make any: under a unit that forbids memory
 * both writable and executable, patterns are interpreted, under the same limits.
 *
 * Errors: -errno; what PCRE2 has to say of a wrong pattern goes into the caller's buffer.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "daemon/conf/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pcre2.h>

#include "lib/base/utf8.h"

#define CALLOUTS_A_LOOK 128      /* callouts between two looks at the clock */
#define STACK_FIRST (32u * 1024) /* of machine code */
#define NESTING_MAX 100          /* parentheses in parentheses of a pattern */

struct pattern {
	pcre2_code *code;
};

struct pattern_matcher {
	pcre2_match_context *context;
	pcre2_match_data *data; /* room for the whole match, and no groups */
	pcre2_jit_stack *stack;
	int64_t left;          /* nanoseconds */
	int64_t seen;          /* the clock as it was last looked at; 0: not since the refill */
	unsigned int callouts; /* until the next look */
};

static const struct {
	unsigned int flag;
	uint32_t option;
} options[] = {
	{ PATTERN_ANY_CASE, PCRE2_CASELESS },
	{ PATTERN_LINES, PCRE2_MULTILINE },
	{ PATTERN_DOT_ALL, PCRE2_DOTALL },
	{ PATTERN_EXTENDED, PCRE2_EXTENDED },
};

static int
refuse(int code, size_t offset, struct pattern_error *err)
{
	if (code == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)err->reason, sizeof(err->reason)) < 0)
		snprintf(err->reason, sizeof(err->reason), "not a regular expression");
	err->offset = offset;
	return -EINVAL;
}

static int
compile(const char *text, uint32_t flags, pcre2_compile_context *context, pcre2_code **ret_code,
	struct pattern_error *err)
{
	size_t offset = 0;
	int code = 0;

	pcre2_set_max_pattern_length(context, PATTERN_LENGTH_MAX);
	pcre2_set_parens_nest_limit(context, NESTING_MAX);
	*ret_code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
		flags | PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT, &code,
		&offset, context);
	return *ret_code != NULL ? 0 : refuse(code, offset, err);
}

int
pattern_new(const char *text, unsigned int flags, enum pattern_engine engine,
	struct pattern **ret_pattern, struct pattern_error *err)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	uint32_t given = 0;
	int error = -ENOMEM;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (flags & options[i].flag)
			given |= options[i].option;
	if (context != NULL && pattern != NULL)
		error = compile(text, given, context, &pattern->code, err);
	pcre2_compile_context_free(context);
	if (error != 0) {
		free(pattern);
		return error;
	}
	/* where there can be no machine code, there is the interpreter */
	if (engine == PATTERN_COMPILED)
		(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	*ret_pattern = pattern;
	return 0;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	free(pattern);
}

static int64_t
processor_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + 1;
}

/* The time since the last look is taken off what is left. */
static void
look_at_clock(struct pattern_matcher *matcher)
{
	int64_t now = processor_time();

	if (matcher->seen != 0)
		matcher->left -= now - matcher->seen;
	matcher->seen = now;
	matcher->callouts = CALLOUTS_A_LOOK;
}

static int
on_callout(pcre2_callout_block *block, void *arg)
{
	struct pattern_matcher *matcher = arg;

	(void)block;
	if (--matcher->callouts == 0)
		look_at_clock(matcher);
	return matcher->left > 0 ? 0 : PCRE2_ERROR_CALLOUT;
}

int
pattern_matcher_new(struct pattern_matcher **ret_matcher)
{
	struct pattern_matcher *matcher = calloc(1, sizeof(*matcher));

	if (matcher == NULL)
		return -ENOMEM;
	matcher->context = pcre2_match_context_create(NULL);
	matcher->data = pcre2_match_data_create(1, NULL);
	matcher->stack = pcre2_jit_stack_create(STACK_FIRST, PATTERN_STACK_MAX, NULL);
	if (matcher->context == NULL || matcher->data == NULL) {
		pattern_matcher_free(matcher);
		return -ENOMEM;
	}
	pcre2_set_match_limit(matcher->context, PATTERN_STEPS_MAX);
	pcre2_set_depth_limit(matcher->context, PATTERN_DEPTH_MAX);
	pcre2_set_heap_limit(matcher->context, PATTERN_HEAP_MAX);
	pcre2_set_callout(matcher->context, on_callout, matcher);
	if (matcher->stack != NULL)
		pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
	*ret_matcher = matcher;
	return 0;
}

void
pattern_matcher_free(struct pattern_matcher *matcher)
{
	if (matcher == NULL)
		return;
	pcre2_jit_stack_free(matcher->stack);
	pcre2_match_data_free(matcher->data);
	pcre2_match_context_free(matcher->context);
	free(matcher);
}

void
pattern_matcher_refill(struct pattern_matcher *matcher, int64_t nanoseconds)
{
	matcher->left = nanoseconds;
	matcher->seen = 0;
	matcher->callouts = CALLOUTS_A_LOOK;
}

int64_t
pattern_matcher_left(const struct pattern_matcher *matcher)
{
	return matcher->left > 0 ? matcher->left : 0;
}

/* What a match that found nothing comes to. */
static int
outcome(int code)
{
	switch (code) {
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_JIT_STACKLIMIT:
	case PCRE2_ERROR_CALLOUT:
		return -ETIME;
	case PCRE2_ERROR_NOMEMORY:
		return -ENOMEM;
	default:
		return 0;
	}
}

int
pattern_match(struct pattern_matcher *matcher, const struct pattern *pattern, const char *text,
	struct pattern_range *ret_range)
{
	size_t size = strnlen(text, PATTERN_SUBJECT_MAX + 1);
	const size_t *range;
	int code;

	if (size > PATTERN_SUBJECT_MAX)
		size = utf8_cut(text, size, PATTERN_SUBJECT_MAX);
	if (matcher->left <= 0)
		return -ETIME;
	code = pcre2_match(
		pattern->code, (PCRE2_SPTR)text, size, 0, 0, matcher->data, matcher->context);
	if (code < 0)
		return outcome(code);
	range = pcre2_get_ovector_pointer(matcher->data);
	/* \K in a lookahead may set the beginning behind the end */
	ret_range->begin = range[0] < range[1] ? range[0] : range[1];
	ret_range->end = range[1];
	return 1;
}
