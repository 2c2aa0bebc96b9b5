// Shows on the page of two checkpoints whether the later one grew from the earlier one.

import { checking, element, given, plural, say, take, takeJson } from "./page.js";
import { base64, checkGrowth, keyAt, readNote } from "./proof.js";

const list = document.getElementById("steps");
const data = document.getElementById("proof-data").dataset;
const keys = JSON.parse(data.keys);

function show(steps) {
  list.replaceChildren(
    ...steps.map(({ side, sibling, older, newer }) => {
      const results = [element("p", "newer = ", element("code", base64(newer)))];
      if (side !== "right") results.unshift(element("p", "older = ", element("code", base64(older))));
      const hash = element("code", base64(sibling));
      if (!side) return element("li", element("p", "A part that is whole in both trees"), ...results);
      const where = side === "left" ? " of both" : ", in the newer tree alone";
      return element("li", element("p", "with ", hash, " on the ", element("b", side), where), ...results);
    }),
  );
}

checking("The log did NOT only grow:", async () => {
  list.replaceChildren();
  const [kept, mine] = [given("kept"), given("vkey")];
  const older = readNote(kept ? `${kept}\n` : await take(`../v1/checkpoints/${data.from}/note`));
  const from = kept ? String(older.head.size) : data.from;
  const newer = readNote(await take(`../v1/checkpoints/${data.to}/note`));
  const proof = older.head.size <= newer.head.size
    ? await takeJson(`../v1/proofs/consistency?from=${from}&to=${data.to}`)
    : { hashes: [] };
  const vkeysOf = ({ head }) => mine || keyAt(keys, head.size);
  const found = await checkGrowth({ from, to: data.to }, older, newer, proof, vkeysOf, show);
  document.getElementById("older-size").textContent = from;
  if (kept) document.getElementById("older-signed").textContent = "as you gave it";
  document.getElementById("older-root").textContent = base64(older.head.root);
  document.getElementById("newer-root").textContent = base64(newer.head.root);
  const way = `From ${kept ? "the checkpoint that you kept" : "the checkpoint"} of ${from} to that of ${data.to} entries`;
  const what = from === "0" ? "the empty tree is in every tree"
    : from === data.to ? "both have one root"
    : `${plural(found.steps.length, "step")} computed here lead to both roots`;
  if (found.signed) {
    const whose = mine ? "the key that you gave" : "the key that this server states";
    say("ok", "✓ The log only grew.", `${way}: ${what}, and both signatures verify with ${whose}.`);
  } else {
    say("und", "? Checked in part.", `${way}: ${what}. The signatures were not checked: this browser has no Ed25519.`);
  }
});
