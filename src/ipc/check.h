/* SPDX-License-Identifier: MIT */
/*
 * Applies the limits annotated in the .proto files to a message in memory, nested ones included: lengths,
 * UTF-8, list counts, required parts, enum and value ranges, no unknown fields. For what came from outside
 * (done by ipc_message_unpack()), for what will be sent, and for stored records.
 */
#ifndef IPC_CHECK_H
#define IPC_CHECK_H

#include "base/err.h"

struct ProtobufCMessage;

/* The first field found wrong: "provision.Caller.session". Static memory. */
struct ipc_check_fault {
	const char *message;
	const char *field;      /* "(unknown)" for an unknown field */
};

/* ERR_LIMIT: too long, too many, too large. ERR_SYNTAX: everything else. fault_r may be NULL. */
int ipc_check(const struct ProtobufCMessage *m, struct ipc_check_fault *fault_r) ERR_CHECK;

#endif
