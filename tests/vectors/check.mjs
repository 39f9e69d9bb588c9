// SPDX-License-Identifier: MIT
// node check.mjs FILE...: checks documents of vectors, whoever made them; of the first one also that no change passes.
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import * as P from './primitives.mjs';
import * as T from './trust.mjs';
import * as K from './package.mjs';
import { contentsOf } from './contents.mjs';

const { hex, unhex } = P;

// Runs what must throw Refused.
async function refused(what, f) {
	try {
		await f();
	} catch (e) {
		if (e instanceof P.Refused)
			return;
		throw e;
	}
	assert.fail(`taken: ${what}`);
}

// Every byte changed, every length cut (or some of them, for long inputs), one byte more.
let withChanges = true;
async function noChangePasses(what, bytes, open) {
	await open(bytes);
	if (!withChanges)
		return;
	const step = Math.max(1, Math.floor(bytes.length / 400));
	for (let i = 0; i < bytes.length; i += step) {
		const changed = bytes.slice();
		changed[i] ^= 1 << (i % 8);
		await refused(`${what}, byte ${i}`, () => open(changed));
		await refused(`${what}, length ${i}`, () => open(bytes.slice(0, i)));
	}
	await refused(`${what}, a byte more`, () => open(P.concat(bytes, P.u8(0))));
}

function checkPrimitives(doc) {
	for (const v of doc.password) {
		const keys = T.passwordKeys(unhex(v.password), v.service, v.address, unhex(v.server_salt), v.memory_kib, v.passes);
		assert.deepEqual([hex(keys.auth), hex(keys.wrap)], [v.auth, v.wrap]);
	}
	for (const v of doc.recovery) {
		const keys = T.recoveryKeys(unhex(v.code));
		assert.equal(T.recoveryText(unhex(v.code)), v.text);
		assert.equal(hex(T.recoveryParse(v.text.toLowerCase().replace(/-/g, ' '))), v.code);
		assert.deepEqual([hex(keys.auth), hex(keys.wrap)], [v.auth, v.wrap]);
	}
	for (const v of doc.derive)
		assert.equal(hex(P.derive(unhex(v.parent), v.purpose, unhex(v.context))), v.key);
	for (const v of doc.keyhash)
		assert.equal(hex(P.mac(unhex(v.key), v.purpose, unhex(v.data))), v.hash);
	for (const v of doc.hash)
		assert.equal(hex(P.hash(v.purpose, unhex(v.data))), v.hash);
	for (const v of doc.record)
		assert.equal(hex(P.recordOpen(unhex(v.key), unhex(v.ad), unhex(v.sealed))), v.plain);
	for (const v of doc.box)
		assert.equal(hex(P.boxOpen(P.boxKeys(unhex(v.private)), unhex(v.sealed))), v.plain);
	for (const v of doc.sign) {
		const keys = P.signKeys(unhex(v.seed));
		assert.equal(hex(keys.public), v.public);
		assert.equal(hex(P.sign(keys, v.purpose, unhex(v.message))), v.signature);
	}
}

async function checkAccounts(doc) {
	const people = {};
	for (const v of doc.accounts) {
		const account = T.accountParse(unhex(v.statement)), keys = T.keysOf(unhex(v.seal_private), unhex(v.sign_seed));
		people[v.name] = { account, keys };
		assert.deepEqual([hex(account.id), hex(account.fingerprint), account.number, account.createdMs],
			[v.id, v.fingerprint, v.number, v.created_ms]);
		const old = people[v.predecessor];
		if (old)
			T.accountFollows(account, old.account);
		// signatures are deterministic: the same fields give the same bytes
		const again = T.accountMake(account.id, account.number, account.createdMs, keys, old && { statement: old.account, keys: old.keys });
		assert.equal(hex(again), v.statement);
		for (const w of v.wraps)
			assert.equal(hex(T.wrapOpen(account, unhex(w.wrapped), w.kind, unhex(w.key)).sign.seed), v.sign_seed);
		assert.equal(hex(T.pinKey(account, keys)), v.pin_key);
		assert.equal(hex(T.keptKey(account, keys)), v.kept_key);
	}
	const [first] = doc.accounts, { account } = people[first.name];
	await noChangePasses('account statement', unhex(first.statement), b => T.accountParse(b));
	await noChangePasses('wrapped keys', unhex(first.wraps[0].wrapped), b => T.wrapOpen(account, b, 1, unhex(first.wraps[0].key)));
	return people;
}

