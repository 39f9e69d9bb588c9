/* SPDX-License-Identifier: MIT */
/*
 * Epochs of a company that are listed with it no longer: fetched page by page, each believed by the hash that the one after it
 * names. Only what is that old needs them.
 */
#ifndef CLI_PAST_H
#define CLI_PAST_H

#include <stdint.h>

#include "base/err.h"
#include "cli/session.h"
#include "record/company.pb-c.h"
#include "trust/company.h"

/*
 * Makes company know the epoch of that number, and the one that was current at that time (UINT64_MAX: now). company: met before
 * (cli/pins.h); what is fetched lives in the call's arena. Errors are told.
 */
int cli_past_reach(struct cli_session *s, ProtobufCBinaryData slug, struct trust_company *company, uint32_t number,
    uint64_t time_ms) ERR_CHECK;

#endif
