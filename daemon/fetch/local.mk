daemon_libnpdaemon_la_SOURCES += \
	%D%/address.c %D%/address.h \
	%D%/answer.c %D%/answer.h \
	%D%/body.c %D%/body.h \
	%D%/coding.h %D%/coding_kind.h \
	%D%/fetcher.c %D%/fetcher.h \
	%D%/headers.c %D%/headers.h \
	%D%/hosts.c %D%/hosts.h \
	%D%/http.c %D%/http.h \
	%D%/http_easy.c %D%/http_easy.h \
	%D%/page.c %D%/page.h \
	%D%/poll.c %D%/poll.h \
	%D%/poll_request.c %D%/poll_request.h \
	%D%/redirect.c %D%/redirect.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/syscalls.c %D%/syscalls.h

if HAVE_CODINGS
daemon_libnpdaemon_la_SOURCES += %D%/coding.c %D%/coding_brotli.c %D%/coding_zlib.c %D%/coding_zstd.c
else
daemon_libnpdaemon_la_SOURCES += %D%/coding_curl.c
endif
