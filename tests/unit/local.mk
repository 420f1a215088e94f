# One program a module, named after it: add its name to unit_tests and say its sources.
unit_tests =

unit_tests += %D%/test_url
tests_unit_test_url_SOURCES = %D%/test_url.c
tests_unit_test_url_LDADD = $(test_libs)

unit_tests += %D%/test_buf
tests_unit_test_buf_SOURCES = %D%/test_buf.c
tests_unit_test_buf_LDADD = $(test_libs)

unit_tests += %D%/test_clock
tests_unit_test_clock_SOURCES = %D%/test_clock.c
tests_unit_test_clock_LDADD = $(test_libs)

unit_tests += %D%/test_json_write
tests_unit_test_json_write_SOURCES = %D%/test_json_write.c
tests_unit_test_json_write_LDADD = $(test_libs)

unit_tests += %D%/test_sha256
tests_unit_test_sha256_SOURCES = %D%/test_sha256.c
tests_unit_test_sha256_LDADD = $(test_libs)

unit_tests += %D%/test_utf8
tests_unit_test_utf8_SOURCES = %D%/test_utf8.c
tests_unit_test_utf8_LDADD = $(test_libs)

unit_tests += %D%/test_xml
tests_unit_test_xml_SOURCES = %D%/test_xml.c
tests_unit_test_xml_LDADD = $(test_libs)

unit_tests += %D%/test_xml_pieces
tests_unit_test_xml_pieces_SOURCES = %D%/test_xml_pieces.c
tests_unit_test_xml_pieces_LDADD = $(test_libs)

unit_tests += %D%/test_charset
tests_unit_test_charset_SOURCES = %D%/test_charset.c
tests_unit_test_charset_LDADD = $(test_libs)

unit_tests += %D%/test_date
tests_unit_test_date_SOURCES = %D%/test_date.c
tests_unit_test_date_LDADD = $(test_libs)

unit_tests += %D%/test_retention
tests_unit_test_retention_SOURCES = %D%/test_retention.c %D%/scratch.c %D%/scratch.h
tests_unit_test_retention_LDADD = $(test_libs)

unit_tests += tests/unit/test_layout
tests_unit_test_layout_SOURCES = tests/unit/test_layout.c
tests_unit_test_layout_LDADD = $(test_libs)

unit_tests += tests/unit/test_slug
tests_unit_test_slug_SOURCES = tests/unit/test_slug.c
tests_unit_test_slug_LDADD = $(test_libs)

unit_tests += tests/unit/test_record
tests_unit_test_record_SOURCES = tests/unit/test_record.c \
	tests/unit/sample_articles.c tests/unit/sample_articles.h
tests_unit_test_record_LDADD = $(test_libs)
EXTRA_DIST += tests/unit/record_schema

if HAVE_CODINGS
unit_tests += tests/unit/test_coding
tests_unit_test_coding_SOURCES = tests/unit/test_coding.c
tests_unit_test_coding_LDADD = $(test_libs)
else
EXTRA_DIST += tests/unit/test_coding.c
endif

unit_tests += tests/unit/test_address
tests_unit_test_address_SOURCES = tests/unit/test_address.c
tests_unit_test_address_LDADD = $(test_libs)

unit_tests += tests/unit/test_headers
tests_unit_test_headers_SOURCES = tests/unit/test_headers.c
tests_unit_test_headers_LDADD = $(test_libs)

unit_tests += tests/unit/test_redirect
tests_unit_test_redirect_SOURCES = tests/unit/test_redirect.c
tests_unit_test_redirect_LDADD = $(test_libs)

unit_tests += tests/unit/test_hosts
tests_unit_test_hosts_SOURCES = tests/unit/test_hosts.c
tests_unit_test_hosts_LDADD = $(test_libs)

unit_tests += tests/unit/test_channel
tests_unit_test_channel_SOURCES = tests/unit/test_channel.c
tests_unit_test_channel_LDADD = $(test_libs)
unit_tests += tests/unit/test_delivery
tests_unit_test_delivery_SOURCES = tests/unit/test_delivery.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_delivery_LDADD = $(test_libs)

unit_tests += tests/unit/test_files
tests_unit_test_files_SOURCES = tests/unit/test_files.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_files_LDADD = $(test_libs)

unit_tests += tests/unit/test_reader
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_reader_LDADD = $(test_libs)

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests) tests/unit/record_schema
endif

unit_tests += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c
tests_unit_test_store_LDADD = $(test_libs)

unit_tests += tests/unit/test_schedule
tests_unit_test_schedule_SOURCES = tests/unit/test_schedule.c
tests_unit_test_schedule_LDADD = $(test_libs)

