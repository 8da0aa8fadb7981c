// The list of the most common passwords must be exactly the one generated from its package, without manual
// changes.
import { listIsCurrent } from "../common-passwords.mjs";
import { Refusal } from "../refusal.mjs";

export async function commonPasswords() {
  if (await listIsCurrent()) return;
  throw new Refusal(
    "edge-worker/src/passwords/common/list.txt differs from the list of @zxcvbn-ts/language-common: run `node tools/common-passwords.mjs`.",
  );
}
