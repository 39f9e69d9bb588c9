# SPDX-License-Identifier: MIT
"""The signed formats of trust/FORMAT.md and package/FORMAT.md, made in Python: what a client brings to the API, and
with every field open to a test that wants it wrong. What only recipients could open is random bytes here."""

import copy
import base64
import hashlib
import os
import struct
import time

from nacl.public import PrivateKey
from nacl.signing import SigningKey

CUSTOMER, COMPANY, GATEWAY = 1, 2, 3
OWNER, AGENT = 1, 2
CHUNK = 1 << 20


def now_ms():
    return int(time.time() * 1000)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def id_text(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def id_bytes(text):
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


def new_id():
    return os.urandom(16)


def u8(n):
    return struct.pack(">B", n)


def u16(n):
    return struct.pack(">H", n)


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def block(data):
    return u32(len(data)) + data


def blake(purpose, data):
    return hashlib.blake2b(purpose.encode() + b"\0" + data, digest_size=32).digest()


def package_id(subscription, start=None):
    """A new one of a subscription."""
    start = start or os.urandom(10)
    return start + blake("provision/1/package-id", subscription + start)[:6]


def sign(key, purpose, data):
    return key.sign(purpose.encode() + b"\0" + data).signature


def padded(n):
    """Padmé, at least 4096."""
    n = max(n, 4096)
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


class Keys:
    """An account's key pairs and its statement, the first of its line unless told otherwise."""

    def __init__(self, account=None, number=1, version=1):
        self.account, self.number = account or new_id(), number
        self.sign, self.box = SigningKey.generate(), PrivateKey.generate()
        body = (b"PVas" + u16(version) + self.account + u32(number) + bytes(self.box.public_key) +
                bytes(self.sign.verify_key) + u64(now_ms()) + bytes(32) + u8(0))
        self.statement = body + sign(self.sign, "provision/1/account-statement", body)
        self.fingerprint = blake("provision/1/account-statement", body)

    def as_sender(self):
        return u8(CUSTOMER) + self.account + bytes(16) + bytes(self.sign.verify_key)

    def as_recipient(self):
        return u8(CUSTOMER) + self.account + u32(self.number) + self.fingerprint

    def action(self, name, subject, nonce, *changes):
        """Signature over an action that cannot be undone, with what it changes as parameters."""
        parameters = blake("provision/1/action-parameters", b"".join(block(c) for c in changes))
        return sign(self.sign, "provision/1/action", block(name.encode()) + self.account + subject + nonce + parameters)


class Recovery:
    """What a company's recovery code stands for: sign, box, statement, fingerprint."""


class CompanyKeys:
    """Root and first epoch of a company."""

    def __init__(self, company, root_version=1, epoch_number=1, recovery=bytes(32)):
        self.company = company
        self.root_key, self.epoch_key, self.box = SigningKey.generate(), SigningKey.generate(), PrivateKey.generate()
        body = b"PVcr" + u16(root_version) + company + bytes(self.root_key.verify_key) + u64(now_ms())
        self.root = body + sign(self.root_key, "provision/1/company-root", body)
        self.root_fingerprint = blake("provision/1/company-root", body)
        self.number, self.recovery = epoch_number, recovery
        before = bytes(32) if epoch_number == 1 else os.urandom(32)
        body = (b"PVce" + u16(1) + company + self.root_fingerprint + u32(epoch_number) + bytes(self.box.public_key) +
                bytes(self.epoch_key.verify_key) + before + recovery + u64(now_ms()))
        self.epoch = body + sign(self.root_key, "provision/1/company-epoch", body)
        self.epoch_fingerprint = blake("provision/1/company-epoch", body)

    def successor(self, version=1, recovery=None):
        """The same root with the next epoch; recovery: the statement it names, as before where nothing is said."""
        after = copy.copy(self)
        after.epoch_key, after.box, after.number = SigningKey.generate(), PrivateKey.generate(), self.number + 1
        if recovery:
            after.recovery = recovery.fingerprint
        body = (b"PVce" + u16(version) + self.company + self.root_fingerprint + u32(after.number) + bytes(after.box.public_key) +
                bytes(after.epoch_key.verify_key) + self.epoch_fingerprint + after.recovery + u64(now_ms()))
        after.epoch = body + sign(self.root_key, "provision/1/company-epoch", body)
        after.epoch_fingerprint = blake("provision/1/company-epoch", body)
        return after

    def recovery_key(self, version=1, company=None, root=None):
        """The statement of a recovery key, under the name of its signing key."""
        code = Recovery()
        code.sign, code.box = SigningKey.generate(), PrivateKey.generate()
        body = (b"PVcy" + u16(version) + (company or self.company) + (root or self.root_fingerprint) + bytes(code.box.public_key) +
                bytes(code.sign.verify_key) + u64(now_ms()))
        code.statement = body + sign(code.sign, "provision/1/company-recovery", body)
        code.fingerprint = blake("provision/1/company-recovery", body)
        return code

    def certificate(self, member, role, version=1, key=None):
        body = (b"PVcm" + u16(version) + self.company + self.root_fingerprint + member.account + member.fingerprint +
                bytes(member.sign.verify_key) + bytes(member.box.public_key) + u8(role) + u32(self.number) +
                u64(now_ms()) + block("Mitglied".encode()))
        return body + sign(key or self.root_key, "provision/1/membership", body)

    def as_sender(self, member):
        return u8(COMPANY) + member.account + self.company + bytes(member.sign.verify_key)

    def as_recipient(self):
        return u8(COMPANY) + self.company + u32(self.number) + self.epoch_fingerprint


def receipt(package, subscription, header_hash, root, receiver, signer, certificate=b"", proof=None, version=1):
    """The proof is made of a key that the service has not; it cannot check it."""
    body = (b"PVpr" + u16(version) + package + subscription + header_hash + root + (proof or os.urandom(32)) +
            receiver + u64(now_ms()) + block(certificate))
    return body + sign(signer, "provision/1/package-receipt", body)


def withdrawal(package, subscription, sender, signer, certificate=b"", version=1):
    body = b"PVpw" + u16(version) + package + subscription + sender + u64(now_ms()) + block(certificate)
    return body + sign(signer, "provision/1/package-withdrawal", body)


class Parcel:
    """A package of one small file: header, parts, records, seal and receipt. signer: who seals; certificate: for a member."""

    def __init__(self, subscription, sender, recipient, signer, certificate=b"", version=1, size=5):
        self.id, self.subscription, self.sender, self.recipient = package_id(subscription), subscription, sender, recipient
        self.signer, self.certificate, self.size = signer, certificate, size
        self.chunks = -(-size // CHUNK)
        self.manifest = os.urandom(4136)
        self.body = os.urandom(padded(size + 28 * self.chunks))
        self.fingerprint = os.urandom(32)
        self.header = self.make_header(version)

    def make_header(self, version=1):
        return (b"PVph" + u16(version) + u16(1) + self.id + self.subscription + self.sender + self.recipient +
                os.urandom(32) + hashlib.sha256(self.manifest).digest() + u32(len(self.manifest)) + u32(1) +
                u32(self.chunks) + u64(self.size) + u64(len(self.body)) + block(os.urandom(80)))

    def header_hash(self):
        return blake("provision/1/package-header", self.header)

    def files(self):
        """File records as the API takes them."""
        return [{"path": b64("Akte für Sie.bin".encode()), "size": self.size, "fingerprint": b64(self.fingerprint)}]

    def root(self):
        record = block("Akte für Sie.bin".encode()) + u64(self.size) + block(self.fingerprint)
        return hashlib.sha256(b"provision/1/package-content\0" + u32(1) + record).digest()

    def seal(self, sequence, version=1, root=None):
        leaves = os.urandom(40 + 32 * self.chunks)
        body = (b"PVps" + u16(version) + self.id + self.subscription + self.sender + self.recipient + self.header_hash() +
                (root or self.root()) + hashlib.sha256(leaves).digest() + u32(self.chunks) + u64(sequence) +
                u64(now_ms()) + block(self.certificate))
        return body + sign(self.signer, "provision/1/package-seal", body) + leaves

    def receipt(self, receiver, signer, certificate=b"", version=1):
        return receipt(self.id, self.subscription, self.header_hash(), self.root(), receiver, signer, certificate, version=version)

    def withdrawal(self, sender, signer, certificate=b"", version=1):
        return withdrawal(self.id, self.subscription, sender, signer, certificate, version)
