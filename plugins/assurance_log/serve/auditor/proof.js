// Checks proofs and checkpoints' signatures in the browser; nothing here touches a page.
//
// RFC 9162 sections 2.1.1, 2.1.3.2 and 2.1.4.2, C2SP signed-note and tlog-checkpoint. Every function gets what
// a server said and believes none of it: numbers are BigInt of strict decimals, base64 has one spelling.

const HASH = 32;
const ED25519 = 1;

/** A statement of the server that does not hold; its message says which. */
export class Broken extends Error {}

function demand(holds, message) {
  if (!holds) throw new Broken(message);
}

export function bytesOf(text, what) {
  demand(typeof text === "string" && text.length < 2 ** 20, `${what} is no text`);
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new Broken(`${what} is no base64`);
  }
  demand(btoa(binary) === text, `${what} is no canonical base64`);
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

export function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function number(text, what) {
  demand(/^(0|[1-9][0-9]{0,18})$/.test(text), `${what} is no decimal number`);
  return BigInt(text);
}

async function sha256(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

const equal = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);

export const leafHash = (entry) => sha256(Uint8Array.of(0), entry);

/** Follow a proof from a leaf hash; returns its steps, or throws where the proof has another length. */
export async function follow(index, size, leaf, hashes) {
  demand(index < size, `there is no entry ${index} in a tree of ${size}`);
  let at = index;
  let last = size - 1n;
  let known = leaf;
  const steps = [];
  for (const sibling of hashes) {
    demand(sibling.length === HASH, "a hash of the proof has not 32 bytes");
    demand(last > 0n, `the proof has ${hashes.length} hashes, more than a tree of ${size} entries has levels`);
    const left = at % 2n === 1n || at === last;
    known = await (left
      ? sha256(Uint8Array.of(1), sibling, known)
      : sha256(Uint8Array.of(1), known, sibling));
    while (left && at % 2n === 0n && at > 0n) {
      at >>= 1n;
      last >>= 1n;
    }
    at >>= 1n;
    last >>= 1n;
    steps.push({ side: left ? "left" : "right", sibling, result: known });
  }
  demand(last === 0n, `the proof has ${hashes.length} hashes, and entry ${index} of ${size} needs more`);
  return steps;
}

/** Take a signed note apart: what is signed, and the checkpoint in it. */
export function readNote(note) {
  demand(typeof note === "string" && note.length < 2 ** 20, "the checkpoint is no text");
  const cut = note.lastIndexOf("\n\n");
  demand(cut > 0 && note.endsWith("\n"), "the checkpoint is no signed note");
  const text = note.slice(0, cut + 1);
  const [origin, size, root, ...rest] = text.split("\n");
  demand(origin && rest.length > 0 && rest.at(-1) === "", "the checkpoint has not origin, size and root");
  const signatures = note.slice(cut + 2, -1).split("\n").map((line) => {
    const found = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    demand(found, "a signature line is not `— name base64`");
    return { name: found[1], data: bytesOf(found[2], "a signature") };
  });
  const head = { origin, size: number(size, "the checkpoint's size"), root: bytesOf(root, "the checkpoint's root") };
  demand(head.root.length === HASH, "the checkpoint's root has not 32 bytes");
  return { text, signatures, head };
}

/** Read `name+hash+base64`; the hash must be the key's own. */
async function readKey(vkey) {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim());
  demand(found, "the key is not written as a vkey: name+hash+base64");
  const data = bytesOf(found[3], "the key");
  demand(data.length === 1 + HASH && data[0] === ED25519, "the key is no Ed25519 key of a log");
  const hash = (await sha256(new TextEncoder().encode(`${found[1]}\n`), data)).slice(0, 4);
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  demand(hex === found[2], "the key's hash is not that of its bytes");
  return { name: found[1], hash, raw: data.slice(1) };
}

/**
 * Check the log's signatures below a note, by those of the keys (separated by space) that made one, in any order of
 * the lines. Returns false where this browser has no Ed25519.
 */
export async function signatureHolds(note, vkeys) {
  const keys = await Promise.all(vkeys.trim().split(/\s+/).map(readKey));
  const named = keys.filter((key) => key.name === note.head.origin);
  demand(named.length, `the key is one of ${keys[0].name}, the checkpoint of ${note.head.origin}`);
  const made = named.flatMap((key) =>
    note.signatures
      .filter((line) => line.name === key.name && equal(line.data.slice(0, 4), key.hash))
      .map((line) => [key, line]),
  );
  demand(made.length, "the checkpoint has no signature of this key");
  const signed = new TextEncoder().encode(note.text);
  for (const [key, line] of made) {
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
    } catch (error) {
      if (error.name === "NotSupportedError") return false;
      throw new Broken("the key is no point of Ed25519");
    }
    const holds = await crypto.subtle.verify({ name: "Ed25519" }, imported, line.data.slice(4), signed);
    demand(holds, "the checkpoint's signature does not verify with this key");
  }
  return true;
}

/**
 * Follow a consistency proof (RFC 9162 section 2.1.4.2); returns its steps, or throws where it has
 * another length. The first step has no side: the part that both trees begin with.
 */
