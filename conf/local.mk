# What is installed beside the programs: unit files with the paths of this build, and the sample feeds
# that quickstart serves (not installed).
EXTRA_DIST += %D%/newspoold-control.socket %D%/newspoold-metrics.socket %D%/newspoold.service.in %D%/newspool-hooks.service.in %D%/newspool.sysusers %D%/newspool.tmpfiles \
	%D%/sample/feeds.txt %D%/sample/brokers.json %D%/sample/commodities.atom \
	%D%/sample/european-markets.xml %D%/sample/security.xml %D%/sample/semiconductors.atom \
	%D%/sample/stocks.rdf %D%/sample/technology.xml \
	scripts/packages scripts/packages.txt scripts/source-tree

conf/%.service: conf/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's,@sbindir\@,$(sbindir),g' -e 's,@bindir\@,$(bindir),g' \
		-e 's,@sysconfdir\@,$(sysconfdir),g' '$<' > $@.tmp && mv $@.tmp $@
CLEANFILES += conf/newspoold.service conf/newspool-hooks.service

if WITH_SYSTEMD
systemdsystemunit_DATA = conf/newspoold.service conf/newspool-hooks.service %D%/newspoold-control.socket \
	%D%/newspoold-metrics.socket
np_systemd_install = install-systemd-files
np_systemd_uninstall = uninstall-systemd-files
endif

install-data-hook: install-configuration $(np_systemd_install)
uninstall-hook: uninstall-configuration $(np_systemd_uninstall)

# The configuration is the operator's: what is there is not replaced, and removed only unchanged.
np_configuration = newspool.conf feeds.opml
EXTRA_DIST += %D%/newspool.conf %D%/feeds.opml
.PHONY: install-configuration uninstall-configuration
install-configuration:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/newspool'
	@for file in $(np_configuration); do \
		to='$(DESTDIR)$(sysconfdir)'/newspool/$$file; \
		if test -e "$$to"; then echo "$$to: kept as it is"; \
		else $(INSTALL_DATA) $(srcdir)/conf/$$file "$$to" || exit 1; fi; \
	done
uninstall-configuration:
	@for file in $(np_configuration); do \
		to='$(DESTDIR)$(sysconfdir)'/newspool/$$file; \
		if cmp -s $(srcdir)/conf/$$file "$$to"; then rm -f "$$to"; \
		elif test -e "$$to"; then echo "$$to: changed, left there"; fi; \
	done; rmdir '$(DESTDIR)$(sysconfdir)/newspool' 2>/dev/null || :

# sysusers.d and tmpfiles.d both want a file named newspool.conf.
.PHONY: install-systemd-files uninstall-systemd-files
install-systemd-files:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) $(srcdir)/conf/newspool.sysusers '$(DESTDIR)$(sysusersdir)/newspool.conf'
	$(INSTALL_DATA) $(srcdir)/conf/newspool.tmpfiles '$(DESTDIR)$(tmpfilesdir)/newspool.conf'
uninstall-systemd-files:
	rm -f '$(DESTDIR)$(sysusersdir)/newspool.conf' '$(DESTDIR)$(tmpfilesdir)/newspool.conf'

# What a record is: for tools that want to check what they read.
dist_pkgdata_DATA = %D%/article.schema.json %D%/openapi.yaml

# For who watches it: a Grafana dashboard and alert rules over /metrics, and the rules' tests.
prometheusdir = $(pkgdatadir)/prometheus
dist_prometheus_DATA = %D%/prometheus/alerts.yaml %D%/prometheus/dashboard.json
EXTRA_DIST += %D%/prometheus/alerts-test.yaml
