import type { Attack, Exchange } from "./attack.ts";

const EMAIL = "ada@example.com";
const SIMULATED =
  "The network and the service are the package's fake ones (latchkey-auth/testing), in memory; the vault is the real one, with its WebAssembly.";

/** A page of its own, with the real vault and a fake network. Loaded only here. */
async function simulatedPage() {
  const { fakeService } = await import("latchkey-auth/testing");
  const service = fakeService({
    users: [{ email: EMAIL }],
    api: (_, { user }) => Response.json({ id: user.id }),
  });
  service.openSession(EMAIL);
  const exchanges: Exchange[] = [];
  /** Calls the API, and notes what came back. */
  const call = async (auth: Awaited<ReturnType<typeof service.createClient>>, what: string) => {
    const found = await auth.fetch("/api/me").then(
      ({ status }) => ({ status, answer: "the API's answer" }),
      (error: unknown) => ({
        status: 0,
        answer: error instanceof Error && "code" in error ? String(error.code) : "no answer",
      }),
    );
    exchanges.push({ request: `${what}: auth.fetch("/api/me")`, ...found });
    return found;
  };
  return { service, exchanges, call };
}

export const signOutWithoutNetwork: Attack = {
  id: "offline",
  title: "Sign out without a network",
  about:
    "A user signs out in a train, without a network, and the next user of the device goes on with the page. The session at the service does not know of the sign-out yet.",
  simulated: SIMULATED,
  async run({ wait }) {
    const { service, exchanges, call } = await simulatedPage();
    const auth = await service.createClient();
    await call(auth, "Signed in");
    service.faults.offline = true;
    await auth.signOut().catch(() => {});
    exchanges.push({ request: "auth.signOut(), offline", status: 0, answer: `status ${auth.status}` });
    const after = await call(auth, "After it");
    const sent = () => service.requests.includes("POST /auth/sign-out");
    const early = sent();
    service.faults.offline = false;
    for (let seconds = 0; !sent() && seconds < 60; seconds += 1) await wait(1, "until the vault tells the service");
    exchanges.push({
      request: "Back online: POST /auth/sign-out",
      status: 0,
      answer: sent() ? "sent by the vault" : "not sent",
    });
    const reloaded = await service.createClient();
    await call(reloaded, "After a reload");
    auth.dispose();
    reloaded.dispose();
    return {
      exchanges,
      succeeded: after.status === 200 || early || !sent() || reloaded.status !== "signed-out",
      verdict:
        "The page is signed out at once, because the vault forgets the token. It keeps a note of the sign-out and tells the service when the network is back. Until then, a copy of the cookie that was taken before would still work.",
    };
  },
};

export const wrongClock: Attack = {
  id: "clock",
  title: "A clock that is a day off",
  about:
    "A device's clock is wrong by a day, or a user sets it back to keep an old session alive. A client that compares the token's time with its own would renew all the time, or never.",
  simulated: SIMULATED,
  async run() {
    const { service, exchanges, call } = await simulatedPage();
    const works: boolean[] = [];
    for (const [what, skew] of [
      ["The device is a day behind", 86_400],
      ["The device is a day ahead", -86_400],
    ] as const) {
      service.faults.skewSeconds = skew;
      service.openSession(EMAIL);
      const refreshes = () => service.requests.filter((each) => each === "POST /auth/refresh").length;
      const before = refreshes();
      const auth = await service.createClient();
      works.push((await call(auth, what)).status === 200, (await call(auth, what)).status === 200);
      const renewals = refreshes() - before;
      exchanges.push({ request: `${what}: renewals for a start and two calls`, status: 0, answer: String(renewals) });
      works.push(renewals === 1);
      auth.dispose();
    }
    const ok = works.every(Boolean);
    return {
      exchanges,
      succeeded: !ok,
      verdict: ok
        ? "It makes no difference: the vault counts a token's life from when it arrived, and only the service's clock decides about sessions and tokens."
        : "The wrong clock made a difference.",
    };
  },
};
