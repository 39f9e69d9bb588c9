// SPDX-License-Identifier: MIT
// package/FORMAT.md in JavaScript: whole packages in memory.
import {
	Cursor, block, boxOpen, boxSeal, concat, derive, equal, gcmKey, gcmOpen, gcmSeal, hash, hmac, hmacKey, mac, must, random, recordOpen,
	recordSeal, sha256, sign, u16, u32, u64, u8, uint, utf8, verify,
} from './primitives.mjs';
import { certificateCheck, certificateParse } from './trust.mjs';

export const CHUNK = 1 << 20;
const SLICE = 32768;
const begin = magic => concat(utf8(magic), u16(1));
const none = new Uint8Array(0);
const zero16 = new Uint8Array(16);
const isZero = bytes => bytes.every(b => b === 0);

export function padded(n) {
	n = Math.max(n, 4096);
	const exponent = Math.floor(Math.log2(n)), told = Math.floor(Math.log2(exponent)) + 1;
	const step = 2 ** (exponent - told);
	return Math.ceil(n / step) * step;
}
const chunksOf = size => Math.ceil(size / CHUNK);

// --- parties
const putSender = s => concat(u8(s.kind), s.account, s.company, s.key);
const putRecipient = r => concat(u8(r.kind), r.principal, u32(r.keyNumber), r.fingerprint);
function getSender(c) {
	const s = { kind: c.u8(), account: c.take(16), company: c.take(16), key: c.take(32) };
	must(s.kind >= 1 && s.kind <= 3 && isZero(s.account) === (s.kind === 3) && isZero(s.company) === (s.kind !== 2), 'sender');
	return s;
}
function getRecipient(c) {
	const r = { kind: c.u8(), principal: c.take(16), keyNumber: c.u32(), fingerprint: c.take(32) };
	must((r.kind === 1 || r.kind === 2) && !isZero(r.principal) && r.keyNumber > 0, 'recipient');
	return r;
}
export const senderAccount = a => ({ kind: 1, account: a.id, company: zero16, key: a.sign });
export const senderMember = (a, company) => ({ kind: 2, account: a.id, company: company.root.company, key: a.sign });
export const recipientAccount = a => ({ kind: 1, principal: a.id, keyNumber: a.number, fingerprint: a.fingerprint });
export const recipientEpoch = e => ({ kind: 2, principal: e.company, keyNumber: e.number, fingerprint: e.fingerprint });

// expected: { account } or { company }
export function identityCheck(expected, s, certificate, signedMs) {
	if (expected.account) {
		must(s.kind === 1 && certificate.length === 0 && equal(s.account, expected.account.id) && equal(s.key, expected.account.sign), 'not this person');
		return null;
	}
	must(s.kind === 2 && equal(s.company, expected.company.root.company), 'not this company');
	const m = certificateParse(certificate, expected.company.root);
	certificateCheck(m, expected.company, signedMs);
	must(equal(m.id, s.account) && equal(m.sign, s.key), 'certificate of somebody else');
	return m;
}

// --- header
export function headerPut(h) {
	return concat(begin('PVph'), u16(1), h.id, h.subscription, putSender(h.sender), putRecipient(h.recipient), h.commitment,
		h.manifestHash, u32(h.manifestBytes), u32(h.entryCount), u32(h.chunkCount), u64(h.plainBytes), u64(h.bodyBytes), block(h.sealedKey));
}
export function headerParse(bytes) {
	const c = new Cursor(bytes);
	c.magic('PVph');
	must(c.u16() === 1, 'suite');
	const h = {
		id: c.take(16), subscription: c.take(16), sender: getSender(c), recipient: getRecipient(c), commitment: c.take(32),
		manifestHash: c.take(32), manifestBytes: c.u32(), entryCount: c.u32(), chunkCount: c.u32(), plainBytes: c.u64(), bodyBytes: c.u64(),
		sealedKey: c.block(4096),
	};
	c.end();
	must(!isZero(h.id) && !isZero(h.subscription) && h.sealedKey.length === 80, 'header fields');
	must(h.manifestBytes >= 4136 && h.manifestBytes <= 16 << 20 && h.entryCount >= 1 && h.entryCount <= 262144 && h.chunkCount <= CHUNK, 'header limits');
	must(h.chunkCount <= h.plainBytes && h.chunkCount >= chunksOf(h.plainBytes) &&
		h.chunkCount <= Math.floor(h.plainBytes / CHUNK) + h.entryCount && h.bodyBytes === padded(h.plainBytes + 28 * h.chunkCount), 'header sums');
	return h;
}
export const headerHash = bytes => hash('provision/1/package-header', bytes);

