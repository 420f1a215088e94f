/*
 * The words of dates as tables. A month's name matches from its third letter on, so abbreviations
 * need no rows. Where two languages disagree on a word, the one with more feeds wins: "listopad" is
 * November (Polish, Czech), not October (Croatian).
 *
 * Errors: none.
 */
#include "lib/feed/date_names.h"

#include <string.h>

#include "lib/base/utf8.h"

#define MINUTES 60
#define HOURS 3600

/* Month by month; separated by blanks, folded. English stands first. */
static const char *const month_names[12] = {
	"january januar januari janvier januari jaanuar janeiro janvaris enero gennaio gener "
	"stycznia styczen sijecanj sijecnja ledna leden sausio ianuarie ocak tammikuu tammikuuta "
	"января январь січня студзеня ιανουαριος ιανουαριου γεναρη",
	"february februar februari fevrier febrero febbraio febrer fevereiro februarie februaris "
	"feber veebruar lutego luty veljaca veljace unora unor vasario subat helmikuu helmikuuta "
	"февраля февраль лютого лютий φεβρουαριος φεβρουαριου φλεβαρη",
	"march mars marts maart marz maerz marzo marc marcius marca martie martis mart marzec mrt "
	"marec ozujak ozujka brezna brezen kovo maret maaliskuu maaliskuuta marco "
	"марта март березня μαρτιος μαρτιου μαρτη",
	"april avril abril aprile aprilie aprilis aprill kwietnia kwiecien travanj travnja dubna "
	"duben balandzio nisan huhtikuu huhtikuuta апреля апрель квітня απριλιος απριλιου απριλη",
	"may mai mei maj maja majus mayo maggio maig maio mayis svibanj svibnja kvetna kveten "
	"geguzes toukokuu toukokuuta mag мая май травня μαιος μαιου μαη",
	"june juni juin junio junho juny giugno iunie junijs junius juuni czerwca czerwiec lipanj "
	"lipnja cervna cerven birzelio haziran kesakuu kesakuuta июня июнь червня ιουνιος ιουνιου "
	"ιουνη",
	"july juli juillet julio julho juliol luglio iulie julijs julius juuli lipca lipiec srpanj "
	"srpnja cervence cervenec liepos temmuz heinakuu heinakuuta июля июль липня ιουλιος "
	"ιουλιου ιουλη",
	"august augusti augustus aout agosto agost augusts augusztus avgust sierpnia sierpien "
	"kolovoz kolovoza srpna srpen rugpjucio agustos agustus elokuu elokuuta августа август "
	"серпня αυγουστος αυγουστου",
	"september septembre septiembre settembre setembre setembro septembrie septembris "
	"szeptember septembar wrzesnia wrzesien rujan rujna zari rugsejo eylul syyskuu syyskuuta "
	"сентября сентябрь вересня σεπτεμβριος σεπτεμβριου σεπτεμβρη",
	"october oktober octobre octubre ottobre outubro octombrie oktobris oktoober oktobar "
	"pazdziernika pazdziernik rijna rijen spalio ekim lokakuu lokakuuta октября октябрь жовтня "
	"οκτωβριος οκτωβριου οκτωβρη",
	"november novembre noviembre novembro noiembrie novembris novembar listopada listopad "
	"listopadu studeni studenoga studenog lapkricio kasim marraskuu marraskuuta ноября ноябрь "
	"листопада νοεμβριος νοεμβριου νοεμβρη",
	"december dezember decembre diciembre dicembre desembre dezembro decembrie decembris "
	"desember detsember decembar grudnia grudzien prosinac prosinca prosince prosinec gruodzio "
	"aralik joulukuu joulukuuta декабря декабрь грудня δεκεμβριος δεκεμβριου δεκεμβρη",
};