async function checkCompany(doc, people) {
	const v = doc.company, company = T.companyLoad(unhex(v.root), v.epochs.map(e => unhex(e.statement)));
	const rootKeys = P.signKeys(unhex(v.root_seed));
	assert.deepEqual([hex(company.root.company), hex(company.root.fingerprint)], [v.id, v.fingerprint]);
	assert.equal(hex(T.rootMake(company.root.company, v.created_ms, rootKeys)), v.root);
	const recovery = T.codeParse(unhex(v.recovery.statement)), codeKeys = T.codeKeys(unhex(v.recovery.code), company.root.company);
	assert.equal(hex(recovery.fingerprint), v.recovery.fingerprint);
	assert.equal(hex(T.codeMake(company.root, codeKeys, v.recovery.created_ms)), v.recovery.statement);
	const currentKeys = T.openEpoch(company.current, unhex(v.recovery.sealed_epoch), codeKeys);
	T.openRoot(company.root, unhex(v.recovery.sealed_root), codeKeys);
	T.openEpoch(company.epochs[0], unhex(v.recovery.older), currentKeys);
	await noChangePasses('recovery key', unhex(v.recovery.statement), b => T.codeParse(b));
	v.epochs.forEach((e, i) => {
		const keys = T.keysOf(unhex(e.seal_private), unhex(e.sign_seed));
		assert.equal(hex(company.epochs[i].fingerprint), e.fingerprint);
		assert.equal(hex(T.epochMake(company.root, rootKeys, company.epochs[i - 1], i === 1 ? recovery : null, e.created_ms, keys)), e.statement);
	});
	for (const c of v.certificates) {
		const { account } = people[c.account], m = T.certificateParse(unhex(c.certificate), company.root);
		assert.deepEqual([m.role, m.epoch, m.notBeforeMs, m.displayName], [c.role, c.epoch, c.not_before_ms, c.display_name]);
		assert.deepEqual([hex(m.id), hex(m.statement), hex(m.sign), hex(m.seal)],
			[hex(account.id), hex(account.fingerprint), hex(account.sign), hex(account.seal)]);
		const then = { root: company.root, current: { number: c.epoch } };
		assert.equal(hex(T.certificateMake(then, rootKeys, account, c.role, c.display_name, c.not_before_ms)), c.certificate);
	}
	const old = T.certificateParse(unhex(v.certificates.find(c => c.epoch === 1).certificate), company.root);
	T.certificateCheck(old, company, company.epochs[1].createdMs - 1);
	await refused('old epoch', () => T.certificateCheck(old, company, company.epochs[1].createdMs));
	for (const s of v.sealed_epochs)
		T.openEpoch(company.epochs.find(e => e.number === s.epoch), unhex(s.sealed), people[s.account].keys);
	const opened = T.openRoot(company.root, unhex(v.sealed_root.sealed), people[v.sealed_root.account].keys);
	assert.equal(hex(opened.seed), v.root_seed);
	await noChangePasses('root', unhex(v.root), b => T.rootParse(b));
	await noChangePasses('epoch', unhex(v.epochs[1].statement), b => T.epochParse(b, company.root));
	await noChangePasses('certificate', unhex(v.certificates[0].certificate), b => T.certificateParse(b, company.root));
	return company;
}

