lib_libnpcore_la_SOURCES += \
	%D%/article.h \
	%D%/charset.h \
	%D%/date.h \
	%D%/html.h \
	%D%/html_attributes.c \
	%D%/html_elements.c \
	%D%/html_entities.c \
	%D%/html_page.c \
	%D%/html_policy.h \
	%D%/html_reference.c \
	%D%/html_reference.h \
	%D%/html_style.c \
	%D%/html_style.h \
	%D%/html_text.c \
	%D%/html_token.c \
	%D%/html_token.h \
	%D%/html_value.c \
	%D%/html_value.h \
	%D%/html_write.c \
	%D%/xml.h
EXTRA_DIST += %D%/html_entities.py
