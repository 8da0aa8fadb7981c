// The list of the most common passwords is what the package that it comes from makes it, and nothing was added or left out by hand.
import { listIsCurrent } from "../common-passwords.mjs";
import { Refusal } from "../refusal.mjs";

export async function commonPasswords() {
  if (await listIsCurrent()) return;
  throw new Refusal(
    "edge-worker/src/passwords/common/list.txt differs from the list of @zxcvbn-ts/language-common: run `node tools/common-passwords.mjs`.",
  );
}
