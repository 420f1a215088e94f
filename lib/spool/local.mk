lib_libnpcore_la_SOURCES += \
	%D%/cursor.c %D%/cursor.h \
	%D%/follow.c \
	%D%/layout.c %D%/layout.h \
	%D%/mail.c %D%/mail.h \
	%D%/mail_body.c %D%/mail_body.h \
	%D%/mail_text.c %D%/mail_text.h \
	%D%/place.c \
	%D%/queue.c \
	%D%/reader.c %D%/reader.h \
	%D%/record.c %D%/record.h \
	%D%/record_head.c \
	%D%/record_read.c \
	%D%/scan.c %D%/scan.h \
	%D%/simhash.c %D%/simhash.h \
	%D%/slug.c \
	%D%/watch.c %D%/watch.h \
	%D%/words.c %D%/words.h