// --- keys
const keyOf = (key, id, what) => derive(key, `provision/1/package-${what}`, id);
export const commitment = (key, id) => keyOf(key, id, 'commitment');
export const proof = (key, id, header, root) => mac(keyOf(key, id, 'receipt-key'), 'provision/1/package-proof', concat(header, root));

// --- paths: '/' is lowest
const treeKey = path => Buffer.from(path.map(b => b === 0x2f ? 0 : b));
export const comparePaths = (a, b) => Buffer.compare(treeKey(a), treeKey(b));
function checkPath(path) {
	must(path.length > 0 && path.length <= 4096 && !path.includes(0), 'path');
	const parts = Buffer.from(path).toString('latin1').split('/');
	must(parts.length <= 64 && parts.every(p => p.length > 0 && p.length <= 255 && p !== '.' && p !== '..'), 'path components');
}

// --- manifest; entries: { isFolder, isExecutable, size, mtimeMs, path }
function checkEntries(entries) {
	let before = null;
	must(entries.length >= 1 && entries.length <= 262144, 'number of entries');
	for (const e of entries) {
		checkPath(e.path);
		must(!e.isFolder || (e.size === 0 && !e.isExecutable && e.path.length < 4096), 'folder');
		if (before) {
			must(comparePaths(before.path, e.path) < 0, 'order of entries');
			must(before.isFolder || e.path[before.path.length] !== 0x2f || !equal(e.path.slice(0, before.path.length), before.path), 'below a file');
		}
		before = e;
	}
}
const manifestAd = id => concat(utf8('provision/1/package-manifest'), u8(0), id);
export function manifestSeal(entries, id, key, nonce = random(24)) {
	checkEntries(entries);
	const plain = concat(begin('PVpm'), id, u32(entries.length), ...entries.map(e => concat(u8(e.isFolder ? 2 : 1),
		u8(e.isExecutable ? 1 : 0), u64(e.size), u64(e.mtimeMs), block(e.path))));
	return recordSeal(keyOf(key, id, 'manifest'), manifestAd(id), concat(plain, new Uint8Array(padded(plain.length) - plain.length)), nonce);
}
export function manifestOpen(stored, id, key) {
	const c = new Cursor(recordOpen(keyOf(key, id, 'manifest'), manifestAd(id), stored));
	c.magic('PVpm');
	must(equal(c.take(16), id), 'manifest of another package');
	const entries = [];
	for (let n = c.u32(); n > 0; n--) {
		const kind = c.u8(), flags = c.u8();
		must((kind === 1 || kind === 2) && flags <= 1, 'entry');
		entries.push({ isFolder: kind === 2, isExecutable: flags === 1, size: c.u64(), mtimeMs: Number(BigInt.asIntN(64, c.uint(8))), path: c.block(4096) });
	}
	must(padded(c.at) === c.bytes.length && isZero(c.rest()), 'padding of the manifest');
	checkEntries(entries);
	return entries;
}

