// The ways that need a mail: sign-in by code, a forgotten password, the proof of an address and its change.
import { type Account, checkAddress, checkPassword, userView } from "./accounts.js";
import { type Answer, type Asked, granted, open, type Routes } from "./asked.js";
import { type Challenge, type Purpose, readCode, shownCode } from "./challenges.js";
import { Refusal } from "./problem.js";
import type { FakeMail } from "./types.js";

/** The purposes whose answer is a code, and the kinds of their mails. */
const KINDS = {
  "sign-in": "sign_in",
  reauthenticate: "reauthentication",
  reset: "password_reset",
  verify: "email_verification",
  change: "email_change",
} as const satisfies Partial<Record<Purpose, FakeMail["kind"]>>;

/** Codes by mail, and what they are for. */
export const mailRoutes: Routes = {
  "POST /auth/email/code": (asked) => {
    const { backend, body, token } = asked;
    if (token !== "") {
      const { account } = backend.sessions.of(token);
      return sendCode(asked, { purpose: "reauthenticate", account, email: account.email });
    }
    const { email = "" } = body;
    checkAddress(email);
    const account = backend.accounts.find(email) ?? null;
    const isSent = account !== null || backend.signUp;
    return isSent
      ? sendCode(asked, { purpose: "sign-in", account, email }, account ? "sign_in" : "sign_up")
      : sendNoCode(asked, { purpose: "sign-in", account, email }, "no_account");
  },

  "POST /auth/email/code/verify": (asked) => {
    const { backend, body, challenge } = asked;
    const { email = "" } = backend.challenges.checkCode(challenge, "sign-in", body.code ?? "");
    backend.challenges.spend(challenge);
    const known = backend.accounts.find(email);
    if (known?.emailVerified) return open(asked, known, ["email"]);
    return open(asked, proved(asked, email), ["email"], 201);
  },

  "POST /auth/password/forgot": (asked) => {
    const { backend, body } = asked;
    const { email = "" } = body;
    checkAddress(email);
    const account = backend.accounts.find(email);
    return account
      ? sendCode(asked, { purpose: "reset", account, email })
      : sendNoCode(asked, { purpose: "reset", account: null, email }, "no_account");
  },

  "POST /auth/password/reset": (asked) => {
    const { backend, body, challenge } = asked;
    const { code = "", new_password = "" } = body;
    // Before the code is spent.
    checkPassword("new_password", new_password);
    const account = accountOf(backend.challenges.checkCode(challenge, "reset", code));
    backend.challenges.spend(challenge);
    account.password = new_password;
    account.emailVerified = true;
    backend.sessions.endAll("revoked", (session) => session.account === account);
    return open(asked, account, ["email"]);
  },

  "POST /auth/email/verification": (asked) => {
    const { account } = asked.backend.sessions.of(asked.token);
    return sendCode(asked, { purpose: "verify", account, email: account.email });
  },

  "POST /auth/email/verify": (asked) => {
    const account = answeredBySelf(asked, "verify");
    account.emailVerified = true;
    return { status: 200, body: { user: userView(account) }, challenge: null };
  },

  "POST /auth/email/change": (asked) => {
    const { account } = asked.backend.sessions.freshOf(asked.token);
    const { email = "" } = asked.body;
    checkAddress(email);
    const holder = asked.backend.accounts.find(email);
    const isTaken = holder !== undefined && holder !== account && holder.emailVerified;
    if (isTaken) return sendNoCode(asked, { purpose: "change", account, email }, "email_in_use");
    return sendCode(asked, { purpose: "change", account, email });
  },

  "POST /auth/email/change/verify": (asked) => {
    const { backend, challenge, token } = asked;
    const session = backend.sessions.of(token);
    const { email = "" } = backend.challenges.of(challenge, "change");
    const account = answeredBySelf(asked, "change");
    const { email: former, emailVerified } = account;
    backend.accounts.claim(account, email);
    // An address that was never proved may be another person's.
    if (emailVerified) {
      const code = backend.challenges.newCode();
      account.former = { email: former, code };
      send(asked, { to: former, kind: "email_changed", code: shownCode(code) });
    }
    return granted(backend.sessions.grant(session));
  },

  // By the code in the mail to the former address, in any browser.
  "POST /auth/email/change/undo": ({ backend, body }) => {
    const account = backend.accounts.undoClaim(body.email ?? "", readCode(body.code ?? ""));
    backend.sessions.endAll("revoked", (session) => session.account === account);
    return { status: 204 };
  },
};

/** The account of a user who has proved an address that no account has proved before. */
function proved({ backend: { accounts, signUp } }: Asked, email: string): Account {
  if (!signUp) throw new Refusal("sign_up_closed");
  const holder = accounts.find(email);
  if (holder) accounts.remove(holder);
  return accounts.add({ email, emailVerified: true });
}

/** The caller's own account, for which the code was requested and is right. */
function answeredBySelf({ backend, body, challenge, token }: Asked, purpose: Purpose): Account {
  const { account } = backend.sessions.of(token);
  if (backend.challenges.of(challenge, purpose).account !== account) throw new Refusal("challenge_expired");
  backend.challenges.checkCode(challenge, purpose, body.code ?? "");
  backend.challenges.spend(challenge);
  return account;
}

/** Without an account there was no mail, so no code is right. */
function accountOf({ account }: Challenge): Account {
  if (!account) throw new Refusal("code_invalid");
  return account;
}

type CodeChallenge = Challenge & { purpose: keyof typeof KINDS; email: string };

/** Sends a code to the address of the challenge, and binds it to the browser. */
function sendCode(asked: Asked, challenge: CodeChallenge, kind: FakeMail["kind"] = KINDS[challenge.purpose]): Answer {
  const code = asked.backend.challenges.newCode();
  send(asked, { to: challenge.email, kind, code: shownCode(code) });
  return { status: 202, challenge: asked.backend.challenges.issue({ ...challenge, code }) };
}

/** The same answer, but the mail says why there is no code, so that only its reader learns it. */
function sendNoCode(asked: Asked, challenge: CodeChallenge, kind: FakeMail["kind"]): Answer {
  send(asked, { to: challenge.email, kind });
  return { status: 202, challenge: asked.backend.challenges.issue(challenge) };
}

function send({ backend: { clock, faults, mails } }: Asked, mail: Omit<FakeMail, "at">): void {
  if (faults.mailUnavailable) throw new Refusal("mail_unavailable");
  mails.unshift({ ...mail, at: clock.wall() });
}
