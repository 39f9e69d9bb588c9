# SPDX-License-Identifier: MIT
# Turns FORMAT.md into the lines of a C string, for archive/readme.c.
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\"" $0 "\\n\""
}
