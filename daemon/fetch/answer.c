/* From a response to the members of its message. Owns nothing, cannot fail. */
#include "daemon/fetch/answer.h"

#include <errno.h>
#include <string.h>

void
answer_init(struct message_done *done, uint64_t poll)
{
	*done = (struct message_done){
		.poll = poll, .max_age = -1, .retry_after = -1, .ttl = -1, .update_interval = -1
	};
}

void
answer_hints(struct message_done *done, const struct headers *headers, int64_t now)
{
	done->etag = headers->fields[HEADERS_ETAG];
	done->last_modified = headers->fields[HEADERS_LAST_MODIFIED];
	done->max_age = headers_max_age(headers, now);
}

enum message_result
answer_error(int error, const char *words, uint64_t max_body, struct buf *reason)
{
	static const struct {
		int error;
		enum message_result result;
		const char *words; /* where the parser has none */
	} table[] = {
		{ -E2BIG, RESULT_TOO_LARGE, "the header is too large" },
		{ -ENODATA, RESULT_NOT_A_FEED, "the body is empty" },
		{ -EBADMSG, RESULT_NOT_A_FEED, "not a feed" },
		{ -EILSEQ, RESULT_TRUNCATED, "the coded body is cut off or damaged" },
		{ -EOVERFLOW, RESULT_TOO_LARGE,
			"the body's coding wants more memory than HTTP permits" },
		{ -EPROTONOSUPPORT, RESULT_TRUNCATED,
			"the body is in a content coding that was not offered" },
	};

	if (error == -EFBIG) {
		buf_printf(reason, "the body has more than %llu bytes; max-body would permit it",
			(unsigned long long)max_body);
		return RESULT_TOO_LARGE;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].error != error)
			continue;
		buf_puts(reason, words != NULL ? words : table[i].words);
		return table[i].result;
	}
	buf_puts(reason, strerror(-error));
	return RESULT_INTERNAL;
}

void
answer_document(struct message_done *done, const struct np_feed_info *info)
{
	done->feed_title = info->title;
	done->feed_home_page_url = info->home_page_url;
	done->feed_language = info->language;
	done->feed_version = info->version;
	done->self_url = info->self_url;
	done->hub_url = info->hub_url;
	done->prev_archive_url = info->prev_archive_url;
	done->ttl = info->ttl;
	done->update_interval = info->update_interval;
	done->skip_hours = info->skip_hours;
	done->skip_days = info->skip_days;
	done->bozo = info->bozo;
	done->bozo_reason = info->bozo_reason;
	done->cut_off = info->cut_off;
}
