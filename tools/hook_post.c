/*
 * Posts one article with libcurl's easy interface, in a process of its own: what libcurl may block
 * on or grow to ends with that. Owns everything for as long as the post takes.
 */
#include "tools/hook_post.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include <newspool/spool.h>

#include "lib/base/buf.h"
#include "lib/base/sha256.h"

#define ANSWER_MAX (64 * 1024) /* bytes of an answer, which nobody reads */

struct post {
	CURL *easy;
	struct curl_slist *fields;
	struct buf body;
	size_t answered;
	int error;
};

static int
read_input(struct buf *out)
{
	char block[16384];
	ssize_t n;

	out->max = NP_SPOOL_RECORD_MAX;
	while ((n = read(STDIN_FILENO, block, sizeof(block))) != 0) {
		if (n > 0)
			buf_append(out, block, (size_t)n);
		else if (errno != EINTR)
			return -errno;
		if (buf_error(out))
			return buf_error(out);
	}
	return 0;
}

__attribute__((format(printf, 2, 3))) static void
add_field(struct post *post, const char *format, ...)
{
	struct curl_slist *fields = NULL;
	struct buf line = { 0 };
	va_list args;

	va_start(args, format);
	buf_vprintf(&line, format, args);
	va_end(args);
	if (buf_error(&line) == 0)
		fields = curl_slist_append(post->fields, buf_str(&line));
	buf_done(&line);
	if (fields)
		post->fields = fields;
	else
		post->error = -ENOMEM;
}

static void
add_signature(struct post *post, const char *secret, int64_t now)
{
	unsigned char digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];
	struct buf signed_text = { 0 };
	int error;

	buf_printf(&signed_text, "%" PRId64 ".", now);
	buf_append(&signed_text, buf_str(&post->body), post->body.len);
	error = buf_error(&signed_text);
	if (error == 0)
		error = sha256_hmac(
			secret, strlen(secret), signed_text.data, signed_text.len, digest);
	buf_done(&signed_text);
	if (error) {
		post->error = error;
		return;
	}
	hex_encode(digest, sizeof(digest), text);
	add_field(post, "X-Newspool-Signature: sha256=%s", text);
}

static void
add_fields(struct post *post, const struct hook_job *job)
{
	bool mail = job->queue->format == CONFIG_QUEUE_RFC5322;
	int64_t now = (int64_t)time(NULL);

	add_field(post, "Content-Type: %s", mail ? "message/rfc822" : "application/json");
	add_field(post, "Expect:");
	add_field(post, "X-Newspool-Queue: %s", job->queue->name);
	add_field(post, "X-Newspool-Seq: %" PRIu64, job->seq);
	add_field(post, "X-Newspool-Name: %s", job->name);
	add_field(post, "X-Newspool-Attempt: %u", job->attempt);
	add_field(post, "X-Newspool-Timestamp: %" PRId64, now);
	if (job->secret)
		add_signature(post, job->secret, now);
}

static size_t
take_answer(char *data, size_t size, size_t n, void *arg)
{
	struct post *post = arg;

	(void)data;
	post->answered += size * n;
	return post->answered > ANSWER_MAX ? 0 : size * n;
}

/* What libcurl refuses to set is a bug of ours, or memory. */
static void
set_options(struct post *post, const struct hook_job *job)
{
	const CURLcode codes[] = {
		curl_easy_setopt(post->easy, CURLOPT_URL, job->queue->hook.webhook),
		curl_easy_setopt(post->easy, CURLOPT_PROTOCOLS_STR, "http,https"),
		curl_easy_setopt(post->easy, CURLOPT_POST, 1L),
		curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, buf_str(&post->body)),
		curl_easy_setopt(
			post->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.len),
		curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->fields),
		curl_easy_setopt(post->easy, CURLOPT_USERAGENT, job->user_agent),
		curl_easy_setopt(post->easy, CURLOPT_TIMEOUT_MS, (long)job->queue->hook.timeout),
		curl_easy_setopt(post->easy, CURLOPT_NOSIGNAL, 1L),
		curl_easy_setopt(post->easy, CURLOPT_WRITEFUNCTION, take_answer),
		curl_easy_setopt(post->easy, CURLOPT_WRITEDATA, post),
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] != CURLE_OK)
			post->error = -ENOMEM;
}

static int
perform(struct post *post)
{
	long status = 0;
	CURLcode code = curl_easy_perform(post->easy);

	curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300) /* whatever became of the rest of the answer */
		return 0;
	if (status > 0)
		fprintf(stderr, "HTTP status %ld\n", status);
	else
		fprintf(stderr, "%s\n", curl_easy_strerror(code));
	return -1;
}

int
hook_post(const struct hook_job *job)
{
	struct post post = { .error = 0 };
	int result = -1;

	post.error = read_input(&post.body);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		post.easy = curl_easy_init();
	if (!post.easy && post.error == 0)
		post.error = -ENOMEM;
	if (post.error == 0)
		add_fields(&post, job);
	if (post.error == 0)
		set_options(&post, job);
	if (post.error == 0)
		result = perform(&post);
	else
		fprintf(stderr, "%s\n", strerror(-post.error));
	curl_slist_free_all(post.fields);
	curl_easy_cleanup(post.easy);
	curl_global_cleanup();
	buf_done(&post.body);
	return result;
}
