// Shows on an entry's page what `proof.js` finds.

import { checking, element, given, plural, say, takeJson } from "./page.js";
import { base64, check } from "./proof.js";

const list = document.getElementById("steps");
const { index, size, vkey } = document.getElementById("proof-data").dataset;

function show({ leaf, steps = [] }) {
  const own = element("li", element("p", "The entry's own hash"), element("p", "= ", element("code", base64(leaf))));
  list.replaceChildren(
    own,
    ...steps.map(({ side, sibling, result }) =>
      element(
        "li",
        element("p", "with ", element("code", base64(sibling)), " on the ", element("b", side)),
        element("p", "= ", element("code", base64(result))),
      ),
    ),
  );
}

checking("This proof does NOT check:", async () => {
  list.replaceChildren();
  const [entry, proof] = await Promise.all([
    takeJson(`../v1/entries/${index}`),
    takeJson(`../v1/proofs/inclusion?index=${index}&size=${size}`),
  ]);
  const mine = given("vkey");
  const found = await check({ index, size }, entry, proof, mine || vkey, show);
  document.getElementById("root").textContent = base64(found.note.head.root);
  const steps = plural(found.steps.length, "step");
  if (found.signed) {
    const whose = mine ? "the key that you gave" : "the key that this server states";
    say("ok", "✓ It is in the log.", `${steps} computed here lead to the root, and its signature verifies with ${whose}.`);
  } else {
    say("und", "? Checked in part.", `${steps} computed here lead to the root. Its signature was not checked: this browser has no Ed25519.`);
  }
});
