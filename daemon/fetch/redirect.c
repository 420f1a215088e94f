/*
 * Redirects, judged one by one. Owns nothing: URLs stand in the poll's arena. A hop that is not
 * followed leaves the chain as it was, with the reason in words.
 */
#include "daemon/fetch/redirect.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "daemon/wire/message.h"
#include "lib/base/buf.h"
#include "lib/base/url.h"

int
redirect_init(struct redirect *redirect, struct arena *arena, const char *url)
{
	char *copy = arena_strndup(arena, url, strcspn(url, "#"));

	if (copy == NULL)
		return -ENOMEM;
	*redirect = (struct redirect){ .arena = arena, .urls = { copy }, .n = 1 };
	redirect->permanent = true;
	return 0;
}

const char *
redirect_url(const struct redirect *redirect)
{
	return redirect->urls[redirect->n - 1];
}

bool
redirect_is(int status)
{
	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

static bool
is_https(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0;
}

bool
redirect_may_lead(const char *from, const char *to)
{
	return url_is_http(to) && (is_https(to) || !is_https(from));
}

static int
judge(struct redirect *redirect, const char *target)
{
	if (!redirect_may_lead(redirect_url(redirect), target)) {
		redirect->reason = url_is_http(target) ? "redirected from https to http"
						       : "redirected to what is not http or https";
		return -EPERM;
	}
	if (redirect->n > REDIRECT_HOPS_MAX) {
		redirect->reason = "redirected too many times";
		return -ELOOP;
	}
	for (size_t i = 0; i < redirect->n; i++) {
		if (strcmp(redirect->urls[i], target) == 0) {
			redirect->reason = "redirected in a circle";
			return -ELOOP;
		}
	}
	return 0;
}

int
redirect_follow(struct redirect *redirect, int status, const char *location)
{
	struct buf target = { .max = MESSAGE_URL_MAX };
	const char *copy;
	int r;

	if (location == NULL) {
		redirect->reason = "redirected without a Location";
		return -EINVAL;
	}
	url_resolve(&target, redirect_url(redirect), location, strcspn(location, "#"));
	r = buf_error(&target);
	if (r == -E2BIG) {
		redirect->reason = "redirected to a URL that is too long";
		r = -EINVAL;
	}
	if (r == 0)
		r = judge(redirect, buf_str(&target));
	if (r < 0)
		goto out;
	copy = arena_strndup(redirect->arena, buf_str(&target), target.len);
	if (copy == NULL) {
		r = -ENOMEM;
		goto out;
	}
	redirect->urls[redirect->n++] = copy;
	if (status != 301 && status != 308)
		redirect->permanent = false;
	if (redirect->permanent)
		redirect->moved = copy;
out:
	buf_done(&target);
	return r;
}