unit_tests += tests/unit/test_html
tests_unit_test_html_SOURCES = tests/unit/test_html.c
tests_unit_test_html_LDADD = $(test_libs)

unit_tests += tests/unit/test_config_value
tests_unit_test_config_value_SOURCES = tests/unit/test_config_value.c
tests_unit_test_config_value_LDADD = $(test_libs)

unit_tests += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_config_CPPFLAGS = $(AM_CPPFLAGS) \
	-DABS_TOP_SRCDIR=\"$(abs_top_srcdir)\"
tests_unit_test_config_LDADD = $(test_libs)

unit_tests += tests/unit/test_expression
tests_unit_test_expression_SOURCES = tests/unit/test_expression.c
tests_unit_test_expression_LDADD = $(test_libs)

unit_tests += tests/unit/test_pattern
tests_unit_test_pattern_SOURCES = tests/unit/test_pattern.c
tests_unit_test_pattern_LDADD = $(test_libs)

unit_tests += tests/unit/test_rules
tests_unit_test_rules_SOURCES = tests/unit/test_rules.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_rules_LDADD = $(test_libs)

unit_tests += tests/unit/test_simhash
tests_unit_test_simhash_SOURCES = tests/unit/test_simhash.c
tests_unit_test_simhash_LDADD = $(test_libs)

unit_tests += tests/unit/test_near
tests_unit_test_near_SOURCES = tests/unit/test_near.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_near_LDADD = $(test_libs)

unit_tests += tests/unit/test_near_index
tests_unit_test_near_index_SOURCES = tests/unit/test_near_index.c
tests_unit_test_near_index_LDADD = $(test_libs)

unit_tests += tests/unit/test_opml
tests_unit_test_opml_SOURCES = tests/unit/test_opml.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_opml_LDADD = $(test_libs)

EXTRA_DIST += tests/unit/command_check
TESTS += tests/unit/command_check

unit_tests += tests/unit/test_schedule_month
tests_unit_test_schedule_month_SOURCES = %D%/test_schedule_month.c
tests_unit_test_schedule_month_LDADD = $(test_libs)

unit_tests += tests/unit/test_message
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_LDADD = $(test_libs)

if HAVE_GUMBO
unit_tests += tests/unit/test_html_gumbo
endif
tests_unit_test_html_gumbo_SOURCES = tests/unit/test_html_gumbo.c
tests_unit_test_html_gumbo_CPPFLAGS = $(AM_CPPFLAGS) $(GUMBO_CFLAGS)
tests_unit_test_html_gumbo_LDADD = $(test_libs) $(GUMBO_LIBS)

unit_tests += tests/unit/test_ingest
tests_unit_test_ingest_SOURCES = tests/unit/test_ingest.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_ingest_LDADD = $(test_libs)

unit_tests += tests/unit/test_poll
tests_unit_test_poll_SOURCES = tests/unit/test_poll.c \
	tests/unit/http_server.c tests/unit/http_server.h \
	tests/unit/http_site.c tests/unit/http_site.h
tests_unit_test_poll_LDADD = $(test_libs)

unit_tests += tests/unit/test_unstored
tests_unit_test_unstored_SOURCES = tests/unit/test_unstored.c
tests_unit_test_unstored_LDADD = $(test_libs)

unit_tests += tests/unit/test_pool
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c \
	tests/unit/http_server.c tests/unit/http_server.h \
	tests/unit/http_site.c tests/unit/http_site.h
tests_unit_test_pool_CPPFLAGS = $(AM_CPPFLAGS) -DNEWSPOOLD=\"$(abs_top_builddir)/newspoold\"
tests_unit_test_pool_LDADD = $(test_libs)
EXTRA_tests_unit_test_pool_DEPENDENCIES = newspoold

unit_tests += %D%/test_confine
tests_unit_test_confine_SOURCES = %D%/test_confine.c %D%/scratch.c %D%/scratch.h
tests_unit_test_confine_LDADD = $(test_libs)

unit_tests += %D%/test_pool_hostile
tests_unit_test_pool_hostile_SOURCES = %D%/test_pool_hostile.c
tests_unit_test_pool_hostile_LDADD = $(test_libs)

unit_tests += tests/unit/test_batch
tests_unit_test_batch_SOURCES = tests/unit/test_batch.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_batch_LDADD = $(test_libs)
unit_tests += tests/unit/test_config_memory
tests_unit_test_config_memory_SOURCES = tests/unit/test_config_memory.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_config_memory_LDADD = $(test_libs)
tests_unit_test_config_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc

unit_tests += tests/unit/test_terminal
tests_unit_test_terminal_SOURCES = tests/unit/test_terminal.c tools/terminal.c tools/terminal.h
tests_unit_test_terminal_LDADD = $(test_libs)

EXTRA_DIST += tests/unit/command_spool
TESTS += tests/unit/command_spool

