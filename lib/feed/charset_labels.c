/*
 * The table of character sets. Names and labels are those of the WHATWG Encoding Standard, and
 * beside them what XML documents of other worlds say and iconv knows. UTF-7 is left out on purpose:
 * it hides markup from whoever looks at the bytes.
 *
 * Errors: none.
 */
#include "lib/feed/charset_labels.h"

#include <string.h>

#define LABEL_MAX 40

static const struct charset_info infos[] = {
	{ "utf-8", "utf-8", NULL, CHARSET_UTF8,
		"utf8 unicode11utf8 unicode20utf8 xunicode20utf8 u8 utf utf8mb3 "
		"utf8mb4" },
	{ "us-ascii", "windows-1252", "CP1252", CHARSET_SINGLE,
		"usascii ascii ansix341968 ansix341986 iso646us isoir6 iso646irv1991 "
		"us csascii cp367 ibm367 646" },
	{ "iso-8859-1", "windows-1252", "CP1252", CHARSET_SINGLE,
		"iso88591 latin1 l1 cp819 ibm819 819 csisolatin1 isoir100 iso885911987 "
		"8859" },
	{ "windows-1252", "windows-1252", "CP1252", CHARSET_SINGLE,
		"windows1252 cp1252 xcp1252 1252 win1252 ansi msansi" },
	{ "iso-8859-2", "iso-8859-2", "ISO-8859-2", CHARSET_SINGLE,
		"iso88592 latin2 l2 csisolatin2 isoir101 iso885921987 ibm912" },
	{ "iso-8859-3", "iso-8859-3", "ISO-8859-3", CHARSET_SINGLE,
		"iso88593 latin3 l3 csisolatin3 isoir109 iso885931988" },
	{ "iso-8859-4", "iso-8859-4", "ISO-8859-4", CHARSET_SINGLE,
		"iso88594 latin4 l4 csisolatin4 isoir110 iso885941988" },
	{ "iso-8859-5", "iso-8859-5", "ISO-8859-5", CHARSET_SINGLE,
		"iso88595 cyrillic csisolatincyrillic isoir144 iso885951988" },
	{ "iso-8859-6", "iso-8859-6", "ISO-8859-6", CHARSET_SINGLE,
		"iso88596 arabic asmo708 csiso88596e csiso88596i csisolatinarabic "
		"ecma114 iso88596e iso88596i isoir127 iso885961987" },
	{ "iso-8859-7", "iso-8859-7", "ISO-8859-7", CHARSET_SINGLE,
		"iso88597 greek greek8 csisolatingreek ecma118 elot928 isoir126 "
		"iso885971987 suneugreek" },
	{ "iso-8859-8", "iso-8859-8", "ISO-8859-8", CHARSET_SINGLE,
		"iso88598 hebrew visual csiso88598e csisolatinhebrew iso88598e "
		"isoir138 iso885981988" },
	{ "iso-8859-8-i", "iso-8859-8-i", "ISO-8859-8", CHARSET_SINGLE,
		"iso88598i logical csiso88598i" },
	{ "iso-8859-9", "windows-1254", "CP1254", CHARSET_SINGLE,
		"iso88599 latin5 l5 csisolatin5 isoir148 iso885991989" },
	{ "iso-8859-10", "iso-8859-10", "ISO-8859-10", CHARSET_SINGLE,
		"iso885910 latin6 l6 csisolatin6 isoir157 iso8859101992" },
	{ "iso-8859-11", "windows-874", "CP874", CHARSET_SINGLE, "iso885911" },
	{ "iso-8859-13", "iso-8859-13", "ISO-8859-13", CHARSET_SINGLE, "iso885913 latin7 l7" },
	{ "iso-8859-14", "iso-8859-14", "ISO-8859-14", CHARSET_SINGLE,
		"iso885914 latin8 l8 iso8859141998 isoceltic" },
	{ "iso-8859-15", "iso-8859-15", "ISO-8859-15", CHARSET_SINGLE,
		"iso885915 latin9 l9 csisolatin9 iso8859151998" },
	{ "iso-8859-16", "iso-8859-16", "ISO-8859-16", CHARSET_SINGLE,
		"iso885916 latin10 l10 iso8859162001" },
	{ "windows-1250", "windows-1250", "CP1250", CHARSET_SINGLE,
		"windows1250 cp1250 xcp1250 win1250 1250" },
	{ "windows-1251", "windows-1251", "CP1251", CHARSET_SINGLE,
		"windows1251 cp1251 xcp1251 win1251 1251 ansi1251" },
	{ "windows-1253", "windows-1253", "CP1253", CHARSET_SINGLE,
		"windows1253 cp1253 xcp1253 win1253 1253" },
	{ "windows-1254", "windows-1254", "CP1254", CHARSET_SINGLE,
		"windows1254 cp1254 xcp1254 win1254 1254" },
	{ "windows-1255", "windows-1255", "CP1255", CHARSET_SINGLE,
		"windows1255 cp1255 xcp1255 win1255 1255" },
	{ "windows-1256", "windows-1256", "CP1256", CHARSET_SINGLE,
		"windows1256 cp1256 xcp1256 win1256 1256" },
	{ "windows-1257", "windows-1257", "CP1257", CHARSET_SINGLE,
		"windows1257 cp1257 xcp1257 win1257 1257" },
	{ "windows-1258", "windows-1258", "CP1258", CHARSET_SINGLE,
		"windows1258 cp1258 xcp1258 win1258 1258" },
	{ "tis-620", "windows-874", "CP874", CHARSET_SINGLE,
		"tis620 tis6200 tis62025290 tis62025291 thai isoir166" },
	{ "windows-874", "windows-874", "CP874", CHARSET_SINGLE,
		"windows874 dos874 cp874 874 win874" },
	{ "ibm866", "ibm866", "IBM866", CHARSET_SINGLE, "ibm866 866 cp866 csibm866" },
	{ "koi8-r", "koi8-r", "KOI8-R", CHARSET_SINGLE, "koi8r koi koi8 cskoi8r" },
	{ "koi8-u", "koi8-u", "KOI8-U", CHARSET_SINGLE, "koi8u koi8ru" },
	{ "koi8-t", "koi8-t", "KOI8-T", CHARSET_SINGLE, "koi8t" },
	{ "macintosh", "macintosh", "MACINTOSH", CHARSET_SINGLE,
		"macintosh mac xmacroman csmacintosh macroman" },
	{ "x-mac-cyrillic", "x-mac-cyrillic", "MAC-UK", CHARSET_SINGLE,
		"xmaccyrillic xmacukrainian maccyrillic macuk" },
	{ "x-mac-ce", "x-mac-ce", "MAC-CENTRALEUROPE", CHARSET_SINGLE,
		"xmacce maccentraleurope maclatin2 xmaccentraleurroman" },
	{ "x-mac-icelandic", "x-mac-icelandic", "MAC-IS", CHARSET_SINGLE,
		"xmacicelandic maciceland macis" },
	{ "ibm437", "ibm437", "CP437", CHARSET_SINGLE, "ibm437 cp437 437 cspc8codepage437" },
	{ "ibm737", "ibm737", "CP737", CHARSET_SINGLE, "ibm737 cp737 737 csibm737" },
	{ "ibm775", "ibm775", "CP775", CHARSET_SINGLE, "ibm775 cp775 775 cspc775baltic" },
	{ "ibm850", "ibm850", "CP850", CHARSET_SINGLE, "ibm850 cp850 850 cspc850multilingual" },
	{ "ibm852", "ibm852", "CP852", CHARSET_SINGLE, "ibm852 cp852 852 cspcp852" },
	{ "ibm855", "ibm855", "CP855", CHARSET_SINGLE, "ibm855 cp855 855 csibm855" },
	{ "ibm857", "ibm857", "CP857", CHARSET_SINGLE, "ibm857 cp857 857 csibm857" },
	{ "ibm858", "ibm858", "CP858", CHARSET_SINGLE, "ibm858 cp858 858 ccsid00858" },
	{ "ibm860", "ibm860", "CP860", CHARSET_SINGLE, "ibm860 cp860 860 csibm860" },
	{ "ibm861", "ibm861", "CP861", CHARSET_SINGLE, "ibm861 cp861 861 csibm861" },
	{ "ibm862", "ibm862", "CP862", CHARSET_SINGLE, "ibm862 cp862 862 cspc862latinhebrew" },
	{ "ibm863", "ibm863", "CP863", CHARSET_SINGLE, "ibm863 cp863 863 csibm863" },
	{ "ibm864", "ibm864", "CP864", CHARSET_SINGLE, "ibm864 cp864 864 csibm864" },
	{ "ibm865", "ibm865", "CP865", CHARSET_SINGLE, "ibm865 cp865 865 csibm865" },
	{ "ibm869", "ibm869", "CP869", CHARSET_SINGLE, "ibm869 cp869 869 csibm869" },
	{ "cp1125", "cp1125", "CP1125", CHARSET_SINGLE, "cp1125 1125 ibm1125 cp866u ruscii" },
	{ "hp-roman8", "hp-roman8", "HP-ROMAN8", CHARSET_SINGLE,
		"hproman8 roman8 r8 cshproman8 ibm1051" },
	{ "ptcp154", "ptcp154", "PT154", CHARSET_SINGLE,
		"ptcp154 csptcp154 pt154 cp154 cyrillicasian" },
	{ "kz-1048", "kz-1048", "RK1048", CHARSET_SINGLE, "kz1048 strk10482002 rk1048" },
	{ "viscii", "viscii", "VISCII", CHARSET_SINGLE, "viscii csviscii" },
	{ "tcvn", "tcvn", "TCVN", CHARSET_SINGLE, "tcvn tcvn5712" },
	{ "armscii-8", "armscii-8", "ARMSCII-8", CHARSET_SINGLE, "armscii8" },
	{ "georgian-ps", "georgian-ps", "GEORGIAN-PS", CHARSET_SINGLE, "georgianps" },
	{ "x-user-defined", "x-user-defined", NULL, CHARSET_USER, "xuserdefined" },
	{ "ibm037", "ibm037", "IBM037", CHARSET_EBCDIC,
		"ibm037 cp037 037 csibm037 ebcdic cp37 ebcdicus ebcdiccpus ebcdiccpca "
		"ebcdiccpnl ebcdiccpwt" },
	{ "ibm273", "ibm273", "IBM273", CHARSET_EBCDIC, "ibm273 cp273 273 csibm273 ebcdiccpde" },
	{ "ibm277", "ibm277", "IBM277", CHARSET_EBCDIC,
		"ibm277 cp277 277 csibm277 ebcdiccpdk ebcdiccpno" },
	{ "ibm278", "ibm278", "IBM278", CHARSET_EBCDIC,
		"ibm278 cp278 278 csibm278 ebcdiccpfi ebcdiccpse" },
	{ "ibm280", "ibm280", "IBM280", CHARSET_EBCDIC, "ibm280 cp280 280 csibm280 ebcdiccpit" },
	{ "ibm284", "ibm284", "IBM284", CHARSET_EBCDIC, "ibm284 cp284 284 csibm284 ebcdiccpes" },
	{ "ibm285", "ibm285", "IBM285", CHARSET_EBCDIC, "ibm285 cp285 285 csibm285 ebcdiccpgb" },
	{ "ibm290", "ibm290", "IBM290", CHARSET_EBCDIC, "ibm290 cp290 290 csibm290" },
	{ "ibm297", "ibm297", "IBM297", CHARSET_EBCDIC, "ibm297 cp297 297 csibm297 ebcdiccpfr" },
	{ "ibm420", "ibm420", "IBM420", CHARSET_EBCDIC, "ibm420 cp420 420 csibm420 ebcdiccpar1" },
	{ "ibm424", "ibm424", "IBM424", CHARSET_EBCDIC, "ibm424 cp424 424 csibm424 ebcdiccphe" },
	{ "ibm500", "ibm500", "IBM500", CHARSET_EBCDIC,
		"ibm500 cp500 500 csibm500 ebcdiccpbe ebcdiccpch" },
	{ "ibm871", "ibm871", "IBM871", CHARSET_EBCDIC, "ibm871 cp871 871 csibm871 ebcdiccpis" },
	{ "ibm875", "ibm875", "CP875", CHARSET_EBCDIC, "ibm875 cp875 875 csibm875 ibmgreek" },
	{ "ibm1026", "ibm1026", "CP1026", CHARSET_EBCDIC, "ibm1026 cp1026 1026 csibm1026" },
	{ "ibm1047", "ibm1047", "CP1047", CHARSET_EBCDIC, "ibm1047 cp1047 1047 csibm1047" },
	{ "ibm01140", "ibm01140", "CP1140", CHARSET_EBCDIC,
		"ibm01140 ibm1140 cp01140 cp1140 1140 ccsid01140 ebcdicus37euro" },
	{ "ibm01141", "ibm01141", "CP1141", CHARSET_EBCDIC,
		"ibm01141 ibm1141 cp01141 cp1141 1141 ccsid01141" },
	{ "ibm01142", "ibm01142", "CP1142", CHARSET_EBCDIC,
		"ibm01142 ibm1142 cp01142 cp1142 1142 ccsid01142" },
	{ "ibm01143", "ibm01143", "CP1143", CHARSET_EBCDIC,
		"ibm01143 ibm1143 cp01143 cp1143 1143 ccsid01143" },
	{ "ibm01144", "ibm01144", "CP1144", CHARSET_EBCDIC,
		"ibm01144 ibm1144 cp01144 cp1144 1144 ccsid01144" },
	{ "ibm01145", "ibm01145", "CP1145", CHARSET_EBCDIC,
		"ibm01145 ibm1145 cp01145 cp1145 1145 ccsid01145" },
	{ "ibm01146", "ibm01146", "CP1146", CHARSET_EBCDIC,
		"ibm01146 ibm1146 cp01146 cp1146 1146 ccsid01146" },
	{ "ibm01147", "ibm01147", "CP1147", CHARSET_EBCDIC,
		"ibm01147 ibm1147 cp01147 cp1147 1147 ccsid01147" },
	{ "ibm01148", "ibm01148", "CP1148", CHARSET_EBCDIC,
		"ibm01148 ibm1148 cp01148 cp1148 1148 ccsid01148" },
	{ "ibm01149", "ibm01149", "CP1149", CHARSET_EBCDIC,
		"ibm01149 ibm1149 cp01149 cp1149 1149 ccsid01149" },
	{ "gb18030", "gb18030", "GB18030", CHARSET_MULTI, "gb18030 gb180302000" },
	{ "gb18030", "gbk", "GB18030", CHARSET_MULTI,
		"gbk gb2312 gb231280 chinese csgb2312 csiso58gb231280 isoir58 xgbk "
		"euccn cp936 936 ms936 windows936 cngb csgbk" },
	{ "big5", "big5", "BIG5-HKSCS", CHARSET_MULTI,
		"big5 big5hkscs cnbig5 csbig5 xxbig5 big5eten cp950 950 big5tw "
		"big5hkscs1999 big5hkscs2001 big5hkscs2004" },
	{ "euc-tw", "euc-tw", "EUC-TW", CHARSET_MULTI, "euctw xeuctw" },
	{ "euc-jp", "euc-jp", "EUC-JP-MS", CHARSET_MULTI,
		"eucjp xeucjp ujis cseucpkdfmtjapanese eucjpms" },
	{ "euc-jis-2004", "euc-jis-2004", "EUC-JISX0213", CHARSET_MULTI, "eucjis2004 eucjisx0213" },
	{ "shift_jis-2004", "shift_jis-2004", "SHIFT_JISX0213", CHARSET_MULTI,
		"shiftjis2004 shiftjisx0213 sjis2004 sjisx0213" },
	{ "iso-2022-jp-3", "iso-2022-jp-3", "ISO-2022-JP-3", CHARSET_STATEFUL, "iso2022jp3" },
	{ "shift_jis", "shift_jis", "CP932", CHARSET_MULTI,
		"shiftjis sjis xsjis mskanji ms932 csshiftjis windows31j cp932 932 "
		"cswindows31j xmscp932" },
	{ "iso-2022-jp", "iso-2022-jp", "ISO-2022-JP-2", CHARSET_STATEFUL,
		"iso2022jp csiso2022jp iso2022jp1 iso2022jp2 jis" },
	{ "iso-2022-kr", "iso-2022-kr", "ISO-2022-KR", CHARSET_STATEFUL, "iso2022kr csiso2022kr" },
	{ "iso-2022-cn", "iso-2022-cn", "ISO-2022-CN", CHARSET_STATEFUL, "iso2022cn" },
	{ "euc-kr", "euc-kr", "CP949", CHARSET_MULTI,
		"euckr korean cseuckr isoir149 ksc56011987 ksc56011989 ksc5601 "
		"ksc56011 windows949 cp949 949 ms949 uhc xwindows949" },
	{ "johab", "johab", "JOHAB", CHARSET_MULTI, "johab cp1361 ms1361" },
	{ "utf-16le", "utf-16le", NULL, CHARSET_UTF16LE,
		"utf16le utf16 u16 csunicode iso10646ucs2 ucs2 unicode unicodefeff "
		"ucs2le utf16n" },
	{ "utf-16be", "utf-16be", NULL, CHARSET_UTF16BE, "utf16be unicodefffe ucs2be unicodebig" },
	{ "utf-32le", "utf-32le", NULL, CHARSET_UTF32LE, "utf32le" },
	{ "utf-32be", "utf-32be", NULL, CHARSET_UTF32BE,
		"utf32be utf32 u32 iso10646ucs4 ucs4 csucs4 ucs4be" },
};

/* Letters in lower case and digits; 0 where the label is longer than any. */
static size_t
squeeze(const char *label, size_t size, char key[LABEL_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < size; i++) {
		char c = label[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
			continue;
		if (len == LABEL_MAX)
			return 0;
		key[len++] = c;
	}
	return len;
}

static bool
has_label(const char *labels, const char *key, size_t size)
{
	while (*labels != '\0') {
		size_t len = strcspn(labels, " ");

		if (len == size && memcmp(labels, key, size) == 0)
			return true;
		labels += len;
		labels += *labels == ' ';
	}
	return false;
}

const struct charset_info *
charset_find(const char *label, size_t size)
{
	char key[LABEL_MAX];
	size_t len = squeeze(label, size, key);

	if (len == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		if (has_label(infos[i].labels, key, len))
			return &infos[i];
	}
	return NULL;
}

bool
charset_is_ascii(const struct charset_info *info)
{
	return info->kind == CHARSET_UTF8 || info->kind == CHARSET_SINGLE ||
	       info->kind == CHARSET_MULTI || info->kind == CHARSET_USER;
}
