# Manual pages, in mdoc.
dist_man_MANS += man/newspool.1 man/newspoold.8
dist_man_MANS += man/newspool.conf.5
dist_man_MANS += man/newspool-spool.5
dist_man_MANS += man/libnewspool.3
