/* A webhook: an article sent by HTTP POST, signed. */
#ifndef TOOLS_HOOK_POST_H
#define TOOLS_HOOK_POST_H

#include "tools/hook_run.h"

/*
 * Posts standard input to the queue's webhook; blocks until it has been answered. Only a status of
 * 200 to 299 is good; redirects are not followed. Returns 0, or -1 with the reason on standard
 * error. For a process that does nothing else.
 *
 * Fields: Content-Type (application/json, message/rfc822), X-Newspool-Queue, X-Newspool-Seq,
 * X-Newspool-Name (the same for each attempt), X-Newspool-Attempt, X-Newspool-Timestamp (seconds
 * since 1970) and, with a secret, X-Newspool-Signature: "sha256=" and the HMAC-SHA256, in
 * hexadecimal, of the timestamp, "." and the body.
 */
int hook_post(const struct hook_job *job);

#endif
