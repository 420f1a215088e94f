/*
 * The table of tracking parameters. Taken from what the large mailers, analytics and advertising
 * services document; a name that sites also use for content does not belong here.
 *
 * Errors: none.
 */
#include "lib/base/url_tracker.h"

#include <string.h>
#include <strings.h>

/* Query parameters that say where a click came from and nothing about the document. */
static const struct tracker {
	const char *name;
	bool prefix; /* every parameter that begins so */
} trackers[] = {
	{ "__hsfp", false },
	{ "__hssc", false },
	{ "__hstc", false },
	{ "__s", false },
	{ "_branch_match_id", false },
	{ "_ga", false },
	{ "_gl", false },
	{ "_hsenc", false },
	{ "_hsmi", false },
	{ "_kx", false },
	{ "_openstat", false },
	{ "at_campaign", true },
	{ "at_custom", true },
	{ "at_medium", true },
	{ "cmpid", false },
	{ "dclid", false },
	{ "fb_action_ids", false },
	{ "fb_action_types", false },
	{ "fb_ref", false },
	{ "fb_source", false },
	{ "fbclid", false },
	{ "ga_", true },
	{ "gbraid", false },
	{ "gclid", false },
	{ "gclsrc", false },
	{ "hsctatracking", false },
	{ "icid", false },
	{ "igsh", false },
	{ "igshid", false },
	{ "li_fat_id", false },
	{ "mc_cid", false },
	{ "mc_eid", false },
	{ "mkt_tok", false },
	{ "msclkid", false },
	{ "mtm_", true },
	{ "ns_campaign", false },
	{ "ns_linkname", false },
	{ "ns_mchannel", false },
	{ "ns_source", false },
	{ "oly_anon_id", false },
	{ "oly_enc_id", false },
	{ "piwik_", true },
	{ "pk_", true },
	{ "ref_src", false },
	{ "ref_url", false },
	{ "s_cid", false },
	{ "spm", false },
	{ "srsltid", false },
	{ "ttclid", false },
	{ "twclid", false },
	{ "utm_", true },
	{ "vero_conv", false },
	{ "vero_id", false },
	{ "wbraid", false },
	{ "wickedid", false },
	{ "yclid", false },
	{ "ymclid", false },
};

bool
url_is_tracker(const char *name, size_t size)
{
	/* "&amp;" that was escaped once too often */
	if (size > 4 && strncasecmp(name, "amp;", 4) == 0) {
		name += 4;
		size -= 4;
	}
	for (size_t i = 0; i < sizeof(trackers) / sizeof(trackers[0]); i++) {
		size_t len = strlen(trackers[i].name);

		if (size >= len && (size == len || trackers[i].prefix) &&
			strncasecmp(name, trackers[i].name, len) == 0)
			return true;
	}
	return false;
}
