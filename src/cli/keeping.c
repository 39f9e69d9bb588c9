/* SPDX-License-Identifier: MIT */
/*
 * Kept records by the account's own key. Knows no verb. cli/send.c, cli/receive.c, cli/prove.c and cli/judge.c call it.
 */
#include "cli/keeping.h"

#include "cli/server.h"
#include "trust/wrap.h"

int
cli_keeping_seal(struct cli_session *s, const struct secret *key, const struct package_seal *seal, ProtobufCBinaryData *kept_r)
{
	struct secret *kept_key = trust_wrap_kept_key(&s->login.account, &s->login.keys);
	struct package_kept kept = { secret_copy(key), seal->header_hash, seal->content_root, seal->recipient };
	struct buf out;
	buf_init(&out, PACKAGE_KEPT_BYTES);
	int err = package_kept_seal(&kept, &seal->package, kept_key, &out);
	if (err == 0)
		*kept_r = cli_server_bytes(arena_dup(s->call->arena, buf_view(&out)));
	else
		err = tool_verb_fail(s->call, err, "what is needed to prove the files later cannot be kept: %s", err_text(err));
	buf_deinit(&out);
	secret_free(&kept.key);
	secret_free(&kept_key);
	return err;
}

int
cli_keeping_open(struct cli_session *s, const struct id *package, ProtobufCBinaryData kept, struct package_kept *k_r)
{
	if (kept.len == 0)
		return ERR_NOT_FOUND;
	struct secret *kept_key = trust_wrap_kept_key(&s->login.account, &s->login.keys);
	int err = package_kept_open(cli_server_view(kept), package, kept_key, k_r);
	secret_free(&kept_key);
	return err;
}
