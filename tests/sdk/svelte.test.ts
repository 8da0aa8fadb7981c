// `latchkey-auth/svelte` in Svelte itself: runes, stores, the client's life. Components are compiled here.
import "../harness/dom.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import type { AdapterOptions, AuthStore, ClientSource } from "latchkey-auth/svelte";
import { ADA, countedService } from "../harness/counted.ts";
import { component, svelteModule } from "../harness/svelte.ts";
import { until } from "../harness/until.ts";

const INITIAL = { id: "s1", user: { id: "u1", email: ADA.email, emailVerified: false, roles: [] } };

interface Module {
  createAuth(source: ClientSource, options?: AdapterOptions): AuthStore;
  flushSync(): void;
  show(kind: "runes" | "store" | "effects", place: Element, props: { auth: AuthStore; seen?: unknown[] }): () => void;
}

const RUNES = "<script>let { auth } = $props();</script>{auth.status} {auth.session?.user.email ?? '-'}";
const STORE = "<script>export let auth;</script>{$auth.status} {$auth.session?.user.email ?? '-'}";
const EFFECTS =
  "<script>let { auth, seen } = $props(); const email = $derived(auth.session?.user.email); $effect(() => { seen.push(email); });</script>";

// One bundle, so that there is one Svelte.
const { createAuth, flushSync, show } = await svelteModule<Module>(
  `import { flushSync, mount, unmount } from "svelte";
   import Runes from ${component(RUNES)};
   import Store from ${component(STORE)};
   import Effects from ${component(EFFECTS)};
   export { createAuth } from "latchkey-auth/svelte";
   export { flushSync };
   export function show(kind, target, props) {
     const mounted = mount({ runes: Runes, store: Store, effects: Effects }[kind], { target, props });
     return () => unmount(mounted);
   }`,
  "client",
);

const shows = (place: Element, text: string) =>
  until(`the page shows ${text}, not ${place.textContent}`, () => {
    flushSync();
    return place.textContent === text;
  });

for (const kind of ["runes", "store"] as const) {
  test(`by ${kind}: loading, signed out, signed in`, async () => {
    const { create, made, disposed } = countedService();
    const auth = createAuth(create);
    assert.equal(made.length, 0, "nothing happens until a member is read");
    const place = document.createElement("div");
    const leave = show(kind, place, { auth });
    assert.equal(place.textContent, "loading -");
    await shows(place, "signed-out -");
    await auth.signIn(ADA);
    await shows(place, `signed-in ${ADA.email}`);
    await auth.signOut();
    await shows(place, "signed-out -");
    assert.deepEqual([made.length, disposed.length], [1, 0]);
    leave();
    await until("it is let go", () => auth.status === "loading");
  });
}

test("a function that returns the same client every time: the next component has its session", async () => {
  const { service, create, made, disposed } = countedService();
  service.openSession(ADA.email);
  let shared: Promise<AuthClient> | undefined;
  const auth = createAuth(() => (shared ??= create()));
  for (let mounted = 0; mounted < 2; mounted += 1) {
    const place = document.createElement("div");
    const leave = show("runes", place, { auth });
    await shows(place, `signed-in ${ADA.email}`);
    leave();
    await until("it is let go", () => auth.status === "loading");
  }
  assert.equal((await auth.fetch("/x")).status, 200);
  assert.deepEqual([made.length, disposed.length], [1, 0]);
});

test("two components share one client", async () => {
  const { service, create, made, disposed } = countedService();
  service.openSession(ADA.email);
  const auth = createAuth(create);
  const places = [document.createElement("div"), document.createElement("div")] as const;
  const leaveOne = show("runes", places[0], { auth });
  const leaveTwo = show("store", places[1], { auth });
  for (const place of places) await shows(place, `signed-in ${ADA.email}`);
  leaveOne();
  await auth.fetch("/x");
  assert.deepEqual([made.length, disposed.length], [1, 0]);
  leaveTwo();
  await until("it is let go", () => auth.status === "loading");
});

test("values derived from the session are computed again only when the session changes", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const auth = createAuth(create);
  const seen: unknown[] = [];
  const leave = show("effects", document.createElement("div"), { auth, seen });
  await until("it is signed in", () => {
    flushSync();
    return seen.includes(ADA.email);
  });
  service.expireTokens();
  const { refreshes } = auth.tokenClock;
  await auth.fetch("/x");
  flushSync();
  assert.equal(auth.tokenClock.refreshes, refreshes + 1);
  assert.deepEqual(seen, [undefined, ADA.email]);
  leave();
});

test("a client passed in is used and not disposed of", async () => {
  const { service, create, disposed } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const place = document.createElement("div");
  const leave = show("runes", place, { auth: createAuth(client) });
  assert.equal(place.textContent, `signed-in ${ADA.email}`);
  leave();
  assert.equal((await client.fetch("/x")).status, 200);
  assert.equal(disposed.length, 0);
  client.dispose();
});

for (const [signedIn, texts] of [
  [true, [`signed-in ${ADA.email}`]],
  [false, [`signed-in ${ADA.email}`, "signed-out -"]],
] as const) {
  test(`the session that the server has seen is shown until the vault says: ${texts.at(-1)}`, async () => {
    const { service, create } = countedService();
    if (signedIn) service.openSession(ADA.email);
    const auth = createAuth(create, { initialSession: INITIAL });
    const place = document.createElement("div");
    const leave = show("runes", place, { auth });
    const seen = [place.textContent];
    const observer = new MutationObserver(() => seen.push(place.textContent));
    observer.observe(place, { subtree: true, childList: true, characterData: true });
    await until("the vault knows", () => auth.session !== INITIAL);
    await shows(place, texts.at(-1) ?? "");
    observer.disconnect();
    assert.deepEqual([...new Set(seen)], texts);
    leave();
  });
}

test("an error at the client's start is thrown where the state is read, and to the caller", async () => {
  const cause = new Error("no vault today");
  const auth = createAuth(() => Promise.reject(cause));
  await assert.rejects(auth.fetch("/x"), cause);
  assert.throws(() => auth.status, cause);
});
