/* A folder of its own for a test of the configuration, which becomes the working directory. */
#ifndef TESTS_UNIT_CONF_FOLDER_H
#define TESTS_UNIT_CONF_FOLDER_H

/* cmocka's set-up and tear-down: makes and enters an empty folder, leaves and removes it. */
int conf_folder_enter(void **state);
int conf_folder_leave(void **state);

/* Writes a file (and the folder it is in) below the working directory. */
void conf_folder_write(const char *file, const char *text);

#endif