// --- body
export function layout(entries) {
	const chunks = [];
	let offset = 0;
	entries.forEach((e, entry) => {
		const n = chunksOf(e.size);
		for (let index = 0; index < n; index++) {
			const size = Math.min(CHUNK, e.size - index * CHUNK);
			chunks.push({ entry, index, isLast: index === n - 1, size, offset, at: index * CHUNK });
			offset += size + 28;
		}
	});
	return { chunks, content: offset, body: padded(offset) };
}
async function lane(key, id) {
	return {
		body: await gcmKey(keyOf(key, id, 'body')), padding: await gcmKey(keyOf(key, id, 'padding')),
		nonce: await hmacKey(keyOf(key, id, 'nonce')), leaf: await hmacKey(keyOf(key, id, 'leaf')),
	};
}
async function leafOf(l, plain) {
	const slices = [];
	for (let at = 0; at < plain.length; at += SLICE)
		slices.push(sha256(plain.subarray(at, at + SLICE)));
	return hmac(l.leaf, concat(u32(plain.length), ...await Promise.all(slices)));
}
const placeOf = c => concat(u32(c.entry), u32(c.index), u8(c.isLast ? 1 : 0));
const nonceOf = async (l, c, leaf) => (await hmac(l.nonce, concat(placeOf(c), leaf))).slice(0, 12);
async function paddingOf(l, n) {
	const parts = [];
	for (let at = 0; at < n; at += 65536) {
		const sealed = await gcmSeal(l.padding, uint(12, at / 65536), none, new Uint8Array(65536));
		parts.push(sealed.slice(0, Math.min(65536, n - at)));
	}
	return concat(...parts);
}
// contents: one Uint8Array an entry. Gives body and leaves.
export async function bodySeal(entries, contents, id, key) {
	const l = await lane(key, id), plan = layout(entries), leaves = [], parts = [];
	for (const c of plan.chunks) {
		const plain = contents[c.entry].subarray(c.at, c.at + c.size), leaf = await leafOf(l, plain), nonce = await nonceOf(l, c, leaf);
		leaves.push(leaf);
		parts.push(nonce, await gcmSeal(l.body, nonce, placeOf(c), plain));
	}
	return { body: concat(...parts, await paddingOf(l, plan.body - plan.content)), leaves };
}
export async function bodyOpen(entries, leaves, body, id, key) {
	const l = await lane(key, id), plan = layout(entries), contents = entries.map(e => new Uint8Array(e.size));
	must(body.length === plan.body, 'length of the body');
	for (const [number, c] of plan.chunks.entries()) {
		const stored = body.subarray(c.offset, c.offset + c.size + 28), nonce = await nonceOf(l, c, leaves[number]);
		must(equal(stored.slice(0, 12), nonce), 'nonce');
		const plain = await gcmOpen(l.body, nonce, placeOf(c), stored.subarray(12));
		must(equal(await leafOf(l, plain), leaves[number]), 'leaf');
		contents[c.entry].set(plain, c.at);
	}
	must(equal(body.slice(plan.content), await paddingOf(l, plan.body - plan.content)), 'padding of the body');
	return contents;
}

// --- fingerprints and content root
export async function fingerprintsOf(entries, leaves, id, key) {
	const k = await hmacKey(keyOf(key, id, 'fingerprint'));
	let at = 0;
	const out = [];
	for (const [i, e] of entries.entries()) {
		const own = leaves.slice(at, at += chunksOf(e.size));
		out.push(e.isFolder ? none : await hmac(k, concat(u32(i), u64(e.size), ...own)));
	}
	return out;
}
export async function contentRoot(entries, fingerprints) {
	return sha256(concat(utf8('provision/1/package-content'), u8(0), u32(entries.length), ...entries.map((e, i) =>
		concat(block(e.isFolder ? concat(e.path, utf8('/')) : e.path), u64(e.size), block(fingerprints[i])))));
}

