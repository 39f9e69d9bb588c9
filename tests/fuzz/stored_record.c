/* SPDX-License-Identifier: MIT */
/*
 * Stored records as the store unpacks and checks them. The first byte chooses the message of record/stored.proto.
 */
#include "fuzz/fuzz.h"
#include "fuzz/message.h"
#include "record/stored.pb-c.h"

#define BYTES_MAX (2U << 20)
#define ARENA_MAX (4U << 20)

static const ProtobufCMessageDescriptor *const types[] = {
	&provision__stored_account__descriptor, &provision__stored_pins__descriptor, &provision__stored_session__descriptor,
	&provision__stored_nonce__descriptor, &provision__stored_registration__descriptor,
	&provision__stored_company__descriptor, &provision__stored_member__descriptor,
	&provision__stored_invitation__descriptor, &provision__stored_subscription__descriptor,
	&provision__stored_party__descriptor, &provision__stored_entry__descriptor, &provision__stored_part__descriptor,
	&provision__stored_package__descriptor, &provision__stored_header__descriptor,
	&provision__stored_file_page__descriptor, &provision__stored_upload__descriptor,
	&provision__stored_provenance__descriptor, &provision__stored_mail__descriptor, &provision__stored_pin_page__descriptor,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct ipc_message row = {
		.descriptor = types[data[0] % (sizeof(types) / sizeof(types[0]))], .bytes_max = BYTES_MAX, .arena_max = ARENA_MAX,
	};
	message_try(&row, view_of(data + 1, size - 1));
	return 0;
}