export async function followGrowth(from, to, olderRoot, hashes) {
  const isFull = (from & (from - 1n)) === 0n; // its own root is that part, and the proof leaves it out
  const parts = isFull ? [olderRoot, ...hashes] : hashes;
  demand(parts.length, "the proof has no hashes");
  parts.forEach((part) => demand(part.length === HASH, "a hash of the proof has not 32 bytes"));
  let at = from - 1n;
  let last = to - 1n;
  while (at % 2n === 1n) {
    at >>= 1n;
    last >>= 1n;
  }
  let [older, newer] = [parts[0], parts[0]];
  const steps = [{ side: "", sibling: parts[0], older, newer }];
  for (const sibling of parts.slice(1)) {
    demand(last > 0n, `the proof has ${hashes.length} hashes, more than the way from ${from} to ${to} entries takes`);
    const left = at % 2n === 1n || at === last;
    if (left) older = await sha256(Uint8Array.of(1), sibling, older);
    newer = await (left
      ? sha256(Uint8Array.of(1), sibling, newer)
      : sha256(Uint8Array.of(1), newer, sibling));
    while (left && at % 2n === 0n && at > 0n) {
      at >>= 1n;
      last >>= 1n;
    }
    at >>= 1n;
    last >>= 1n;
    steps.push({ side: left ? "left" : "right", sibling, older, newer });
  }
  demand(last === 0n, `the proof has ${hashes.length} hashes, and the way from ${from} to ${to} entries needs more`);
  return steps;
}

/** Return which of a log's keys ([{from_size, vkey}], oldest first) signs trees of this size. */
export function keyAt(keys, size) {
  const found = keys.findLast((key) => BigInt(key.from_size) <= size);
  demand(found, `the server states no key for trees of ${size} entries`);
  return found.vkey;
}

/**
 * Check that one checkpoint grew from another. `asked`: {from, to}, what the page is of; `older` and
 * `newer`: notes as `readNote` gives them; `proof`: what the server answered; `vkeysOf`: which keys a
 * note may be signed by.
 */
export async function checkGrowth(asked, older, newer, proof, vkeysOf, told) {
  const [from, to] = [number(asked.from, "the older size"), number(asked.to, "the newer size")];
  demand(older.head.size === from, `the older checkpoint has ${older.head.size} entries, not ${from}`);
  demand(newer.head.size === to, `the newer checkpoint has ${newer.head.size} entries, not ${to}`);
  demand(older.head.origin === newer.head.origin, `the checkpoints are of two logs, ${older.head.origin} and ${newer.head.origin}`);
  demand(from <= to, `the older checkpoint has ${from} entries, more than the newer one's ${to}: something was taken away`);
  demand(Array.isArray(proof.hashes) && proof.hashes.length <= 128, "the proof is no list of hashes");
  const hashes = proof.hashes.map((text) => bytesOf(text, "a hash of the proof"));
  const ends = (what, root, head) =>
    demand(equal(root, head.root), `the steps lead to the ${what} root ${base64(root)}, and its checkpoint says ${base64(head.root)}`);
  let steps = [];
  if (from === 0n) {
    demand(hashes.length === 0, "the proof has hashes, and every tree grows from the empty one");
    ends("older", await sha256(), older.head);
  } else if (from === to) {
    demand(hashes.length === 0, "the proof has hashes, and both trees have one size");
    ends("older", newer.head.root, older.head);
  } else {
    steps = await followGrowth(from, to, older.head.root, hashes);
    told(steps);
    ends("older", steps.at(-1).older, older.head);
    ends("newer", steps.at(-1).newer, newer.head);
  }
  const signed = (await signatureHolds(older, vkeysOf(older))) && (await signatureHolds(newer, vkeysOf(newer)));
  return { steps, signed };
}

/** Check all of an entry. `asked`: {index, size}, what the page is of; `entry`, `proof`: what the server answered. */
export async function check(asked, entry, proof, vkey, told) {
  const index = number(asked.index, "the index");
  const size = number(asked.size, "the size");
  demand(String(entry.index) === asked.index, "the server answered with another entry");
  demand(String(proof.index) === asked.index, "the server answered with the proof of another entry");
  const body = bytesOf(entry.entry, "the entry");
  const leaf = await leafHash(body);
  told({ leaf });
  demand(base64(leaf) === proof.leaf_hash, "the proof is for another leaf hash than the entry has");
  demand(Array.isArray(proof.hashes) && proof.hashes.length <= 64, "the proof is no list of hashes");
  const hashes = proof.hashes.map((text) => bytesOf(text, "a hash of the proof"));
  const note = readNote(proof.tree_head?.note);
  demand(note.head.size === size, `the server answered with a checkpoint of ${note.head.size} entries, not ${size}`);
  const steps = await follow(index, size, leaf, hashes);
  told({ leaf, steps });
  const root = steps.length ? steps.at(-1).result : leaf;
  demand(
    equal(root, note.head.root),
    `the steps lead to ${base64(root)}, and the checkpoint says ${base64(note.head.root)}`,
  );
  return { root, note, steps, signed: await signatureHolds(note, vkey) };
}