unit_tests += tests/unit/test_command
tests_unit_test_command_SOURCES = tests/unit/test_command.c
tests_unit_test_command_LDADD = $(test_libs)

unit_tests += tests/unit/test_feed
tests_unit_test_feed_SOURCES = tests/unit/test_feed.c
tests_unit_test_feed_LDADD = $(test_libs)

unit_tests += tests/unit/test_feed_attack
tests_unit_test_feed_attack_SOURCES = tests/unit/test_feed_attack.c
tests_unit_test_feed_attack_LDADD = $(test_libs)

unit_tests += tests/unit/test_library
tests_unit_test_library_SOURCES = tests/unit/test_library.c
tests_unit_test_library_LDADD = lib/libnewspool.la

unit_tests += tests/unit/test_page
tests_unit_test_page_SOURCES = tests/unit/test_page.c
tests_unit_test_page_LDADD = $(test_libs)

unit_tests += tests/unit/test_clock_watch
tests_unit_test_clock_watch_SOURCES = tests/unit/test_clock_watch.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_clock_watch_LDADD = $(test_libs)

unit_tests += tests/unit/test_group
tests_unit_test_group_SOURCES = tests/unit/test_group.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_group_LDADD = $(test_libs)

unit_tests += tests/unit/test_store_rename
tests_unit_test_store_rename_SOURCES = tests/unit/test_store_rename.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_store_rename_LDADD = $(test_libs)

unit_tests += tests/unit/test_weave
tests_unit_test_weave_SOURCES = tests/unit/test_weave.c
tests_unit_test_weave_LDADD = $(test_libs)

unit_tests += tests/unit/test_edit
tests_unit_test_edit_SOURCES = tests/unit/test_edit.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_edit_LDADD = $(test_libs)

unit_tests += tests/unit/test_import
tests_unit_test_import_SOURCES = tests/unit/test_import.c \
	tools/import.h tools/import_newsboat.c tools/import_sfeed.c
tests_unit_test_import_LDADD = $(test_libs)

unit_tests += tests/unit/test_view_content
tests_unit_test_view_content_SOURCES = tests/unit/test_view_content.c
tests_unit_test_view_content_LDADD = $(test_libs)
CLEANFILES += test_pool.fds test_pool.fds.new

unit_tests += tests/unit/test_migration
tests_unit_test_migration_SOURCES = tests/unit/test_migration.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_migration_LDADD = $(test_libs)
EXTRA_DIST += tests/unit/stores
unit_tests += tests/unit/test_mail
tests_unit_test_mail_SOURCES = tests/unit/test_mail.c \
	tests/unit/sample_articles.c tests/unit/sample_articles.h
tests_unit_test_mail_LDADD = $(test_libs)

unit_tests += tests/unit/test_cursor
tests_unit_test_cursor_SOURCES = tests/unit/test_cursor.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_cursor_LDADD = $(test_libs)

unit_tests += tests/unit/test_queue
tests_unit_test_queue_SOURCES = tests/unit/test_queue.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_queue_LDADD = $(test_libs)

unit_tests += tests/unit/test_follow
tests_unit_test_follow_SOURCES = tests/unit/test_follow.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_follow_LDADD = $(test_libs)

unit_tests += tests/unit/test_feeds
tests_unit_test_feeds_SOURCES = tests/unit/test_feeds.c \
	tests/unit/conf_folder.c tests/unit/conf_folder.h
tests_unit_test_feeds_LDADD = $(test_libs)

unit_tests += tests/unit/test_sandbox
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c
tests_unit_test_sandbox_LDADD = $(test_libs)

unit_tests += tests/unit/test_held
tests_unit_test_held_SOURCES = tests/unit/test_held.c tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_held_LDADD = $(test_libs)

unit_tests += tests/unit/test_archive
tests_unit_test_archive_SOURCES = tests/unit/test_archive.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_archive_LDADD = $(test_libs)
unit_tests += tests/unit/test_words
tests_unit_test_words_SOURCES = tests/unit/test_words.c
tests_unit_test_words_LDADD = $(test_libs)

unit_tests += tests/unit/test_queue_limits
tests_unit_test_queue_limits_SOURCES = tests/unit/test_queue_limits.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_queue_limits_LDADD = $(test_libs)

unit_tests += tests/unit/test_quarantine
tests_unit_test_quarantine_SOURCES = tests/unit/test_quarantine.c \
	tests/unit/scratch.c tests/unit/scratch.h
tests_unit_test_quarantine_LDADD = $(test_libs)

unit_tests += tests/unit/test_log_rate
tests_unit_test_log_rate_SOURCES = tests/unit/test_log_rate.c
tests_unit_test_log_rate_LDADD = $(test_libs)