static const struct zone {
	const char *name;
	int offset;
} zones[] = {
	{ "z", 0 },
	{ "gmt", 0 },
	{ "utc", 0 },
	{ "ut", 0 },
	{ "uct", 0 },
	{ "wet", 0 },
	{ "zulu", 0 },
	{ "azot", -1 * HOURS },
	{ "brt", -3 * HOURS },
	{ "art", -3 * HOURS },
	{ "adt", -3 * HOURS },
	{ "ndt", -(2 * HOURS + 30 * MINUTES) },
	{ "nst", -(3 * HOURS + 30 * MINUTES) },
	{ "ast", -4 * HOURS },
	{ "at", -4 * HOURS },
	{ "clt", -4 * HOURS },
	{ "edt", -4 * HOURS },
	{ "est", -5 * HOURS },
	{ "et", -5 * HOURS },
	{ "cdt", -5 * HOURS },
	{ "cst", -6 * HOURS },
	{ "ct", -6 * HOURS },
	{ "mdt", -6 * HOURS },
	{ "mst", -7 * HOURS },
	{ "mt", -7 * HOURS },
	{ "pdt", -7 * HOURS },
	{ "pst", -8 * HOURS },
	{ "pt", -8 * HOURS },
	{ "akdt", -8 * HOURS },
	{ "akst", -9 * HOURS },
	{ "hdt", -9 * HOURS },
	{ "hst", -10 * HOURS },
	{ "hast", -10 * HOURS },
	{ "sst", -11 * HOURS },
	{ "bst", 1 * HOURS },
	{ "cet", 1 * HOURS },
	{ "met", 1 * HOURS },
	{ "mez", 1 * HOURS },
	{ "west", 1 * HOURS },
	{ "wat", 1 * HOURS },
	{ "cest", 2 * HOURS },
	{ "mest", 2 * HOURS },
	{ "mesz", 2 * HOURS },
	{ "eet", 2 * HOURS },
	{ "cat", 2 * HOURS },
	{ "sast", 2 * HOURS },
	{ "eest", 3 * HOURS },
	{ "eat", 3 * HOURS },
	{ "msk", 3 * HOURS },
	{ "trt", 3 * HOURS },
	{ "msd", 4 * HOURS },
	{ "gst", 4 * HOURS },
	{ "pkt", 5 * HOURS },
	{ "ist", 5 * HOURS + 30 * MINUTES },
	{ "npt", 5 * HOURS + 45 * MINUTES },
	{ "ict", 7 * HOURS },
	{ "wib", 7 * HOURS },
	{ "awst", 8 * HOURS },
	{ "hkt", 8 * HOURS },
	{ "myt", 8 * HOURS },
	{ "pht", 8 * HOURS },
	{ "sgt", 8 * HOURS },
	{ "jst", 9 * HOURS },
	{ "kst", 9 * HOURS },
	{ "acst", 9 * HOURS + 30 * MINUTES },
	{ "acdt", 10 * HOURS + 30 * MINUTES },
	{ "aest", 10 * HOURS },
	{ "aedt", 11 * HOURS },
	{ "nzst", 12 * HOURS },
	{ "nzdt", 13 * HOURS },
};

static const struct unit {
	const char *name;
	enum date_unit unit;
} units[] = {
	{ "am", DATE_UNIT_AM },
	{ "a.m", DATE_UNIT_AM },
	{ "a.m.", DATE_UNIT_AM },
	{ "오전", DATE_UNIT_AM },
	{ "上午", DATE_UNIT_AM },
	{ "午前", DATE_UNIT_AM },
	{ "πμ", DATE_UNIT_AM },
	{ "pm", DATE_UNIT_PM },
	{ "p.m", DATE_UNIT_PM },
	{ "p.m.", DATE_UNIT_PM },
	{ "오후", DATE_UNIT_PM },
	{ "下午", DATE_UNIT_PM },
	{ "午後", DATE_UNIT_PM },
	{ "μμ", DATE_UNIT_PM },
	{ "시", DATE_UNIT_HOUR },
	{ "時", DATE_UNIT_HOUR },
	{ "时", DATE_UNIT_HOUR },
	{ "点", DATE_UNIT_HOUR },
	{ "분", DATE_UNIT_MINUTE },
	{ "分", DATE_UNIT_MINUTE },
	{ "초", DATE_UNIT_SECOND },
	{ "秒", DATE_UNIT_SECOND },
};

/* The letters from U+00C0 to U+017F without their marks; '*' where there is no plain one. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
			    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
			    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Greek letters from U+0386 to U+03CE, lower case and without marks; 0 where there is none. */
static unsigned int
fold_greek(unsigned int c)
{
	static const struct {
		unsigned short from, to;
	} marked[] = {
		{ 0x386, 0x3B1 },
		{ 0x388, 0x3B5 },
		{ 0x389, 0x3B7 },
		{ 0x38A, 0x3B9 },
		{ 0x38C, 0x3BF },
		{ 0x38E, 0x3C5 },
		{ 0x38F, 0x3C9 },
		{ 0x390, 0x3B9 },
		{ 0x3AC, 0x3B1 },
		{ 0x3AD, 0x3B5 },
		{ 0x3AE, 0x3B7 },
		{ 0x3AF, 0x3B9 },
		{ 0x3CA, 0x3B9 },
		{ 0x3CB, 0x3C5 },
		{ 0x3CC, 0x3BF },
		{ 0x3CD, 0x3C5 },
		{ 0x3CE, 0x3C9 },
	};

	for (size_t i = 0; i < sizeof(marked) / sizeof(marked[0]); i++) {
		if (marked[i].from == c)
			return marked[i].to;
	}
	return c >= 0x391 && c <= 0x3A9 ? c + 0x20 : c;
}

