# A text file as a C string: -v name=NAME. Tabs at the beginning of lines and empty lines are left out.
BEGIN { printf "/* Made by text.awk. */\nstatic const char %s[] =", name }
{
	sub(/^\t+/, "")
	if ($0 == "")
		next
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	printf "\n\t\"%s\\n\"", $0
}
END { print ";" }
