// `latchkey-auth/react` in React itself: StrictMode, Suspense, concurrent rendering, hydration.
import "../harness/dom.ts";
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import { type Auth, AuthProvider, SignIn, useAuth, useSession } from "latchkey-auth/react";
import { en } from "latchkey-auth/texts/en";
import {
  act,
  Component,
  createElement as h,
  type ReactNode,
  StrictMode,
  Suspense,
  startTransition,
  use,
  useEffect,
  useLayoutEffect,
  useState,
} from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { ADA, countedService } from "../harness/counted.ts";
import { until } from "../harness/until.ts";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

const INITIAL = { id: "s1", user: { id: "u1", email: ADA.email, emailVerified: false, roles: [] } };

let place: HTMLElement;
let root: Root | undefined;

beforeEach(() => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  place = document.createElement("div");
  document.body.append(place);
});

afterEach(async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  await act(async () => root?.unmount());
  root = undefined;
  place.remove();
});

const render = async (node: ReactNode) => {
  root ??= createRoot(place);
  await act(async () => root?.render(node));
};
const shows = (text: string) =>
  until(`the page shows ${text}, not ${place.textContent}`, async () => {
    await act(async () => {});
    return place.textContent === text;
  });

let last: Auth | undefined;
function Who() {
  const auth = useAuth();
  last = auth;
  return h("p", null, `${auth.status} ${auth.session?.user.email ?? "-"}`);
}

/** The latest that was rendered. */
function rendered(): Auth {
  assert.ok(last);
  return last;
}

test("loading, signed out, signed in by the hook's own function, signed out again", async () => {
  const { create } = countedService();
  await render(h(AuthProvider, { client: create }, h(Who)));
  await shows("signed-out -");
  const { signIn, signOut } = rendered();
  await act(async () => void (await signIn(ADA)));
  await shows(`signed-in ${ADA.email}`);
  assert.equal(rendered().signIn, signIn, "its functions stay the same");
  await act(() => signOut());
  await shows("signed-out -");
});

test("StrictMode makes one client; after unmounting, the next mount makes another one", async () => {
  const { create, made, disposed } = countedService();
  await render(h(StrictMode, null, h(AuthProvider, { client: create }, h(Who))));
  await shows("signed-out -");
  assert.equal(made.length, 1);
  assert.equal(disposed.length, 0);
  await render(null);
  await render(h(StrictMode, null, h(AuthProvider, { client: create }, h(Who))));
  await shows("signed-out -");
  assert.equal(made.length, 2);
});

test("a function that returns the same client every time: the client outlives the provider, and the next mount has its session", async () => {
  const { service, create, made, disposed } = countedService();
  service.openSession(ADA.email);
  let shared: Promise<AuthClient> | undefined;
  const make = () => (shared ??= create());
  for (const strict of [false, true, false]) {
    const provider = h(AuthProvider, { client: make }, h(Who));
    await render(strict ? h(StrictMode, null, provider) : provider);
    await shows(`signed-in ${ADA.email}`);
    assert.equal((await rendered().fetch("/x")).status, 200);
    await render(null);
    await act(async () => {});
  }
  assert.deepEqual([made.length, disposed.length], [1, 0]);
  assert.equal((await shared)?.session?.user.email, ADA.email, "without a provider it still has its session");
  await render(h(AuthProvider, { client: make }, h(Who)));
  await shows(`signed-in ${ADA.email}`);
  await act(() => rendered().signOut());
  await shows("signed-out -");
});

test("two providers of one client: when one is unmounted, the other goes on", async () => {
  const { service, create, disposed } = countedService();
  service.openSession(ADA.email);
  let shared: Promise<AuthClient> | undefined;
  const make = () => (shared ??= create());
  const Both = ({ both }: { both: boolean }) =>
    h("div", null, h(AuthProvider, { client: make }, h(Who)), both && h(AuthProvider, { client: make }, h("i")));
  await render(h(Both, { both: true }));
  await shows(`signed-in ${ADA.email}`);
  await render(h(Both, { both: false }));
  await act(async () => {});
  assert.equal((await rendered().fetch("/x")).status, 200);
  assert.equal(disposed.length, 0);
});

test("a client that arrives after its provider has been unmounted is not disposed of either", async () => {
  const { create, disposed } = countedService();
  let go = () => {};
  const shared = new Promise<AuthClient>((done) => (go = () => done(create())));
  const make = () => shared;
  await render(h(StrictMode, null, h(AuthProvider, { client: make }, h(Who))));
  await render(null);
  go();
  await shared;
  await render(h(AuthProvider, { client: make }, h(Who)));
  await shows("signed-out -");
  assert.equal(disposed.length, 0);
});

