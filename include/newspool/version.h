/* newspool/version.h: which newspool this is. */
#ifndef NEWSPOOL_VERSION_H
#define NEWSPOOL_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the headers that a program was compiled against. */
#define NP_VERSION_MAJOR 0
#define NP_VERSION_MINOR 1
#define NP_VERSION_PATCH 0
#define NP_VERSION "0.1.0"

/* Where to read about newspool; it stands in the User-Agent too. */
#define NP_HOMEPAGE "https://newspool.example.org/"

/*
 * The version of the library that a program runs with, as "MAJOR.MINOR.PATCH".
 * Static storage: never freed, never NULL.
 */
const char *np_version(void);

#ifdef __cplusplus
}
#endif

#endif