// --- seal
const leavesAd = id => concat(utf8('provision/1/package-leaves'), u8(0), id);
export async function sealMake(h, header, leaves, root, signKeys, certificate, sequence, sealedMs, key, nonce = random(24)) {
	const sealedLeaves = recordSeal(keyOf(key, h.id, 'leaves'), leavesAd(h.id), concat(...leaves), nonce);
	const statement = concat(begin('PVps'), h.id, h.subscription, putSender(h.sender), putRecipient(h.recipient), headerHash(header), root,
		await sha256(sealedLeaves), u32(leaves.length), u64(sequence), u64(sealedMs), block(certificate));
	return concat(statement, sign(signKeys, 'provision/1/package-seal', statement), sealedLeaves);
}
export function sealParse(bytes) {
	const c = new Cursor(bytes);
	c.magic('PVps');
	const s = {
		id: c.take(16), subscription: c.take(16), sender: getSender(c), recipient: getRecipient(c), headerHash: c.take(32),
		contentRoot: c.take(32), leavesHash: c.take(32), chunkCount: c.u32(), sequence: c.u64(), sealedMs: c.u64(), certificate: c.block(2048),
	};
	must(s.sequence > 0 && (s.sender.kind === 2) === (s.certificate.length > 0), 'seal fields');
	const statement = c.before();
	verify(s.sender.key, 'provision/1/package-seal', statement, c.take(64));
	s.sealedLeaves = c.rest();
	must(s.sealedLeaves.length === 40 + 32 * s.chunkCount, 'length of the leaves');
	return s;
}

// --- the sender's side: everything but upload
export async function packageMake({ id, subscription, sender, signKeys, certificate, recipient, recipientKey, entries, contents, sequence, sealedMs }) {
	const key = random(32), manifest = manifestSeal(entries, id, key), plan = layout(entries);
	const h = {
		id, subscription, sender, recipient, commitment: commitment(key, id), manifestHash: await sha256(manifest),
		manifestBytes: manifest.length, entryCount: entries.length, chunkCount: plan.chunks.length,
		plainBytes: entries.reduce((n, e) => n + e.size, 0), bodyBytes: plan.body, sealedKey: boxSeal(recipientKey, key),
	};
	const header = headerPut(h), { body, leaves } = await bodySeal(entries, contents, id, key);
	const fingerprints = await fingerprintsOf(entries, leaves, id, key), root = await contentRoot(entries, fingerprints);
	const seal = await sealMake(h, header, leaves, root, signKeys, certificate, sequence, sealedMs, key);
	return { key, header, manifest, body, seal, fingerprints, root };
}

// --- the recipient's side, in the order of FORMAT.md; body opens later with the returned leaves
export async function packageOpen({ header, seal, manifest, id, subscription, sender, recipient, boxKeys }) {
	const h = headerParse(header), s = sealParse(seal);
	must(equal(s.headerHash, headerHash(header)) && equal(s.id, h.id) && equal(s.subscription, h.subscription) &&
		equal(putSender(s.sender), putSender(h.sender)) && equal(putRecipient(s.recipient), putRecipient(h.recipient)) &&
		s.chunkCount === h.chunkCount, 'seal of another header');
	must(equal(h.id, id) && equal(h.subscription, subscription) && equal(putRecipient(h.recipient), putRecipient(recipient)), 'not what was asked for');
	const member = identityCheck(sender, s.sender, s.certificate, s.sealedMs);
	const key = boxOpen(boxKeys, h.sealedKey);
	must(key.length === 32 && equal(commitment(key, id), h.commitment), 'key commitment');
	must(manifest.length === h.manifestBytes && equal(await sha256(manifest), h.manifestHash), 'hash of the manifest');
	const entries = manifestOpen(manifest, id, key), plan = layout(entries);
	must(entries.length === h.entryCount && plan.chunks.length === h.chunkCount && plan.body === h.bodyBytes &&
		entries.reduce((n, e) => n + e.size, 0) === h.plainBytes, 'manifest and header differ');
	must(equal(await sha256(s.sealedLeaves), s.leavesHash), 'hash of the leaves');
	const flat = recordOpen(keyOf(key, id, 'leaves'), leavesAd(id), s.sealedLeaves);
	const leaves = plan.chunks.map((_, i) => flat.slice(32 * i, 32 * i + 32));
	const fingerprints = await fingerprintsOf(entries, leaves, id, key);
	must(equal(await contentRoot(entries, fingerprints), s.contentRoot), 'content root');
	return { key, entries, leaves, fingerprints, root: s.contentRoot, member, seal: s };
}