async function checkRest(doc, people, company) {
	const { account, keys } = people[doc.pins.account], key = T.pinKey(account, keys);
	const root = unhex(doc.pins.root), pins = T.pinsOpen(root, account.id, doc.pins.version, key);
	assert.equal(pins.version, doc.pins.version);
	assert.deepEqual(pins.pages.map(p => p.at), doc.pins.pages.map(p => p.at));
	const rows = doc.pins.pages.flatMap(p => T.pinPageOpen(pins, unhex(p.page), p.at, account.id, key));
	rows.sort((a, b) => a.kind - b.kind || Buffer.compare(a.principal, b.principal));
	assert.deepEqual(rows.map(r => ({
		kind: r.kind, principal: hex(r.principal), fingerprint: hex(r.fingerprint), sign: hex(r.sign), number: r.number, source: r.source,
		is_verified: r.isVerified, first_seen_ms: r.firstSeenMs, epoch: hex(r.epoch),
	})), doc.pins.rows);
	await refused('old pins', () => T.pinsOpen(root, account.id, doc.pins.version + 1, key));
	await noChangePasses('pins', root, b => T.pinsOpen(b, account.id, 0, key));
	await noChangePasses('page of pins', unhex(doc.pins.pages[0].page), b => T.pinPageOpen(pins, b, 0, account.id, key));

	const i = doc.invitation, link = T.linkParse(i.link);
	assert.deepEqual([hex(link.invitation), link.role, hex(link.secret), hex(link.root)], [i.invitation, i.role, i.secret, hex(company.root.fingerprint)]);
	assert.equal(T.memberLink(link.host, link.slug, link.invitation, link.role, link.secret, link.root), i.link);
	assert.equal(hex(T.invitationMac({ ...link, company: company.root.company }, link.secret, people[i.account].account)), i.mac);
	assert.equal(T.customerLink(doc.customer_link.host, doc.customer_link.slug, company.root.fingerprint), doc.customer_link.link);
	assert.equal(hex(T.linkParse(doc.customer_link.link).root), hex(company.root.fingerprint));

	const a = doc.action, who = people[a.account];
	const action = { name: a.name, account: who.account.id, subject: unhex(a.subject), nonce: unhex(a.nonce), parameters: unhex(a.parameters) };
	T.actionVerify(action, who.account.sign, unhex(a.signature));
	assert.equal(hex(T.actionSign(action, who.keys)), a.signature);
}

async function checkErasure(doc) {
	const v = doc.erasure, r = T.erasureParse(unhex(v.bytes)), key = P.signKeys(unhex(v.sign_seed));
	assert.equal(hex(r.key), hex(key.public));
	assert.deepEqual([hex(r.receipt), hex(r.subject), r.occasion, r.by, r.timeMs, r.isComplete, r.gone, r.stays, r.copies, r.service],
		[v.receipt, v.subject, v.occasion, v.by, v.time_ms, v.complete, v.gone, v.stays, v.copies, v.service]);
	assert.equal(hex(T.erasureMake(r, key)), v.bytes);
	assert.equal(T.erasureText(unhex(v.bytes)), v.text);
	await noChangePasses('erasure', unhex(v.bytes), b => T.erasureParse(b));
}

