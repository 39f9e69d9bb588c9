# SPDX-License-Identifier: MIT
# Turns the files of this folder into the C table page_files[]: name (without folder), content.
BEGIN { print "/* Generated from web/pages/ by embed.awk. */" }
FNR == 1 {
	if (NR > 1) print "\t\"\" },"
	name = FILENAME
	sub(/.*\//, "", name)
	printf "\t{ \"%s\",\n", name
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	printf "\t  \"%s\\n\"\n", $0
}
END { print "\t\"\" }," }