test("wrap(fetch): a call that the vault does not handle waits for no client, and does not fail with it", async () => {
  const { service } = countedService();
  const elsewhere = "https://images.example.org/cat.png";
  const native = async (input: RequestInfo | URL) => new Response(`native ${input}`);
  let wrapped: typeof fetch | undefined;
  const Wraps = () => {
    const { wrap } = useAuth();
    useEffect(() => {
      wrapped = wrap(native);
    }, [wrap]);
    return null;
  };
  // A promise of `createClient` that hasn't settled, and one that has been rejected.
  const stuck = Object.assign(new Promise<AuthClient>(() => {}), marksOf(service.createClient()));
  await render(h(AuthProvider, { client: () => stuck }, h(Wraps)));
  assert.equal(await (await wrapped?.(elsewhere))?.text(), `native ${elsewhere}`);
  const failing = Promise.reject<AuthClient>(new Error("no vault today"));
  const failed = Object.assign(failing, marksOf(service.createClient()));
  // The failure is thrown where the state is read, so React unmounts the tree; the function goes on.
  await assert.rejects(render(h(AuthProvider, { client: () => failed, key: "failed" }, h(Wraps))));
  assert.equal(await (await wrapped?.(new Request(elsewhere)))?.text(), "native [object Request]");
  await assert.rejects(async () => wrapped?.("https://app.example.com/api/x"), { message: "no vault today" });
});

/** What says of `createClient`'s promise which calls go through the vault. */
const marksOf = (promise: Promise<AuthClient>): object => ({ ...promise });

test("a tree that suspends before it is mounted creates no client, and one when it is mounted", async () => {
  const { create, made, disposed } = countedService();
  let go = () => {};
  const data = new Promise<string>((done) => (go = () => done("data")));
  const Late = () => h("i", null, use(data));
  const tree = h(Suspense, { fallback: "…" }, h(AuthProvider, { client: create }, h(Late), h(Who)));
  await render(h(StrictMode, null, tree));
  assert.equal(place.textContent, "…");
  assert.equal(made.length, 0);
  await act(async () => go());
  await shows("datasigned-out -");
  assert.equal(made.length, 1);
  assert.equal(disposed.length, 0);
});

test("a client passed in, or a promise of one, is used and not disposed of", async () => {
  for (const promised of [false, true]) {
    const { service, create, made, disposed } = countedService();
    service.openSession(ADA.email);
    const client = await create();
    await render(
      h(AuthProvider, { key: String(promised), client: promised ? Promise.resolve(client) : client }, h(Who)),
    );
    await shows(`signed-in ${ADA.email}`);
    await render(null);
    assert.deepEqual([made.length, disposed.length], [1, 0]);
    assert.equal((await client.fetch("/x")).status, 200, "it still works");
    client.dispose();
  }
});

test("an effect of the first render may call the client's functions", async () => {
  const { service, create, made } = countedService();
  service.openSession(ADA.email);
  function Loads() {
    const { fetch } = useAuth();
    const [text, setText] = useState("…");
    useEffect(() => {
      void fetch("/api/hello")
        .then((answer) => answer.text())
        .then(setText);
    }, [fetch]);
    return text;
  }
  await render(h(StrictMode, null, h(AuthProvider, { client: create }, h(Loads))));
  await shows("hello");
  assert.equal(made.length, 1);
});

test("useSession renders again only when the session changes", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const seen: (string | undefined)[] = [];
  const Email = () => {
    const email = useSession()?.user.email;
    seen.push(email);
    return null;
  };
  await render(h(AuthProvider, { client: create }, h(Email), h(Who)));
  await shows(`signed-in ${ADA.email}`);
  const before = rendered().tokenClock;
  service.expireTokens();
  await act(async () => void (await rendered().fetch("/x")));
  assert.equal(rendered().tokenClock.refreshes, before.refreshes + 1, "the other hook has seen the renewal");
  assert.deepEqual(seen, [undefined, ADA.email]);
});

test("an error at the client's start goes to the error boundary and to the caller", async () => {
  const cause = new Error("no vault today");
  class Boundary extends Component<{ children: ReactNode }> {
    override state = { error: null };
    static getDerivedStateFromError = (error: unknown) => ({ error });
    override render = () => (this.state.error ? String(this.state.error) : this.props.children);
  }
  let called: Promise<unknown> | undefined;
  const Calls = () => {
    const { fetch } = useAuth();
    useEffect(() => {
      called = fetch("/x").catch((error: unknown) => error);
    }, [fetch]);
    return null;
  };
  const silent = console.error;
  console.error = () => {};
  try {
    await render(h(Boundary, null, h(AuthProvider, { client: () => Promise.reject(cause) }, h(Calls), h(Who))));
    await shows("Error: no vault today");
  } finally {
    console.error = silent;
  }
  assert.equal(await called, cause);
});

test("outside of a provider the error names what is missing", () => {
  assert.throws(() => renderToString(h(Who)), /AuthProvider/);
});

