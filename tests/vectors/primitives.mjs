// SPDX-License-Identifier: MIT
// The primitives of trust/FORMAT.md: libsodium.js for keys, WebCrypto for AES-GCM, HMAC and SHA-256.
import './webcrypto.mjs';
import sodium from 'libsodium-wrappers-sumo';

await sodium.ready;
const { subtle } = globalThis.crypto;
const text = new TextEncoder();

export const random = n => globalThis.crypto.getRandomValues(new Uint8Array(n));
export const utf8 = s => text.encode(s);
export const hex = bytes => Buffer.from(bytes).toString('hex');
export const unhex = s => new Uint8Array(Buffer.from(s, 'hex'));

export function concat(...parts) {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}

export const equal = (a, b) => a.length === b.length && sodium.memcmp(a, b);

// Big-endian integers.
export function uint(bytes, value) {
	let v = BigInt.asUintN(8 * bytes, BigInt(value));
	const out = new Uint8Array(bytes);
	for (let i = bytes - 1; i >= 0; i--, v >>= 8n)
		out[i] = Number(v & 255n);
	return out;
}
export const u8 = v => uint(1, v);
export const u16 = v => uint(2, v);
export const u32 = v => uint(4, v);
export const u64 = v => uint(8, v);
export const block = bytes => concat(u32(bytes.length), bytes);

export class Refused extends Error {}
export function must(condition, what) {
	if (!condition)
		throw new Refused(what);
}

// A strict reader: every byte must be read, none more.
export class Cursor {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}
	take(n) {
		must(this.at + n <= this.bytes.length, 'too short');
		this.at += n;
		return this.bytes.slice(this.at - n, this.at);
	}
	uint(n) {
		return this.take(n).reduce((v, b) => v * 256n + BigInt(b), 0n);
	}
	u8() { return Number(this.uint(1)); }
	u16() { return Number(this.uint(2)); }
	u32() { return Number(this.uint(4)); }
	u64() {
		const v = this.uint(8);
		must(v <= BigInt(Number.MAX_SAFE_INTEGER), 'number too large for this implementation');
		return Number(v);
	}
	block(max) {
		const n = this.u32();
		must(n <= max, 'block too long');
		return this.take(n);
	}
	magic(s) {
		must(equal(this.take(4), utf8(s)), 'magic');
		must(this.u16() === 1, 'version');
	}
	before() { return this.bytes.slice(0, this.at); }
	rest() { return this.bytes.slice(this.at); }
	end() { must(this.at === this.bytes.length, 'bytes left over'); }
}

const purposed = (purpose, data) => concat(utf8(purpose), u8(0), data);
const none = new Uint8Array(0);

export const blake2b = (size, message, key = null) => sodium.crypto_generichash(size, message, key);
export const hash = (purpose, data) => blake2b(32, purposed(purpose, data));
export const mac = (key, purpose, data) => blake2b(32, purposed(purpose, data), key);
export const derive = (parent, purpose, context = none) => mac(parent, purpose, context);

export function argon2id(password, salt16, memoryKib, passes) {
	return sodium.crypto_pwhash(32, password, salt16, passes, memoryKib * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13);
}

export function signKeys(seed = random(32)) {
	const pair = sodium.crypto_sign_seed_keypair(seed);
	return { seed, public: pair.publicKey, private: pair.privateKey };
}
export const sign = (keys, purpose, message) => sodium.crypto_sign_detached(purposed(purpose, message), keys.private);
export function verify(publicKey, purpose, message, signature) {
	must(signature.length === 64 && sodium.crypto_sign_verify_detached(signature, purposed(purpose, message), publicKey), `signature: ${purpose}`);
}

export function boxKeys(privateKey = random(32)) {
	return { private: privateKey, public: sodium.crypto_scalarmult_base(privateKey) };
}
export const boxSeal = (publicKey, plain) => sodium.crypto_box_seal(plain, publicKey);
export function boxOpen(keys, sealed) {
	try {
		return sodium.crypto_box_seal_open(sealed, keys.public, keys.private);
	} catch {
		throw new Refused('box');
	}
}

export function recordSeal(key, ad, plain, nonce = random(24)) {
	return concat(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, ad, null, nonce, key));
}
export function recordOpen(key, ad, sealed) {
	must(sealed.length >= 40, 'record too short');
	try {
		return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed.slice(24), ad, sealed.slice(0, 24), key);
	} catch {
		throw new Refused('record');
	}
}

export const sha256 = async data => new Uint8Array(await subtle.digest('SHA-256', data));
export async function hmacKey(key) {
	return subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}
export const hmac = async (key, data) => new Uint8Array(await subtle.sign('HMAC', key, data));
export async function gcmKey(key) {
	return subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
export const gcmSeal = async (key, iv, ad, plain) =>
	new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: ad, tagLength: 128 }, key, plain));
export async function gcmOpen(key, iv, ad, sealed) {
	try {
		return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: ad, tagLength: 128 }, key, sealed));
	} catch {
		throw new Refused('AES-GCM');
	}
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
export function base32(bytes) {
	let out = '', bits = 0, value = 0;
	for (const b of bytes) {
		value = (value << 8 | b) & 0xffff;
		for (bits += 8; bits >= 5; bits -= 5)
			out += alphabet[value >> (bits - 5) & 31];
	}
	return bits > 0 ? out + alphabet[value << (5 - bits) & 31] : out;
}
export function unbase32(s, size) {
	const out = new Uint8Array(size);
	let bits = 0, value = 0, at = 0;
	must(s.length === Math.ceil(size * 8 / 5), 'base32 length');
	for (const c of s) {
		const digit = alphabet.indexOf(c);
		must(digit >= 0, 'base32 digit');
		value = (value << 5 | digit) & 0xfff;
		if ((bits += 5) >= 8)
			out[at++] = value >> (bits -= 8) & 255;
	}
	must((value & ((1 << bits) - 1)) === 0, 'base32 bits left over');
	return out;
}
