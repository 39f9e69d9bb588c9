# SPDX-License-Identifier: MIT
# C without comments and without the insides of strings; lines keep their numbers.
# With -v keep_strings=1 only comments go.
{
	out = ""
	n = length($0)
	quote = ""
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		two = substr($0, i, 2)
		if (in_comment) {
			if (two == "*/") { in_comment = 0; i++ }
		} else if (quote != "") {
			if (c == "\\") { if (keep_strings) out = out two; i++; continue }
			if (c == quote) { quote = ""; out = out c } else if (keep_strings) out = out c
		} else if (two == "/*") {
			in_comment = 1; i++
		} else if (two == "//") {
			break
		} else {
			if (c == "\"" || c == "'") quote = c
			out = out c
		}
	}
	print out
}
