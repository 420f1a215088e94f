lib_libnpcore_la_SOURCES += \
	%D%/layout.c %D%/layout.h \
	%D%/reader.c \
	%D%/record.c %D%/record.h \
	%D%/record_read.c \
	%D%/scan.c %D%/scan.h \
	%D%/slug.c