test("every commit is consistent, whenever the client changes during a time-sliced render", async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = false;
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const commits: string[] = [];
  const statuses: string[] = [];
  let renders = 0;
  const Slow = ({ index }: { index: number }) => {
    const { status } = useAuth();
    renders += 1;
    // Past React's slice of 5 ms, so that it yields between two of these.
    for (const end = performance.now() + 3; performance.now() < end; );
    statuses[index] = status;
    return status;
  };
  const All = () => {
    const [shown, setShown] = useState(false);
    useLayoutEffect(() => {
      if (shown) commits.push([...new Set(statuses)].join());
    });
    useEffect(() => startTransition(() => setShown(true)), []);
    return shown ? Array.from({ length: 40 }, (_, index) => h(Slow, { key: index, index })) : null;
  };
  root = createRoot(place);
  root.render(h(AuthProvider, { client }, h(All)));
  await until("it is in the middle of the transition", () => renders > 3 && renders < 40);
  await client.signOut();
  await until("every component shows it", () => place.textContent === "signed-out".repeat(40));
  for (const commit of commits) assert.doesNotMatch(commit, /,/, `a commit with ${commit}`);
  assert.ok(commits.length > 0);
  client.dispose();
});

/** What the page shows while it is hydrated with the session that the server has seen, until `last`. */
async function hydrated(signedIn: boolean, last: string) {
  const { service, create, made } = countedService();
  if (signedIn) service.openSession(ADA.email);
  const tree = h(AuthProvider, { client: create, initialSession: INITIAL }, h(Who));
  place.innerHTML = renderToString(tree);
  const texts = [place.textContent];
  assert.equal(made.length, 0);
  const observer = new MutationObserver(() => texts.push(place.textContent));
  observer.observe(place, { subtree: true, childList: true, characterData: true });
  const complaints: unknown[] = [];
  await act(async () => {
    root = hydrateRoot(place, tree, { onRecoverableError: (error) => complaints.push(error) });
  });
  await until("the vault knows", async () => {
    await act(async () => {});
    return rendered().session !== INITIAL;
  });
  await shows(last);
  observer.disconnect();
  assert.deepEqual(complaints, []);
  return [...new Set(texts)];
}

test("the session that the server has seen is shown until the vault knows, without a mismatch", async () => {
  assert.deepEqual(await hydrated(true, `signed-in ${ADA.email}`), [`signed-in ${ADA.email}`]);
  assert.ok(rendered().session?.expiresAt, "the vault's session");
});

test("if the session has ended since, the page changes, and never shows it again", async () => {
  assert.deepEqual(await hydrated(false, "signed-out -"), [`signed-in ${ADA.email}`, "signed-out -"]);
});

test("a call waits for the vault while the initial session is shown; after an unmount it is gone", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const Both = ({ shown }: { shown: boolean }) =>
    h(AuthProvider, { client: create, initialSession: INITIAL }, shown && h(Who));
  await render(h(Both, { shown: true }));
  assert.equal((await rendered().fetch("/x")).status, 200);
  await act(() => rendered().signOut());
  await render(h(Both, { shown: false }));
  await render(h(Both, { shown: true }));
  await shows("signed-out -");
});

test("a server renders loading, and hydration with a signed-in client reports no mismatch", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const tree = h(AuthProvider, { client }, h(Who));
  place.innerHTML = renderToString(tree);
  assert.equal(place.textContent, "loading -");
  const complaints: unknown[] = [];
  await act(async () => {
    root = hydrateRoot(place, tree, { onRecoverableError: (error) => complaints.push(error) });
  });
  await shows(`signed-in ${ADA.email}`);
  assert.deepEqual(complaints, []);
  client.dispose();
});

test("<SignIn> in a simulated document, as in an app's own tests: a wrong password, then the right one", async () => {
  const { service, create } = countedService();
  const told: string[] = [];
  const form = h(SignIn, { texts: en, onSignedIn: ({ user }) => told.push(user.email) });
  await render(h(AuthProvider, { client: create }, form));
  const input = (name: string) => place.querySelector(`[name=${name}]`) as HTMLInputElement;
  const submit = () => act(async () => (place.querySelector("[part=submit]") as HTMLElement).click());
  input("email").value = ADA.email;
  input("password").value = "wrong";
  await submit();
  await until("the message is there", async () => {
    await act(async () => {});
    return place.textContent?.includes(en.errors.invalid_credentials);
  });
  await until("the password has the focus", () => document.activeElement === input("password"));
  input("password").value = ADA.password;
  await submit();
  await shows("");
  assert.deepEqual(told, [ADA.email]);
  assert.deepEqual(service.requests, [
    "POST /auth/refresh",
    "GET /auth/methods",
    "POST /auth/sign-in",
    "POST /auth/sign-in",
  ]);
});
