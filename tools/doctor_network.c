/*
 * Collects what feeds need while the configuration is read, then looks at it. A resolver that says
 * nothing must not hold up the doctor: it is asked in a process of its own, which has an end.
 *
 * Errors: are findings. Memory that runs out leaves out what would have been looked at.
 */
#include "config.h"

#include "tools/doctor_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/url.h"

#define CERTIFICATES "/etc/ssl/certs/ca-certificates.crt"
#define RESOLVER "/etc/resolv.conf"
#define RESOLVE_SECONDS 5u

enum { RESOLVED, RESOLVED_NOT, RESOLVER_SILENT };

static bool
has(const char *const *texts, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return false;
}

static void
keep(struct doctor_network *network, const char **texts, size_t max, size_t *n, const char *text)
{
	if (*n == max || has(texts, *n, text))
		return;
	texts[*n] = arena_strdup(&network->arena, text);
	*n += texts[*n] != NULL;
}

static bool
is_name(const char *host)
{
	struct in_addr four;

	return host[0] != '[' && inet_pton(AF_INET, host, &four) != 1;
}

static void
keep_host(struct doctor_network *network, const char *url)
{
	struct buf host = { 0 };

	if (network->n_hosts < DOCTOR_HOSTS && url_host(&host, url) && is_name(buf_str(&host)))
		keep(network, network->hosts, DOCTOR_HOSTS, &network->n_hosts, buf_str(&host));
	buf_done(&host);
}

static int
begin(void *arg, const struct config *config, const unsigned char digest[SHA256_SIZE],
	struct config_error *err)
{
	struct doctor_network *network = arg;

	(void)digest;
	(void)err;
	network->config = config;
	return 0;
}

static int
look_at_feed(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct doctor_network *network = arg;
	struct config_settings settings;
	struct arena arena = { 0 };

	(void)err;
	if (config_feed_settings(network->config, feed->settings, &arena, &settings) == 0) {
		if (settings.ca_file != NULL)
			keep(network, network->files, DOCTOR_FILES, &network->n_files,
				settings.ca_file);
		if (settings.proxy == NULL)
			keep_host(network, feed->url);
		network->n_insecure += settings.insecure;
	}
	arena_done(&arena);
	return 0;
}

struct config_feed_sink
doctor_network_sink(struct doctor_network *network)
{
	return (struct config_feed_sink){ .begin = begin, .feed = look_at_feed, .arg = network };
}

void
doctor_network_done(struct doctor_network *network)
{
	arena_done(&network->arena);
}

static int
resolve_here(const char *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int error;

	alarm(RESOLVE_SECONDS);
	error = getaddrinfo(host, NULL, &hints, &found);
	if (error == 0)
		freeaddrinfo(found);
	return error == 0 ? RESOLVED : error == EAI_AGAIN ? RESOLVER_SILENT : RESOLVED_NOT;
}

static int
resolve(const char *host)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(resolve_here(host));
	if (pid < 0)
		return RESOLVER_SILENT;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return RESOLVER_SILENT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : RESOLVER_SILENT;
}

static int
count_lines(const char *path, const char *with, int *ret_n)
{
	FILE *file = fopen(path, "re");
	char line[512];
	int n = 0;

	if (file == NULL)
		return -errno;
	while (fgets(line, sizeof(line), file) != NULL)
		n += strncmp(line, with, strlen(with)) == 0;
	fclose(file);
	*ret_n = n;
	return 0;
}

static void
look_at_servers(const struct diagnosis_sink *sink)
{
	int n = 0, error = count_lines(RESOLVER, "nameserver", &n);

	if (error < 0)
		diagnosis_bad(sink, "resolver", "without it no host has an address", "%s: %s",
			RESOLVER, strerror(-error));
	else if (n == 0)
		diagnosis_note(sink, "resolver", "feeds by name need one, unless a proxy asks",
			"%s names no server", RESOLVER);
	else
		diagnosis_good(sink, "resolver", "%s names %d", RESOLVER, n);
}

void
doctor_resolver(const struct diagnosis_sink *sink, const struct doctor_network *network)
{
	look_at_servers(sink);
	for (size_t i = 0; i < network->n_hosts; i++) {
		const char *host = network->hosts[i];
		int result = resolve(host);

		if (result == RESOLVED) {
			diagnosis_good(sink, "resolver", "it knows %s", host);
		} else if (result == RESOLVED_NOT) {
			diagnosis_note(sink, "resolver",
				"is the feed's url right? Its domain may have ended",
				"it knows no %s", host);
		} else {
			diagnosis_bad(sink, "resolver",
				"is the network up, and is the server in " RESOLVER " right?",
				"it does not say where %s is", host);
			return; /* nor where others are, as late */
		}
	}
}

static void
look_at_file(const struct diagnosis_sink *sink, const char *path, const char *whose)
{
	int n = 0, error = count_lines(path, "-----BEGIN ", &n);

	if (error < 0)
		diagnosis_bad(sink, "certificates", whose, "%s: %s", path, strerror(-error));
	else if (n == 0)
		diagnosis_bad(sink, "certificates", whose, "%s has none", path);
	else
		diagnosis_good(sink, "certificates", "%s: %d", path, n);
}

void
doctor_certificates(const struct diagnosis_sink *sink, const struct doctor_network *network)
{
	look_at_file(sink, CERTIFICATES,
		"install ca-certificates (and run update-ca-certificates): no https feed can be "
		"verified");
	for (size_t i = 0; i < network->n_files; i++)
		look_at_file(sink, network->files[i],
			"a ca-file is in PEM form, and the daemon's user reads it: its feeds "
			"cannot be polled");
	if (network->n_insecure > 0)
		diagnosis_note(sink, "certificates",
			"a ca-file with the server's own certificate is as easy, and safe",
			"%" PRId64 " feed%s insecure = yes: anybody on the way may write them",
			network->n_insecure, network->n_insecure == 1 ? " has" : "s have");
}
