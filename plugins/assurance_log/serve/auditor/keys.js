// Shows on the keys' page whether each key signed what the history says, and the log only grew.

import { checking, given, plural, say, take, takeJson } from "./page.js";
import { Broken, checkGrowth, readNote, signatureHolds } from "./proof.js";

const events = [...document.querySelectorAll("#keys > li")].map((item) => item.dataset);
const { size } = document.getElementById("proof-data").dataset;

/** Return the note of a checkpoint that a key signed, and whether that could be seen. */
async function signedBy(wanted, vkey) {
  const note = readNote(await take(`../v1/checkpoints/${wanted}/note`));
  if (String(note.head.size) !== wanted) throw new Broken(`the server answered with a checkpoint of ${note.head.size} entries, not ${wanted}`);
  return { wanted, note, vkey, signed: await signatureHolds(note, vkey) };
}

checking("This history does NOT check:", async () => {
  const mine = given("vkey");
  const stated = events.map((event) => event.vkey);
  const ours = mine.split(/\s+/).filter((vkey) => vkey);
  const foreign = ours.find((vkey) => !stated.includes(vkey));
  if (foreign) throw new Broken(`${foreign.slice(0, 120)} is none of the keys that this server states`);
  const stranger = events.find((event) => event.size && !ours.includes(event.vkey));
  if (ours.length && stranger) throw new Broken(`${stranger.vkey} signs here and is none of yours`);
  const heads = [];
  for (const event of events.filter((each) => each.size)) heads.push(await signedBy(event.size, event.vkey));
  const begun = events.filter((each) => each.size && BigInt(each.from) <= BigInt(size));
  if (begun.length && begun.at(-1).size !== size) heads.push(await signedBy(size, begun.at(-1).vkey));
  for (let i = 1; i < heads.length; i++) {
    const [older, newer] = [heads[i - 1], heads[i]];
    const proof = await takeJson(`../v1/proofs/consistency?from=${older.wanted}&to=${newer.wanted}`);
    const vkeysOf = (note) => (note === older.note ? older : newer).vkey;
    await checkGrowth({ from: older.wanted, to: newer.wanted }, older.note, newer.note, proof, vkeysOf, () => {});
  }
  const what = `${plural(heads.length, "checkpoint")}, each grown from the one before`;
  if (!heads.every((head) => head.signed)) {
    say("und", "? Checked in part.", `${what}. The signatures were not checked: this browser has no Ed25519.`);
  } else if (mine) {
    say("ok", "✓ The history checks.", `${what}; each key signed the first one of its own, and is one of yours.`);
  } else {
    say("ok", "✓ The history holds together.", `${what}; each key signed the first one of its own. Give the keys of your trust file to see whether these are among them.`);
  }
});
