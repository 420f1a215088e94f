# tests/integration: the running daemon, by pytest. ./runtests runs it; so does make integration.
EXTRA_DIST += \
	%D%/CHECKS.md %D%/apart.py %D%/browser.py %D%/conftest.py %D%/near_texts.py \
	%D%/test_archive.py %D%/test_backup.py %D%/test_bad_input.py \
	%D%/test_checks_conditional.py %D%/test_checks_list.py %D%/test_checks_more.py \
	%D%/test_checks_network.py %D%/test_checks_redirects.py %D%/test_checks_schedule.py \
	%D%/test_checks_transfer.py %D%/test_chromium.py %D%/test_complaints.py \
	%D%/test_completion.py %D%/test_consumers.py %D%/test_contained.py \
	%D%/test_control.py %D%/test_corpus.py %D%/test_crash.py %D%/test_deliver.py \
	%D%/test_delta.py %D%/test_discovery.py %D%/test_doctor.py %D%/test_export_valid.py \
	%D%/test_fsck.py %D%/test_health.py %D%/test_held.py %D%/test_hooks.py \
	%D%/test_http2.py %D%/test_limits.py %D%/test_log.py %D%/test_mail.py \
	%D%/test_main_job.py %D%/test_many_feeds.py %D%/test_memcheck.py %D%/test_million.py \
	%D%/test_mishaps.py %D%/test_near.py %D%/test_nginx.py %D%/test_opml.py \
	%D%/test_page.py %D%/test_planted.py %D%/test_probes.py %D%/test_proxy.py \
	%D%/test_queues.py %D%/test_quickstart.py %D%/test_readers.py %D%/test_readme.py \
	%D%/test_reload.py %D%/test_resolver.py %D%/test_rules.py %D%/test_secrets.py \
	%D%/test_service.py %D%/test_soak.py %D%/test_spool_tools.py %D%/test_steering.py \
	%D%/test_strace.py %D%/test_subscriptions.py %D%/test_yardstick.py %D%/web.py

.PHONY: integration
integration: all
	NEWSPOOL_BUILD='$(abs_top_builddir)' /usr/bin/python3 -m pytest -q -p no:cacheprovider \
		'$(abs_top_srcdir)/tests/integration'
