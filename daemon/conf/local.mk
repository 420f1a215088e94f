daemon_libnpdaemon_la_SOURCES += \
	%D%/config.c %D%/config.h \
	%D%/dump.c \
	%D%/edit.c %D%/edit.h \
	%D%/edit_outline.c %D%/edit_outline.h \
	%D%/edit_section.c %D%/edit_section.h \
	%D%/expression.c %D%/expression.h \
	%D%/ini.c %D%/ini.h \
	%D%/list.c \
	%D%/load.c %D%/load.h \
	%D%/names.c %D%/names.h \
	%D%/opml.c %D%/opml.h \
	%D%/pattern.c %D%/pattern.h \
	%D%/queue.c \
	%D%/rule.c \
	%D%/schema.c %D%/schema.h \
	%D%/schema_keys.c \
	%D%/section.c \
	%D%/user_agent.c \
	%D%/value.c %D%/value.h \
	%D%/words.c %D%/words.h
