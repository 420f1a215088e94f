lib_libnpcore_la_SOURCES += \
	%D%/layout.h \
	%D%/record.h
