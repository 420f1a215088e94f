bin_PROGRAMS += newspool
newspool_SOURCES = %D%/newspool.c \
	%D%/cmd_feed.c %D%/cmd_feeds.c %D%/cmd_pause.c %D%/cmd_poll.c %D%/cmd_reload.c \
	%D%/cmd_reset.c %D%/cmd_resume.c %D%/cmd_status.c %D%/cmd_undo_move.c \
	%D%/cmd_doctor.c %D%/diagnosis.c %D%/diagnosis.h \
	%D%/doctor_feeds.c %D%/doctor_feeds.h \
	%D%/doctor_network.c %D%/doctor_network.h %D%/doctor_system.c %D%/doctor_system.h \
	%D%/control_client.c %D%/control_client.h \
	%D%/feed_list.c %D%/feed_list.h \
	%D%/feed_table.c %D%/feed_table.h \
	%D%/steer.c %D%/steer.h \
	%D%/watch.c %D%/watch.h \
	%D%/cmd_ack.c \
	%D%/backup_copy.c %D%/backup_copy.h \
	%D%/cmd_add.c \
	%D%/cmd_backup.c \
	%D%/cmd_cat.c \
	%D%/cmd_check.c \
	%D%/cmd_deliver.c \
	%D%/cmd_completion.c \
	%D%/cmd_export.c \
	%D%/cmd_fetch.c \
	%D%/cmd_fsck.c \
	%D%/cmd_held.c \
	%D%/cmd_hooks.c \
	%D%/cmd_import.c \
	%D%/cmd_ls.c \
	%D%/cmd_parse.c \
	%D%/cmd_queues.c \
	%D%/cmd_recent.c \
	%D%/cmd_remove.c \
	%D%/cmd_rename.c \
	%D%/cmd_rules.c \
	%D%/cmd_show.c \
	%D%/cmd_tag.c \
	%D%/cmd_tail.c \
	%D%/cmd_why.c \
	%D%/command.c %D%/command.h \
	%D%/completion.c %D%/completion.h \
	%D%/export_articles.c %D%/export_articles.h \
	%D%/export_feed.c %D%/export_feed.h %D%/export_json.c \
	%D%/export_valid.c %D%/export_valid.h \
	%D%/export_opml.c %D%/export_opml.h \
	%D%/filter.c %D%/filter.h \
	%D%/handler.c %D%/handler.h \
	%D%/hook_files.c %D%/hook_files.h \
	%D%/hook_post.c %D%/hook_post.h \
	%D%/hook_queue.c %D%/hook_queue.h \
	%D%/hook_run.c %D%/hook_run.h \
	%D%/import.h \
	%D%/import_list.c %D%/import_list.h \
	%D%/import_newsboat.c \
	%D%/import_opml.c %D%/import_opml.h \
	%D%/import_sfeed.c \
	%D%/links.c %D%/links.h \
	%D%/lmtp.c %D%/lmtp.h \
	%D%/message.c %D%/message.h \
	%D%/operand.c %D%/operand.h \
	%D%/output.c %D%/output.h \
	%D%/pager.c %D%/pager.h \
	%D%/probe.c %D%/probe.h \
	%D%/queue_option.c %D%/queue_option.h \
	%D%/reading.c %D%/reading.h \
	%D%/rules_test.c %D%/rules_test.h \
	%D%/sendmail.c %D%/sendmail.h \
	%D%/slugs.c %D%/slugs.h \
	%D%/fsck.h %D%/fsck_repair.c %D%/fsck_spool.c \
	%D%/spool_option.c %D%/spool_option.h \
	%D%/subscription.c %D%/subscription.h \
	%D%/subscription_edit.c \
	%D%/terminal.c %D%/terminal.h
newspool_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
newspool_LDFLAGS = $(AM_LDFLAGS) -pie

# Completion, made by newspool itself of its table of commands, where the shells look for it.
completions = %D%/completions/newspool %D%/completions/_newspool %D%/completions/newspool.fish
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = %D%/completions/newspool
nodist_zshcompletion_DATA = %D%/completions/_newspool
nodist_fishcompletion_DATA = %D%/completions/newspool.fish
CLEANFILES += $(completions)

%D%/completions/newspool: newspool$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D%/completions && ./newspool$(EXEEXT) completion bash >$@
%D%/completions/_newspool: newspool$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D%/completions && ./newspool$(EXEEXT) completion zsh >$@
%D%/completions/newspool.fish: newspool$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D%/completions && ./newspool$(EXEEXT) completion fish >$@

# The module for Python: pip install tools/python.
EXTRA_DIST += %D%/python/pyproject.toml %D%/python/wheel_backend.py %D%/python/README.md \
	%D%/python/newspool/__init__.py %D%/python/newspool/_cursor.py %D%/python/newspool/_follow.py \
	%D%/python/newspool/_inotify.py %D%/python/newspool/_names.py %D%/python/newspool/_queue.py \
	%D%/python/newspool/_slugs.py %D%/python/newspool/_spool.py %D%/python/newspool/py.typed %D%/python/tests/test_newspool.py
