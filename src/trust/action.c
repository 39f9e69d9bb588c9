/* SPDX-License-Identifier: MIT */
/*
 * Signed actions: clients sign, the store verifies before it does what cannot be undone.
 */
#include "trust/action.h"

#include <stdbool.h>

#include "base/encoder.h"
#include "crypt/hash.h"

#define PURPOSE "provision/1/action"
#define MESSAGE_MAX 256

static bool
is_name(struct view name)
{
	if (name.len == 0 || name.len > TRUST_ACTION_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!(name.data[i] >= 'a' && name.data[i] <= 'z') && name.data[i] != '-')
			return false;
	return true;
}

/* block(name) || account || subject || nonce || hash of the parameters */
static int
message_of(const struct trust_action *action, struct buf *out)
{
	if (!is_name(action->name) || action->nonce.len != TRUST_ACTION_NONCE_BYTES)
		return ERR_SYNTAX;
	struct hash parameters = crypt_hash("provision/1/action-parameters", action->parameters);
	struct encoder e = encoder_of(out);
	encoder_block(&e, action->name);
	encoder_bytes(&e, action->account.bytes, ID_BYTES);
	encoder_bytes(&e, action->subject.bytes, ID_BYTES);
	encoder_view(&e, action->nonce);
	encoder_bytes(&e, parameters.bytes, sizeof(parameters.bytes));
	return encoder_end(&e);
}

int
trust_action_parameters(const struct view *fields, size_t n, struct buf *out)
{
	struct encoder e = encoder_of(out);
	for (size_t i = 0; i < n; i++)
		encoder_block(&e, fields[i]);
	return encoder_end(&e);
}

int
trust_action_sign(const struct trust_action *action, const struct secret *sign_private, struct signature *sig_r)
{
	struct buf message;
	buf_init(&message, MESSAGE_MAX);
	int err = message_of(action, &message);
	if (err == 0)
		*sig_r = crypt_sign(sign_private, PURPOSE, buf_view(&message));
	buf_deinit(&message);
	return err;
}

int
trust_action_verify(const struct trust_action *action, const struct sign_public *key, const struct signature *sig)
{
	struct buf message;
	buf_init(&message, MESSAGE_MAX);
	int err = message_of(action, &message);
	if (err == 0)
		err = crypt_sign_verify(key, PURPOSE, buf_view(&message), sig);
	buf_deinit(&message);
	return err;
}
