lib_libnpcore_la_SOURCES += \
	%D%/article.h \
	%D%/charset.c \
	%D%/charset.h \
	%D%/charset_decode.c \
	%D%/charset_decode.h \
	%D%/charset_guess.c \
	%D%/charset_guess.h \
	%D%/charset_labels.c \
	%D%/charset_labels.h \
	%D%/charset_sniff.c \
	%D%/charset_sniff.h \
	%D%/date.c \
	%D%/date.h \
	%D%/date_names.c \
	%D%/date_names.h \
	%D%/date_scan.c \
	%D%/date_scan.h \
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
	%D%/html_tag.c \
	%D%/html_tag.h \
	%D%/html_text.c \
	%D%/html_token.c \
	%D%/html_token.h \
	%D%/html_value.c \
	%D%/html_value.h \
	%D%/html_write.c \
	%D%/xml.c \
	%D%/xml.h \
	%D%/xml_cursor.h \
	%D%/xml_element.c \
	%D%/xml_entity.c \
	%D%/xml_entity.h \
	%D%/xml_expat.c \
	%D%/xml_expat.h \
	%D%/xml_names.c \
	%D%/xml_names.h \
	%D%/xml_run.c \
	%D%/xml_run.h \
	%D%/xml_scan.c \
	%D%/xml_scan.h \
	%D%/xml_section.c \
	%D%/xml_stack.c \
	%D%/xml_stack.h \
	%D%/xml_strict.c \
	%D%/xml_strict.h \
	%D%/xml_tag.c \
	%D%/xml_tag.h \
	%D%/xml_token.c \
	%D%/xml_token.h
EXTRA_DIST += %D%/html_entities.py

# The parser: pipeline, builder, dialects, extensions, what comes out.
lib_libnpcore_la_SOURCES += \
	%D%/article.c \
	%D%/assemble.c \
	%D%/atom.c \
	%D%/builder.c %D%/builder.h \
	%D%/cdf.c \
	%D%/convert.c %D%/convert.h \
	%D%/dialect.h \
	%D%/document.c %D%/document.h \
	%D%/document_extensions.c \
	%D%/document_media.c \
	%D%/ext_geo.c \
	%D%/ext_media.c \
	%D%/ext_misc.c \
	%D%/ext_podcast.c \
	%D%/ext_text.c \
	%D%/fields.c %D%/fields.h \
	%D%/info.c \
	%D%/json_repair.c %D%/json_repair.h \
	%D%/json_split.c %D%/json_split.h \
	%D%/jsonfeed.c %D%/jsonfeed.h \
	%D%/link.c %D%/link.h \
	%D%/markup.c %D%/markup.h \
	%D%/model.c %D%/model.h \
	%D%/names.c %D%/names.h \
	%D%/parser.c \
	%D%/person.c %D%/person.h \
	%D%/root.c %D%/root.h \
	%D%/rss.c \
	%D%/text.c \
	%D%/twice.c %D%/twice.h \
	%D%/version.c
