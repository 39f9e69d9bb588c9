// SPDX-License-Identifier: MIT
// The contents of example files: a formula, so that large ones need not stand in a document (README.md).
export function contentsOf(size, seed) {
	const out = new Uint8Array(size);
	let x = (Math.imul(seed, 2654435761) + 1) >>> 0;
	for (let i = 0; i < size; i++) {
		x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
		out[i] = x >>> 24;
	}
	return out;
}
