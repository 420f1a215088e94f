/* What a check of newspool doctor has found. */
#ifndef TOOLS_DIAGNOSIS_H
#define TOOLS_DIAGNOSIS_H

enum diagnosis_verdict { DIAGNOSIS_GOOD, DIAGNOSIS_NOTE, DIAGNOSIS_BAD };

struct diagnosis {
	const char *check; /* what was looked at */
	enum diagnosis_verdict verdict;
	const char *finding;
	const char *advice; /* what to do; "" for nothing */
};

struct diagnosis_sink {
	/* Called for each finding; its texts are for the call. */
	void (*diagnosis)(void *arg, const struct diagnosis *diagnosis);
	void *arg;
};

void diagnosis_good(const struct diagnosis_sink *sink, const char *check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Worth knowing, and nothing is broken by it. */
void diagnosis_note(const struct diagnosis_sink *sink, const char *check, const char *advice,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void diagnosis_bad(const struct diagnosis_sink *sink, const char *check, const char *advice,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
