lib_libnpcore_la_SOURCES += \
	%D%/layout.c %D%/layout.h \
	%D%/record.c %D%/record.h \
	%D%/slug.c
