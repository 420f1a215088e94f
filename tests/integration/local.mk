# tests/integration: the running daemon, by pytest. ./runtests runs it; so does make integration.
EXTRA_DIST += %D%/conftest.py %D%/test_bad_input.py %D%/test_corpus.py %D%/test_main_job.py \
	%D%/test_quickstart.py %D%/test_readme.py

.PHONY: integration
integration: all
	NEWSPOOL_BUILD='$(abs_top_builddir)' /usr/bin/python3 -m pytest -q -p no:cacheprovider \
		'$(abs_top_srcdir)/tests/integration'
