/* Findings in words, to whoever prints them. A text that is too long is cut. */
#include "tools/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDING_SIZE 2048

static void __attribute__((format(printf, 5, 0)))
tell(const struct diagnosis_sink *sink, const char *check, enum diagnosis_verdict verdict,
	const char *advice, const char *format, va_list args)
{
	char finding[FINDING_SIZE];
	const struct diagnosis diagnosis = { check, verdict, finding, advice };

	vsnprintf(finding, sizeof(finding), format, args);
	sink->diagnosis(sink->arg, &diagnosis);
}

void
diagnosis_good(const struct diagnosis_sink *sink, const char *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(sink, check, DIAGNOSIS_GOOD, "", format, args);
	va_end(args);
}

void
diagnosis_note(const struct diagnosis_sink *sink, const char *check, const char *advice,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(sink, check, DIAGNOSIS_NOTE, advice, format, args);
	va_end(args);
}

void
diagnosis_bad(const struct diagnosis_sink *sink, const char *check, const char *advice,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(sink, check, DIAGNOSIS_BAD, advice, format, args);
	va_end(args);
}
