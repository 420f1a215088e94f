# statements.awk: SQL files → a C header with each named statement and each migration as a text.
#
# "-- name: x" begins the statement STORE_X; "-- migration: N" begins the script to version N.
# Comments are left out. Statement texts stand in store_statements[], indexed by the enum; scripts
# in store_migrations[], from version 1 on.

function quoted(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\t\t\"" text "\\n\"\n"
}

/^-- name: / {
	names[++n_names] = toupper($3)
	kind = "name"
	next
}
/^-- migration: / {
	if ($3 != ++n_migrations) {
		print FILENAME ": migrations must be numbered from 1" > "/dev/stderr"
		exit 1
	}
	kind = "migration"
	next
}
{
	sub(/--.*$/, "")
	sub(/[ \t]+$/, "")
}
/^$/ { next }
kind == "name" { statements[n_names] = statements[n_names] quoted($0) }
kind == "migration" { migrations[n_migrations] = migrations[n_migrations] quoted($0) }

END {
	print "/* Made from the .sql files by statements.awk. */"
	print "enum store_statement {"
	for (i = 1; i <= n_names; i++)
		print "\tSTORE_" names[i] ","
	print "\tSTORE_STATEMENTS"
	print "};"
	print "#define STORE_VERSION " n_migrations
	print "#ifdef STORE_SQL_STATEMENTS"
	print "static const char *const store_statements[] = {"
	for (i = 1; i <= n_names; i++)
		printf "\t/* %s */\n%s\t\t,\n", names[i], statements[i]
	print "};"
	print "#endif"
	print "#ifdef STORE_SQL_MIGRATIONS"
	print "static const char *const store_migrations[] = {"
	for (i = 1; i <= n_migrations; i++)
		printf "%s\t\t,\n", migrations[i]
	print "};"
	print "#endif"
}
