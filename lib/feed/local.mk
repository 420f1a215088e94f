lib_libnpcore_la_SOURCES += \
	%D%/article.h \
	%D%/charset.h \
	%D%/date.h \
	%D%/html.h \
	%D%/xml.h
