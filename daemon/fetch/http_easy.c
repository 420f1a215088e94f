/*
 * Easy handles: what they are told before a request, what they tell after it. Owns nothing.
 *
 * Invariant: every option that a request sets is set or taken off by the next one on that handle,
 * but for own authorities, which the caller must not reuse a handle after. Errors: -ENOMEM, the one
 * way in which setting an option that libcurl has can fail.
 */
#include "daemon/fetch/http_easy.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "daemon/fetch/coding.h"

#define CONNECT_TIMEOUT_MS 25000L
#define LOW_SPEED_BYTES 64L /* a second, over … */
#define LOW_SPEED_SECONDS 30L

int
http_easy_set_up(void *easy)
{
	CURLcode code = CURLE_OK;

#define SET(option, value) (code = code != CURLE_OK ? code : curl_easy_setopt(easy, option, value))
	SET(CURLOPT_NOSIGNAL, 1L);
	/* A request that ends while its name is being resolved does not wait for the resolver. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	if (coding_offer() == NULL)
		SET(CURLOPT_ACCEPT_ENCODING, "");
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	SET(CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
	SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_SECONDS);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
#undef SET
	return code == CURLE_OK ? 0 : -ENOMEM;
}

static struct curl_blob
pem_blob(const char *pem)
{
	return (struct curl_blob){ .data = (void *)(uintptr_t)pem,
		.len = pem != NULL ? strlen(pem) : 0,
		.flags = CURL_BLOB_COPY };
}

/* Who we are and whom we trust: every option is set, for the handle served another before. */
static int
easy_identify(CURL *easy, const struct http_target *target, const char *user_agent)
{
	struct curl_blob ca = pem_blob(target->ca_pem);
	struct curl_blob client = pem_blob(target->client_pem);
	bool bearer = target->token != NULL;
	CURLcode code = CURLE_OK;

#define SET(option, value) (code = code != CURLE_OK ? code : curl_easy_setopt(easy, option, value))
	SET(CURLOPT_USERNAME, bearer ? NULL : target->user);
	SET(CURLOPT_PASSWORD, bearer ? NULL : target->password);
	SET(CURLOPT_XOAUTH2_BEARER, target->token);
	SET(CURLOPT_HTTPAUTH, (long)(bearer ? CURLAUTH_BEARER : CURLAUTH_BASIC));
	/* "" keeps libcurl from asking the environment. */
	SET(CURLOPT_PROXY, target->proxy != NULL ? target->proxy : "");
	/* For the proxy alone; the server has it as a header, which libcurl need not make each time. */
	SET(CURLOPT_USERAGENT, target->proxy != NULL ? user_agent : NULL);
	SET(CURLOPT_SSLCERT_BLOB, target->client_pem != NULL ? &client : NULL);
	SET(CURLOPT_SSLKEY_BLOB, target->client_pem != NULL ? &client : NULL);
	SET(CURLOPT_SSL_VERIFYPEER, target->insecure ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, target->insecure ? 0L : 2L);
	if (target->ca_pem != NULL) {
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_CAPATH, (char *)NULL);
	}
#undef SET
	return code == CURLE_OK ? 0 : -ENOMEM;
}

static bool
is_plain(const struct http_target *target)
{
	return target->user == NULL && target->password == NULL && target->token == NULL &&
	       target->proxy == NULL && target->ca_pem == NULL && target->client_pem == NULL &&
	       !target->insecure;
}

int
http_easy_aim(void *easy, const struct http_target *target, const char *user_agent,
	struct curl_slist *headers, bool *plain)
{
	/* Without TLS there is no HTTP/2, and waiting would last until the first answer. */
	long wait = strncasecmp(target->url, "https:", 6) == 0;
	bool was_plain = *plain;
	int r = 0;

	if (curl_easy_setopt(easy, CURLOPT_URL, target->url) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_PIPEWAIT, wait) != CURLE_OK)
		return -ENOMEM;
	*plain = is_plain(target);
	if (!*plain || !was_plain)
		r = easy_identify(easy, target, user_agent);
	if (r < 0)
		*plain = false;
	return r;
}

static int64_t
easy_time(CURL *easy, CURLINFO info)
{
	curl_off_t value = 0;

	curl_easy_getinfo(easy, info, &value);
	return (int64_t)value;
}

static int
easy_version(CURL *easy)
{
	long version = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return 10;
	case CURL_HTTP_VERSION_2_0:
		return 20;
	default:
		return 11;
	}
}

void
http_easy_measure(void *easy, struct http_outcome *outcome)
{
	long connects = 0, header_size = 0;
	char *address = NULL;

	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_size);
	curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
	outcome->reused = connects == 0;
	outcome->version = easy_version(easy);
	outcome->address = address != NULL ? address : "";
	outcome->bytes_wire = (uint64_t)header_size +
			      (uint64_t)easy_time(easy, CURLINFO_SIZE_DOWNLOAD_T);
	outcome->lookup = easy_time(easy, CURLINFO_NAMELOOKUP_TIME_T);
	outcome->connected = easy_time(easy, CURLINFO_CONNECT_TIME_T);
	outcome->secured = easy_time(easy, CURLINFO_APPCONNECT_TIME_T);
	outcome->first_byte = easy_time(easy, CURLINFO_STARTTRANSFER_TIME_T);
	outcome->total = easy_time(easy, CURLINFO_TOTAL_TIME_T);
}