// --- receipt
export function receiptMake({ id, subscription, header, root, key, receiver, receivedMs, certificate, signKeys }) {
	const statement = concat(begin('PVpr'), id, subscription, headerHash(header), root, proof(key, id, headerHash(header), root),
		putSender(receiver), u64(receivedMs), block(certificate));
	return concat(statement, sign(signKeys, 'provision/1/package-receipt', statement));
}
export function receiptParse(bytes) {
	const c = new Cursor(bytes);
	must(bytes.length <= 4096, 'receipt too long');
	c.magic('PVpr');
	const r = {
		id: c.take(16), subscription: c.take(16), headerHash: c.take(32), root: c.take(32), proof: c.take(32), receiver: getSender(c),
		receivedMs: c.u64(), certificate: c.block(2048),
	};
	must(r.receiver.kind !== 3 && (r.receiver.kind === 2) === (r.certificate.length > 0), 'receiver');
	const statement = c.before(), sig = c.take(64);
	c.end();
	verify(r.receiver.key, 'provision/1/package-receipt', statement, sig);
	return r;
}
export function receiptCheck(r, { id, subscription, header, root }, expected) {
	must(equal(r.id, id) && equal(r.subscription, subscription) && equal(r.headerHash, headerHash(header)) && equal(r.root, root), 'receipt of something else');
	return identityCheck(expected, r.receiver, r.certificate, r.receivedMs);
}

// --- withdrawal
export function withdrawalMake({ id, subscription, sender, withdrawnMs, certificate, signKeys }) {
	const statement = concat(begin('PVpw'), id, subscription, putSender(sender), u64(withdrawnMs), block(certificate));
	return concat(statement, sign(signKeys, 'provision/1/package-withdrawal', statement));
}
export function withdrawalParse(bytes) {
	const c = new Cursor(bytes);
	must(bytes.length <= 4096, 'withdrawal too long');
	c.magic('PVpw');
	const w = { id: c.take(16), subscription: c.take(16), sender: getSender(c), withdrawnMs: c.u64(), certificate: c.block(2048) };
	must(w.sender.kind !== 3 && (w.sender.kind === 2) === (w.certificate.length > 0), 'who withdraws');
	const statement = c.before(), sig = c.take(64);
	c.end();
	verify(w.sender.key, 'provision/1/package-withdrawal', statement, sig);
	return w;
}
export function withdrawalCheck(w, { id, subscription }, expected) {
	must(equal(w.id, id) && equal(w.subscription, subscription), 'withdrawal of something else');
	return identityCheck(expected, w.sender, w.certificate, w.withdrawnMs);
}

// --- what is kept
const keptHead = id => concat(begin('PVpk'), id);
const keptAd = id => concat(utf8('provision/1/package-kept'), u8(0), keptHead(id));
export const keptSeal = (k, keptKey) =>
	concat(keptHead(k.id), recordSeal(keptKey, keptAd(k.id), concat(k.key, k.headerHash, k.root, putRecipient(k.recipient))));
export function keptOpen(bytes, id, keptKey) {
	const c = new Cursor(bytes);
	c.magic('PVpk');
	must(equal(c.take(16), id), 'kept of another package');
	const plain = new Cursor(recordOpen(keptKey, keptAd(id), c.take(189)));
	c.end();
	const k = { key: plain.take(32), headerHash: plain.take(32), root: plain.take(32), recipient: getRecipient(plain) };
	plain.end();
	return k;
}
