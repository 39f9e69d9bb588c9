/* SPDX-License-Identifier: MIT */
/*
 * People with a second factor and app passwords at the desk.
 */
#ifndef TESTS_STORE_DESK_SECOND_H
#define TESTS_STORE_DESK_SECOND_H

#include "store/desk.h"

/* An app that has taken a secret. */
struct app {
	uint8_t secret[20];
};

int desk_second_session(struct desk *d, const struct person *p);
/* The code of the step that many after the present one; in the desk's arena. */
ProtobufCBinaryData desk_second_code(struct desk *d, const struct app *app, int steps);
/* Turned on, with the mail taken. */
Provision__BackupCodesReply *desk_second_turn_on(struct desk *d, const struct person *p, struct app *app_r);
/* desk_login() with a code. */
int desk_second_login(struct desk *d, const struct person *p, ProtobufCBinaryData code);
/* Made with that code of the second factor, with the mail taken. */
Provision__AppPasswordCreateReply *desk_second_app_password(struct desk *d, const struct person *p, ProtobufCBinaryData code);
/* What a mail program's name and password are worth: 0 and the account, or an error. */
int desk_second_check(struct desk *d, const char *email, ProtobufCBinaryData password, struct id *account_r);

#endif
