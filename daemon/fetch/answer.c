/* From a response to the members of its message. Owns nothing, cannot fail. */
#include "daemon/fetch/answer.h"

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
}