async function checkPackage(v, doc, people, company) {
	const fromCompany = v.recipient === 'anna', sender = people[v.sender], receiver = people[v.receiver];
	const id = unhex(v.id), key = unhex(v.key), header = unhex(v.header), manifest = unhex(v.manifest), seal = unhex(v.seal);
	const anna = { account: people.anna.account }, theCompany = { company };
	const args = {
		header, seal, manifest, id, subscription: unhex(v.subscription), sender: fromCompany ? theCompany : anna,
		recipient: fromCompany ? K.recipientAccount(people.anna.account) : K.recipientEpoch(company.current),
		boxKeys: fromCompany ? people.anna.keys.seal : P.boxKeys(unhex(doc.company.epochs.at(-1).seal_private)),
	};
	const p = await K.packageOpen(args);
	assert.equal(hex(p.key), v.key);
	assert.deepEqual([p.seal.sequence, p.seal.sealedMs, hex(p.root), hex(K.headerHash(header))], [v.sequence, v.sealed_ms, v.content_root, v.header_hash]);
	assert.deepEqual(p.entries.map((e, i) => ({
		path: hex(e.path), is_folder: Number(e.isFolder), is_executable: Number(e.isExecutable), size: e.size, mtime_ms_plus_2000: e.mtimeMs + 2000,
		seed: v.files[i].seed, fingerprint: hex(p.fingerprints[i]),
	})), v.files);

	// encrypt the same contents: byte by byte the same package, given the nonces
	const contents = v.files.map(f => contentsOf(f.size, f.seed));
	const { body, leaves } = await K.bodySeal(p.entries, contents, id, key);
	assert.equal(body.length, v.body_bytes);
	assert.equal(hex(await P.sha256(body)), v.body_sha256);
	if (v.body !== undefined)
		assert.equal(hex(body), v.body);
	assert.equal(hex(K.manifestSeal(p.entries, id, key, manifest.slice(0, 24))), v.manifest);
	const again = await K.sealMake(K.headerParse(header), header, leaves, p.root, sender.keys.sign, p.seal.certificate, v.sequence, v.sealed_ms, key,
		p.seal.sealedLeaves.slice(0, 24));
	assert.equal(hex(again), v.seal);

	// decrypt
	const opened = await K.bodyOpen(p.entries, p.leaves, body, id, key);
	opened.forEach((bytes, i) => assert.ok(P.equal(bytes, contents[i])));

	const receipt = K.receiptParse(unhex(v.receipt)), about = { id, subscription: args.subscription, header, root: p.root };
	K.receiptCheck(receipt, about, fromCompany ? anna : theCompany);
	assert.deepEqual([hex(receipt.proof), receipt.receivedMs], [v.proof, v.received_ms]);
	assert.equal(hex(K.proof(key, id, K.headerHash(header), p.root)), v.proof);
	assert.equal(hex(K.receiptMake({ ...about, key, receiver: receipt.receiver, receivedMs: v.received_ms, certificate: receipt.certificate, signKeys: receiver.keys.sign })), v.receipt);

	const senderIs = fromCompany ? theCompany : anna, takenBack = { id, subscription: args.subscription };
	const withdrawal = K.withdrawalParse(unhex(v.withdrawal));
	K.withdrawalCheck(withdrawal, takenBack, senderIs);
	assert.equal(hex(K.withdrawalMake({ ...takenBack, withdrawnMs: v.withdrawn_ms, sender: withdrawal.sender, certificate: withdrawal.certificate, signKeys: sender.keys.sign })), v.withdrawal);
	const keptKey = T.keptKey(sender.account, sender.keys), kept = K.keptOpen(unhex(v.kept), id, keptKey);
	assert.deepEqual([hex(kept.key), hex(kept.headerHash), hex(kept.root)], [v.key, v.header_hash, v.content_root]);
	assert.deepEqual(kept.recipient, p.seal.recipient);

	await noChangePasses('header', header, b => K.packageOpen({ ...args, header: b }));
	await noChangePasses('seal', seal, b => K.packageOpen({ ...args, seal: b }));
	await noChangePasses('manifest', manifest, b => K.packageOpen({ ...args, manifest: b }));
	await noChangePasses('receipt', unhex(v.receipt), b => K.receiptCheck(K.receiptParse(b), about, fromCompany ? anna : theCompany));
	await noChangePasses('withdrawal', unhex(v.withdrawal), b => K.withdrawalCheck(K.withdrawalParse(b), takenBack, senderIs));
	await noChangePasses('kept', unhex(v.kept), b => K.keptOpen(b, id, keptKey));
	if (v.body !== undefined && body.length < 5000)
		await noChangePasses('body', body, b => K.bodyOpen(p.entries, p.leaves, b, id, key));
}

for (const file of process.argv.slice(2)) {
	const doc = JSON.parse(readFileSync(file, 'utf8'));
	checkPrimitives(doc);
	const people = await checkAccounts(doc), company = await checkCompany(doc, people);
	await checkRest(doc, people, company);
	for (const v of doc.packages)
		await checkPackage(v, doc, people, company);
	await checkErasure(doc);
	console.log(`ok ${file}`);
	withChanges = false;
}
