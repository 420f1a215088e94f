daemon_libnpdaemon_la_SOURCES += \
	%D%/adopt.c %D%/adopt.h \
	%D%/archive.c %D%/archive.h \
	%D%/batch.c %D%/batch.h \
	%D%/clock_watch.c %D%/clock_watch.h \
	%D%/command.c %D%/command.h \
	%D%/confine.c %D%/confine.h \
	%D%/cursors.c %D%/cursors.h \
	%D%/day.c %D%/day.h \
	%D%/delivery.c %D%/delivery.h \
	%D%/delivery_open.c %D%/delivery_open.h \
	%D%/emit.c %D%/emit.h \
	%D%/feeds.c %D%/feeds.h \
	%D%/files.c %D%/files.h \
	%D%/folders.c %D%/folders.h \
	%D%/ground.c %D%/ground.h \
	%D%/group.c %D%/group.h \
	%D%/held.c %D%/held.h \
	%D%/hold.c %D%/hold.h \
	%D%/identity.c %D%/identity.h \
	%D%/ingest.c %D%/ingest.h \
	%D%/lock.c %D%/lock.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/mailing.c %D%/mailing.h \
	%D%/near.c %D%/near.h \
	%D%/near_index.c %D%/near_index.h \
	%D%/notify.c %D%/notify.h \
	%D%/outcome.c %D%/outcome.h \
	%D%/poll.c %D%/poll.h \
	%D%/poll_table.c %D%/poll_table.h \
	%D%/polling.c %D%/polling.h \
	%D%/pool.c %D%/pool.h \
	%D%/pool_fetcher.c %D%/pool_fetcher.h \
	%D%/pool_process.c %D%/pool_process.h \
	%D%/pool_table.c %D%/pool_table.h \
	%D%/quarantine.c %D%/quarantine.h \
	%D%/queue_limits.c %D%/queue_limits.h \
	%D%/recovery.c %D%/recovery.h \
	%D%/remember.c %D%/remember.h \
	%D%/report.c %D%/report.h \
	%D%/retention.c %D%/retention.h \
	%D%/rules.c %D%/rules.h \
	%D%/schedule.c %D%/schedule.h \
	%D%/secret.c %D%/secret.h \
	%D%/sequence.c %D%/sequence.h \
	%D%/staging.c %D%/staging.h \
	%D%/starter.c %D%/starter.h \
	%D%/unstored.c %D%/unstored.h \
	%D%/store.c %D%/store.h \
	%D%/store_archives.c \
	%D%/store_articles.c \
	%D%/store_configured.c \
	%D%/store_feeds.c \
	%D%/store_group.c \
	%D%/store_held.c %D%/store_held.h \
	%D%/store_holds.c \
	%D%/store_list.c \
	%D%/store_steer.c \
	%D%/store_look.c %D%/store_look.h \
	%D%/store_migrate.c %D%/store_migrate.h \
	%D%/store_rename.c \
	%D%/store_rows.h \
	%D%/store_rules.c \
	%D%/store_sqlite.c %D%/store_sqlite.h \
	%D%/store_view.c %D%/store_view.h \
	%D%/tags.c %D%/tags.h

# The named statements and the schema, from their .sql files.
store_sql = $(top_srcdir)/%D%/statements.awk $(top_srcdir)/%D%/schema.sql $(top_srcdir)/%D%/store.sql
%D%/store_sql.h: $(store_sql)
	$(AM_V_GEN)$(MKDIR_P) %D% && $(AWK) -f $(store_sql) >$@.tmp && mv $@.tmp $@
%D%/store.lo \
%D%/store_archives.lo \
%D%/store_articles.lo \
%D%/store_configured.lo \
%D%/store_feeds.lo \
%D%/store_group.lo \
%D%/store_held.lo \
%D%/store_holds.lo \
%D%/store_list.lo \
%D%/store_look.lo \
%D%/store_migrate.lo \
%D%/store_rename.lo \
%D%/store_rules.lo \
%D%/store_steer.lo \
%D%/store_view.lo \
%D%/store_sqlite.lo: %D%/store_sql.h
nodist_daemon_libnpdaemon_la_SOURCES = %D%/store_sql.h
BUILT_SOURCES += %D%/store_sql.h
CLEANFILES += %D%/store_sql.h
EXTRA_DIST += %D%/statements.awk %D%/schema.sql %D%/store.sql
