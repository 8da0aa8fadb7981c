// Other providers. Each has one user, who always agrees: a navigation to `start` ends where the provider's callback
// would lead.
import { type Account, checkRest } from "./accounts.js";
import { type Answer, type Asked, DONE, open, type Routes } from "./asked.js";
import { Refusal } from "./problem.js";
import type { FakeProvider } from "./types.js";

export const providerRoutes: Routes = {
  "GET /auth/providers/{name}/start": (asked) => {
    const { backend, query } = asked;
    const returnTo = new URL(query.get("return_to") ?? "/", backend.page);
    try {
      const provider = providerOf(asked);
      if (provider.fails) throw new Refusal("provider_failed");
      const { cookie, challenge } = arrive(asked, provider);
      return { status: 302, location: returnTo, cookie, challenge };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      returnTo.searchParams.set("error", error.code);
      if (error.more.methods) returnTo.searchParams.set("methods", error.more.methods.join(","));
      return { status: 302, location: returnTo, challenge: error.challenge };
    }
  },

  "GET /auth/providers/linked": ({ backend, token }) => {
    const { linked } = backend.sessions.of(token).account;
    const labels = new Map(backend.providers.map(({ name, label }) => [name, label ?? name]));
    const providers = linked.map(({ provider }) => ({ name: provider, label: labels.get(provider) ?? provider }));
    return { status: 200, body: { providers } };
  },

  "POST /auth/providers/{name}/link": (asked) => {
    const { backend, body, token } = asked;
    const { account } = backend.sessions.freshOf(token);
    const { name } = providerOf(asked);
    const ticket = backend.newId("link");
    backend.links.set(ticket, account);
    const query = new URLSearchParams({ link: ticket, return_to: body.return_to ?? "/" });
    return { status: 200, body: { url: `${backend.origin}/auth/providers/${name}/start?${query}` } };
  },

  "DELETE /auth/providers/{name}": ({ backend, token, id }) => {
    const { account } = backend.sessions.freshOf(token);
    if (!account.linked.some(({ provider }) => provider === id)) throw new Refusal("not_found");
    checkRest(account, backend.mail);
    account.linked = account.linked.filter(({ provider }) => provider !== id);
    return DONE;
  },
};

function providerOf({ backend: { providers }, id }: Asked): FakeProvider {
  const found = providers.find(({ name }) => name === id);
  if (!found) throw new Refusal("not_found");
  return found;
}

/** The provider's user comes back: to be linked to an account, or to sign in. */
function arrive(asked: Asked, provider: FakeProvider): Answer {
  const { accounts, links, signUp } = asked.backend;
  const { name, email, subject = email } = provider;
  const isTheirs = ({ linked }: Account) => linked.some((each) => each.provider === name && each.subject === subject);
  const known = accounts.search(isTheirs);
  const ticket = asked.query.get("link");
  if (ticket !== null) {
    const account = links.get(ticket);
    links.delete(ticket);
    if (!account) throw new Refusal("challenge_expired");
    if (known && known !== account) throw new Refusal("already_linked");
    if (!known) account.linked.push({ provider: name, subject });
    return DONE;
  }
  if (known) return open(asked, known, ["fed"]);
  if (!signUp) throw new Refusal("sign_up_closed");
  // An account is never found by its address: its user must link the provider.
  const created = accounts.add({ email, emailVerified: false });
  created.linked.push({ provider: name, subject });
  return open(asked, created, ["fed"]);
}
