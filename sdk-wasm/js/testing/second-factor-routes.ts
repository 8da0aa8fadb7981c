// Second factors: an authenticator app, and recovery codes.
import type { Account } from "./accounts.js";
import { type Asked, type Backend, DONE, granted, type Routes } from "./asked.js";
import { readCode, shownCode } from "./challenges.js";
import { BY_PASSKEY, ownerOfProved } from "./passkey-routes.js";
import { Refusal } from "./problem.js";
import type { Amr } from "./sessions.js";
import { accept, base32, newTotp } from "./totp.js";

const RECOVERY_CODES = 10;

/** What a code of the app, or one in its place, adds to what was proved before. */
export const BY_APP: Amr = ["otp", "mfa"];

export const secondFactorRoutes: Routes = {
  "POST /auth/second-factor": (asked) => {
    const { backend, challenge, cookie, token } = asked;
    if (token !== "" && !backend.challenges.isOpen(challenge, "second-factor")) {
      const session = backend.sessions.of(token);
      return granted(backend.sessions.prove(session, proved(asked, session.account)));
    }
    const { account, amr = [] } = backend.challenges.of(challenge, "second-factor");
    if (!account) throw new Refusal("challenge_expired");
    const factor = backend.challenges.count(challenge, () => proved(asked, account));
    backend.challenges.spend(challenge);
    return granted(backend.sessions.begin(account, [...amr, ...factor], cookie));
  },

  "POST /auth/second-factor/totp": ({ backend, token }) => {
    const { account } = backend.sessions.freshOf(token);
    account.totp = newTotp(backend.newId);
    const secret = base32(account.totp.secret);
    const label = encodeURIComponent(`${new URL(backend.page).host}:${account.email}`);
    const issuer = encodeURIComponent(new URL(backend.page).host);
    const uri = `otpauth://totp/${label}?secret=${secret}&issuer=${issuer}`;
    return { status: 200, body: { secret, uri } };
  },

  "POST /auth/second-factor/totp/confirm": ({ backend, body, token }) => {
    const session = backend.sessions.freshOf(token);
    const { account } = session;
    if (!account.totp || !accept(account.totp, body.code ?? "", backend.now())) throw new Refusal("code_invalid");
    account.totp.confirmed = true;
    // The user has proved both factors in this session.
    session.amr = [...session.amr, ...BY_APP];
    return { status: 200, body: newRecoveryCodes(backend, account) };
  },

  "DELETE /auth/second-factor/totp": ({ backend, token }) => {
    const { account } = backend.sessions.freshOf(token);
    if (!account.totp) throw new Refusal("not_found");
    account.totp = null;
    account.recoveryCodes.clear();
    return DONE;
  },

  "POST /auth/second-factor/recovery-codes": ({ backend, token }) => {
    const { account } = backend.sessions.freshOf(token);
    if (!account.totp?.confirmed) throw new Refusal("not_found");
    return { status: 200, body: newRecoveryCodes(backend, account) };
  },
};

/** What the body proves of the account. What can be used once is used then. Fails if it proves nothing. */
function proved(asked: Asked, account: Account): Amr {
  const { credential, recovery_code, code = "" } = asked.body;
  if (credential) {
    if (ownerOfProved(asked) !== account) throw new Refusal("invalid_credentials");
    return BY_PASSKEY;
  }
  const isRight =
    recovery_code === undefined
      ? account.totp?.confirmed && accept(account.totp, code.replace(/\s/g, ""), asked.backend.now())
      : account.recoveryCodes.delete(readCode(recovery_code));
  if (!isRight) throw new Refusal("code_invalid");
  return BY_APP;
}

/** The body of the response. The old codes become invalid. */
function newRecoveryCodes({ challenges }: Backend, account: Account): object {
  account.recoveryCodes = new Set(
    Array.from({ length: RECOVERY_CODES }, () => challenges.newCode() + challenges.newCode()),
  );
  return { recovery_codes: [...account.recoveryCodes].map(shownCode) };
}
