/*
 * Regular expressions over text that a stranger wrote (PCRE2, which is known here alone). A pattern
 * is the operator's; what it is matched against is not, so every match has an end: a number of
 * steps, a depth, memory, and processor time that the caller hands out.
 */
#ifndef DAEMON_CONF_PATTERN_H
#define DAEMON_CONF_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_LENGTH_MAX 1024u         /* bytes of a pattern */
#define PATTERN_SUBJECT_MAX (64u * 1024) /* bytes of a text that are looked at */
#define PATTERN_STEPS_MAX 1000000u       /* of one match */
#define PATTERN_DEPTH_MAX 10000u         /* of one match */
#define PATTERN_HEAP_MAX (8u * 1024)     /* KiB, of one match */
#define PATTERN_STACK_MAX (1024u * 1024) /* bytes, of the compiled code's own stack */

/* Flags, as they stand behind the second slash. */
#define PATTERN_ANY_CASE 1u /* i */
#define PATTERN_LINES 2u    /* m: ^ and $ at each line */
#define PATTERN_DOT_ALL 4u  /* s: . is a newline too */
#define PATTERN_EXTENDED 8u /* x: white space in the pattern does not count */

struct pattern;
struct pattern_matcher;

struct pattern_error {
	char reason[160];
	size_t offset; /* in the pattern, bytes */
};

/* How patterns are made: into machine code, where the system lets that be; else interpreted. */
enum pattern_engine { PATTERN_COMPILED, PATTERN_INTERPRETED };

/*
 * Makes a pattern. UTF-8; \d, \w and classes are Unicode's. Returns 0; -EINVAL with err set, for
 * what is no pattern; -ENOMEM.
 */
int pattern_new(const char *text, unsigned int flags, enum pattern_engine engine,
	struct pattern **ret_pattern, struct pattern_error *err);
void pattern_free(struct pattern *pattern);

/* What matching needs; one serves any number of patterns, one at a time. */
int pattern_matcher_new(struct pattern_matcher **ret_matcher);
void pattern_matcher_free(struct pattern_matcher *matcher);

/*
 * Gives the matches from here on this much processor time, all together. Time is looked at now and
 * then: a match may take some milliseconds more.
 */
void pattern_matcher_refill(struct pattern_matcher *matcher, int64_t nanoseconds);
/* What is left of it. */
int64_t pattern_matcher_left(const struct pattern_matcher *matcher);

struct pattern_range {
	size_t begin, end; /* bytes of the text */
};

/*
 * Looks for the pattern in the first PATTERN_SUBJECT_MAX bytes of a text. Returns 1 and where the
 * first match is, 0 where there is none or the text is not UTF-8, -ETIME where a limit ended the
 * search, -ENOMEM.
 */
int pattern_match(struct pattern_matcher *matcher, const struct pattern *pattern, const char *text,
	struct pattern_range *ret_range);

#endif
