// Shows on an entry's page what `proof.js` finds. Text only: nothing from a server becomes HTML.

import { Broken, base64, check } from "./proof.js";

const SECONDS = 30;
const MAX_BYTES = 2 ** 20;
const outcome = document.getElementById("outcome");
const list = document.getElementById("steps");
const form = document.getElementById("trusted");
const { index, size, vkey } = document.getElementById("proof-data").dataset;

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function say(tone, word, sentence) {
  outcome.className = `outcome ${tone}`;
  outcome.replaceChildren(element("p", element("b", word), ` ${sentence}`));
}

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

async function take(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(SECONDS * 1000), cache: "no-store" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const text = await answer.text();
  if (text.length > MAX_BYTES) throw new Error("the answer is too long");
  return JSON.parse(text);
}

async function run() {
  const given = document.getElementById("vkey").value.trim();
  const whose = given ? "the key that you gave" : "the key that this server states";
  say("gap", "Checking …", "");
  list.replaceChildren();
  if (!globalThis.crypto?.subtle) {
    say("und", "? Could not check:", "this browser computes hashes only over HTTPS or from this machine.");
    return;
  }
  try {
    const [entry, proof] = await Promise.all([
      take(`../v1/entries/${index}`),
      take(`../v1/proofs/inclusion?index=${index}&size=${size}`),
    ]);
    const found = await check({ index, size }, entry, proof, given || vkey, show);
    document.getElementById("root").textContent = base64(found.note.head.root);
    const steps = `${found.steps.length} step${found.steps.length === 1 ? "" : "s"}`;
    if (found.signed) {
      say("ok", "✓ It is in the log.", `${steps} computed here lead to the root, and its signature verifies with ${whose}.`);
    } else {
      say("und", "? Checked in part.", `${steps} computed here lead to the root. Its signature was not checked: this browser has no Ed25519.`);
    }
  } catch (error) {
    if (error instanceof Broken) say("no", "✗ This proof does NOT check:", `${error.message}. Keep this page as evidence.`);
    else say("und", "? Could not check:", `${error.message}.`);
  }
}

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
run();
