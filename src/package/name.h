/* SPDX-License-Identifier: MIT */
/*
 * File names: what a manifest may contain, how a name is shown, and under which name it is written here. Names are raw
 * bytes, kept exactly; only the last step changes them.
 */
#ifndef PACKAGE_NAME_H
#define PACKAGE_NAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/* Longest component, as most file systems have it. */
#define PACKAGE_NAME_MAX 255

/*
 * A path as a manifest may hold it: relative, 1..PACKAGE_PATH_MAX bytes, components of 1..PACKAGE_NAME_MAX bytes
 * joined by single '/', none of them "." or "..", no NUL, at most 64 components. ERR_SYNTAX otherwise.
 */
int package_name_check(struct view path) ERR_CHECK;
/* Tree order: byte order with '/' below everything. <0, 0, >0. */
int package_name_compare(struct view a, struct view b);
/* For people: controls, bidi controls and invalid bytes escaped; never empty. */
int package_name_display(struct view path, struct buf *out) ERR_CHECK;

/* Names given out so far in one target folder tree. */
struct package_names;

struct package_names *package_names_new(void);
void package_names_free(struct package_names **n);
/*
 * The local relative path for a (checked) manifest path, appended to out. Each component: invalid UTF-8, controls, bidi controls
 * and < > : " \ | ? * become %XX; a trailing dot or space too; names that other systems refuse (CON, NUL, COM1, ...) get a "_"
 * behind the stem; too long ones are cut before the extension. A component that would meet another one in the same
 * folder (equal, or equal up to case or Unicode normalisation) gets " (2)", " (3)", ... before its extension. The
 * same path given twice gives the same answer, and what is in a folder goes where the folder went.
 * ERR_SYNTAX: package_name_check() refuses the path. ERR_LIMIT: out is full.
 */
int package_names_local(struct package_names *n, struct view path, struct buf *out) ERR_CHECK;
/* Whether the last answer differs from the manifest's path (and the person should be told). */
bool package_names_is_changed(const struct package_names *n);

#endif
