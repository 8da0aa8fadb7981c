// Passkeys: to sign up and in, to prove a credential again, as second factor, and the user's list of them.
import { type Account, checkAddress, checkRest, type Passkey } from "./accounts.js";
import { type Asked, DONE, open, type Routes } from "./asked.js";
import { toBase64url, utf8 } from "./bytes.js";
import { Refusal } from "./problem.js";
import type { Amr } from "./sessions.js";
import { check } from "./webauthn.js";

/** What a passkey with user verification proves: it counts as two factors. */
export const BY_PASSKEY: Amr = ["swk", "user", "mfa"];

export const passkeyRoutes: Routes = {
  "POST /auth/passkeys/options": (asked) => {
    const { backend, body, token, challenge } = asked;
    const account = token === "" ? null : backend.sessions.freshOf(token).account;
    if (!account && !backend.signUp) throw new Refusal("sign_up_closed");
    if (body.email) checkAddress(body.email);
    if (body.email && backend.accounts.find(body.email)) throw new Refusal("email_taken");
    const userId = account?.id ?? backend.newId("user");
    const name = account?.email ?? body.email ?? userId;
    const begun = backend.ceremonies.begin({ kind: "create", account, email: body.email, userId }, challenge);
    const { hostname } = new URL(backend.page);
    const options = {
      rp: { id: hostname, name: hostname },
      user: { id: toBase64url(utf8(userId)), name, displayName: name },
      challenge: begun.challenge,
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      timeout: 300_000,
      excludeCredentials: (account?.passkeys ?? []).map(({ id }) => ({ type: "public-key", id })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    };
    return { status: 200, body: options, challenge: begun.cookie };
  },

  "POST /auth/passkeys": (asked) => {
    const { backend, body, challenge, token } = asked;
    const response = check(body.credential, "create", backend.page);
    const { account, email, userId } = backend.ceremonies.finish("create", response.challenge, challenge);
    const { id, publicKey, backedUp } = response;
    const createdAt = backend.now();
    const passkey = { id, name: body.name || "Passkey", publicKey, backedUp, createdAt, lastUsedAt: null };
    if (account) {
      if (backend.sessions.freshOf(token).account !== account) throw new Refusal("challenge_expired");
      account.passkeys.unshift(passkey);
      return { status: 201, body: { passkey: view(passkey) } };
    }
    const created = backend.accounts.add({ email: email ?? "", emailVerified: false }, userId);
    created.passkeys.push(passkey);
    return open(asked, created, BY_PASSKEY, 201);
  },

  "GET /auth/passkeys": ({ backend, token }) => {
    const { passkeys } = backend.sessions.of(token).account;
    return { status: 200, body: { passkeys: passkeys.map(view) } };
  },

  "PATCH /auth/passkeys/{id}": ({ backend, body, token, id }) => {
    const passkey = ownPasskey(backend.sessions.of(token).account, id);
    if (!body.name) throw new Refusal("invalid_request", { field: "name", detail: "The name is missing." });
    passkey.name = body.name;
    return { status: 200, body: { passkey: view(passkey) } };
  },

  "DELETE /auth/passkeys/{id}": ({ backend, token, id }) => {
    const { account } = backend.sessions.freshOf(token);
    const passkey = ownPasskey(account, id);
    checkRest(account, backend.mail);
    account.passkeys = account.passkeys.filter((each) => each !== passkey);
    return DONE;
  },

  "POST /auth/passkey/options": ({ backend, token, challenge }) => {
    const account = token === "" ? null : backend.sessions.of(token).account;
    const begun = backend.ceremonies.begin({ kind: "get", account }, challenge);
    const options = {
      ...{ challenge: begun.challenge, rpId: new URL(backend.page).hostname },
      ...{ timeout: 300_000, userVerification: "required" },
      allowCredentials: (account?.passkeys ?? []).map(({ id }) => ({ type: "public-key", id })),
    };
    return { status: 200, body: options, challenge: begun.cookie };
  },

  "POST /auth/passkey/sign-in": (asked) => open(asked, ownerOfProved(asked), BY_PASSKEY),
};

/** The account whose passkey has answered. */
export function ownerOfProved({ backend, body, challenge }: Asked): Account {
  const response = check(body.credential, "get", backend.page);
  const { account } = backend.ceremonies.finish("get", response.challenge, challenge);
  const owner = backend.accounts.search(({ passkeys }) => passkeys.some(({ id }) => id === response.id));
  const passkey = owner?.passkeys.find(({ id }) => id === response.id);
  if (!owner || !passkey || (account && account !== owner) || !response.isSignedBy(passkey.publicKey)) {
    throw new Refusal("invalid_credentials");
  }
  passkey.lastUsedAt = backend.now();
  return owner;
}

function ownPasskey({ passkeys }: Account, id: string): Passkey {
  const found = passkeys.find((each) => each.id === id);
  if (!found) throw new Refusal("not_found");
  return found;
}

const view = ({ id, name, createdAt, lastUsedAt, backedUp }: Passkey): object => ({
  ...{ id, name, created_at: createdAt, last_used_at: lastUsedAt, backed_up: backedUp },
});
