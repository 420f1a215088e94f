# What is installed beside the programs: unit files with the paths of this build, and the sample feeds
# that quickstart serves (not installed).
EXTRA_DIST += %D%/newspoold.service.in %D%/newspool.sysusers %D%/newspool.tmpfiles \
	%D%/sample/feeds.txt %D%/sample/brokers.json %D%/sample/commodities.atom \
	%D%/sample/european-markets.xml %D%/sample/security.xml %D%/sample/semiconductors.atom \
	%D%/sample/stocks.rdf %D%/sample/technology.xml \
	scripts/packages scripts/packages.txt scripts/source-tree

conf/newspoold.service: conf/newspoold.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's,@sbindir\@,$(sbindir),g' \
		-e 's,@sysconfdir\@,$(sysconfdir),g' $(srcdir)/conf/newspoold.service.in > $@.tmp && mv $@.tmp $@
CLEANFILES += conf/newspoold.service

if WITH_SYSTEMD
systemdsystemunit_DATA = conf/newspoold.service
install-data-hook: install-systemd-files
uninstall-hook: uninstall-systemd-files
endif

# sysusers.d and tmpfiles.d both want a file named newspool.conf.
.PHONY: install-systemd-files uninstall-systemd-files
install-systemd-files:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) $(srcdir)/conf/newspool.sysusers '$(DESTDIR)$(sysusersdir)/newspool.conf'
	$(INSTALL_DATA) $(srcdir)/conf/newspool.tmpfiles '$(DESTDIR)$(tmpfilesdir)/newspool.conf'
uninstall-systemd-files:
	rm -f '$(DESTDIR)$(sysusersdir)/newspool.conf' '$(DESTDIR)$(tmpfilesdir)/newspool.conf'

# What a record is: for tools that want to check what they read.
dist_pkgdata_DATA = %D%/article.schema.json