static unsigned int
fold(unsigned int c)
{
	if (c >= 'A' && c <= 'Z')
		return c + ('a' - 'A');
	if (c >= 0xC0 && c - 0xC0 < sizeof(latin) - 1)
		return (unsigned char)latin[c - 0xC0];
	if (c == 0x218 || c == 0x219)
		return 's';
	if (c == 0x21A || c == 0x21B)
		return 't';
	if (c >= 0x386 && c <= 0x3CE)
		return fold_greek(c);
	if (c >= 0x400 && c <= 0x40F)
		return c + 0x50;
	return c >= 0x410 && c <= 0x42F ? c + 0x20 : c;
}

static size_t
fold_ascii(const char *word, size_t size, char ret_folded[DATE_WORD_MAX])
{
	size_t len = utf8_ascii(word, size < DATE_WORD_MAX ? size : DATE_WORD_MAX - 1);

	for (size_t i = 0; i < len; i++)
		ret_folded[i] = (char)fold((unsigned char)word[i]);
	ret_folded[len] = '\0';
	return len;
}

void
date_fold(const char *word, size_t size, char ret_folded[DATE_WORD_MAX])
{
	struct buf folded = { .max = DATE_WORD_MAX - 1 };
	size_t at = fold_ascii(word, size, ret_folded);

	if (at == size || at == DATE_WORD_MAX - 1)
		return;
	buf_append(&folded, ret_folded, at);
	while (at < size) {
		unsigned int codepoint;

		at += utf8_decode(word + at, size - at, &codepoint);
		/* a mark of its own, after a letter that was taken apart */
		if (codepoint < 0x300 || codepoint > 0x36F)
			buf_put_utf8(&folded, fold(codepoint));
	}
	memcpy(ret_folded, buf_str(&folded), folded.len + 1);
	buf_done(&folded);
}

/* English, which most feeds write, without a walk through the tables. */
static bool
english_month(const char *folded, size_t size, int *ret_month)
{
	static const char names[12][10] = { "january", "february", "march", "april", "may", "june",
		"july", "august", "september", "october", "november", "december" };
	static const char weekdays[7][10] = { "sunday", "monday", "tuesday", "wednesday",
		"thursday", "friday", "saturday" };

	*ret_month = 0;
	for (int day = 0; day < 7; day++) {
		if (strncmp(weekdays[day], folded, size) == 0)
			return true;
	}
	for (int month = 0; month < 12; month++) {
		if (strncmp(names[month], folded, size) == 0) {
			*ret_month = month + 1;
			return true;
		}
	}
	return false;
}

/* Whether one of the names begins with the word. */
static bool
begins_one(const char *names, const char *word, size_t size)
{
	while (*names != '\0') {
		if (strncmp(names, word, size) == 0)
			return true;
		names += strcspn(names, " ");
		names += *names == ' ';
	}
	return false;
}

int
date_month(const char *folded)
{
	size_t size = strlen(folded);

	int english;

	if (utf8_length(folded, size) < 3)
		return 0;
	if (english_month(folded, size, &english))
		return english;
	for (int month = 0; month < 12; month++) {
		if (begins_one(month_names[month], folded, size))
			return month + 1;
	}
	return 0;
}

/* A to M without J are the zones east of Greenwich, N to Y those west of it. */
static bool
military_zone(char letter, int *ret_offset)
{
	static const char east[] = "abcdefghiklm";
	static const char west[] = "nopqrstuvwxy";
	const char *at;

	if (letter == '\0')
		return false;
	at = strchr(east, letter);
	if (at != NULL) {
		*ret_offset = (int)(at - east + 1) * HOURS;
		return true;
	}
	at = strchr(west, letter);
	if (at != NULL)
		*ret_offset = -(int)(at - west + 1) * HOURS;
	return at != NULL;
}

/* Most words differ in their first byte: no call for these. */
static bool
is_same(const char *name, const char *word)
{
	return name[0] == word[0] && strcmp(name, word) == 0;
}

bool
date_zone(const char *folded, int *ret_offset)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (is_same(zones[i].name, folded)) {
			*ret_offset = zones[i].offset;
			return true;
		}
	}
	return folded[0] != '\0' && folded[1] == '\0' && military_zone(folded[0], ret_offset);
}

enum date_unit
date_unit(const char *folded)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (is_same(units[i].name, folded))
			return units[i].unit;
	}
	return DATE_UNIT_NONE;
}
