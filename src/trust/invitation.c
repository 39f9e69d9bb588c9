/* SPDX-License-Identifier: MIT */
/*
 * The MAC that binds a new member's keys to the secret it was given outside the service. Clients only: the server passes
 * the MAC on and cannot make one.
 */
#include "trust/invitation.h"

#include "base/encoder.h"
#include "base/fatal.h"
#include "crypt/derive.h"
#include "crypt/keyhash.h"

#define MESSAGE_MAX 256

struct secret *
trust_invitation_secret(void)
{
	return secret_random(TRUST_INVITATION_SECRET_BYTES);
}

struct secret *
trust_invitation_token(const struct id *invitation, const struct secret *secret)
{
	require(secret_len(secret) == TRUST_INVITATION_SECRET_BYTES);
	return crypt_derive(secret, "provision/1/customer-invitation-token", id_view(invitation));
}

struct hash
trust_invitation_mac(const struct trust_invitation *invitation, const struct secret *secret,
    const struct trust_account *member)
{
	struct buf message;
	require(secret_len(secret) == TRUST_INVITATION_SECRET_BYTES);
	buf_init(&message, MESSAGE_MAX);
	struct encoder e = encoder_of(&message);
	encoder_bytes(&e, invitation->invitation.bytes, ID_BYTES);
	encoder_bytes(&e, invitation->company.bytes, ID_BYTES);
	encoder_bytes(&e, invitation->root.bytes, sizeof(invitation->root.bytes));
	encoder_u8(&e, (uint8_t)invitation->role);
	encoder_bytes(&e, member->account.bytes, ID_BYTES);
	encoder_bytes(&e, member->fingerprint.bytes, sizeof(member->fingerprint.bytes));
	require(encoder_end(&e) == 0);
	struct secret *key = crypt_derive(secret, "provision/1/member-invitation-key", view_of(NULL, 0));
	struct hash mac = crypt_keyhash(key, "provision/1/member-invitation", buf_view(&message));
	secret_free(&key);
	buf_deinit(&message);
	return mac;
}

int
trust_invitation_check(const struct trust_invitation *invitation, const struct secret *secret,
    const struct trust_account *member, const struct hash *mac)
{
	struct hash expected = trust_invitation_mac(invitation, secret, member);
	return crypt_hash_equal(&expected, mac) ? 0 : ERR_TRUST;
}
