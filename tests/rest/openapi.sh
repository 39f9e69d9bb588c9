#!/bin/sh
# SPDX-License-Identifier: MIT
# The committed OpenAPI description is what the table of operations says.
"$TOP_BUILDDIR/src/openapi-tool" | diff - "$TOP_SRCDIR/src/rest/openapi.json" >&2 ||
	{ echo "src/rest/openapi.json is not what openapi-tool prints" >&2; exit 1; }
