/*
 * SQLite's file calls that change something (write, truncate, sync, delete), counted and stopped or
 * made to fail as steps.h says. What is shared in memory between connections is no file call: it is
 * made anew from the files.
 */
#ifndef TESTS_CRASH_CRASH_VFS_H
#define TESTS_CRASH_CRASH_VFS_H

#include "tests/crash/steps.h"

/* From now on, in this process, for every database; steps must stay. Ends the program on failure. */
void crash_vfs_install(struct steps *steps);

#endif
