// What the pages that check something share: how they ask, and how they say what they found.
// Text only: nothing from a server becomes HTML.

import { Broken } from "./proof.js";

const SECONDS = 30;
const MAX_BYTES = 2 ** 20;
const outcome = document.getElementById("outcome");
const form = document.getElementById("trusted");

export function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

/** Say what was found: `ok`, `no` or `und`; `gap` while nothing is known. */
export function say(tone, word, sentence) {
  outcome.className = `outcome ${tone}`;
  outcome.replaceChildren(element("p", element("b", word), ` ${sentence}`));
}

/** Ask this server for text; the path is relative to the page, which may be below a prefix. */
export async function take(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(SECONDS * 1000), cache: "no-store" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const text = await answer.text();
  if (text.length > MAX_BYTES) throw new Error("the answer is too long");
  return text;
}

export const takeJson = async (path) => JSON.parse(await take(path));

/** What the auditor typed or pasted into a field. */
export const given = (id) => document.getElementById(id)?.value.trim() ?? "";

export const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

/** Check now, and again when the auditor has given a key; `failed` begins what is said of a lie. */
export function checking(failed, check) {
  const run = async () => {
    say("gap", "Checking …", "");
    if (!globalThis.crypto?.subtle) {
      say("und", "? Could not check:", "this browser computes hashes only over HTTPS or from this machine.");
      return;
    }
    try {
      await check();
    } catch (error) {
      if (error instanceof Broken) say("no", `✗ ${failed}`, `${error.message}. Keep this page as evidence.`);
      else say("und", "? Could not check:", `${error.message}.`);
    }
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  run();
}
