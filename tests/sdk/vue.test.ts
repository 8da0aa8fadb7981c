// `latchkey-auth/vue` in Vue itself: reactivity, the client's life, hydration.
import "../harness/dom.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import { type Auth, createAuth, useAuth, useSession } from "latchkey-auth/vue";
import { type App, createApp, createSSRApp, defineComponent, h, nextTick, onErrorCaptured, watchEffect } from "vue";
import { renderToString } from "vue/server-renderer";
import { ADA, countedService } from "../harness/counted.ts";
import { until } from "../harness/until.ts";

const INITIAL = { id: "s1", user: { id: "u1", email: ADA.email, emailVerified: false, roles: [] } };

/** Shows who it is, and hands out what `useAuth` gave. */
function who() {
  let auth: Auth | undefined;
  const component = defineComponent(() => {
    const got = useAuth();
    auth = got;
    return () => h("p", `${got.status.value} ${got.session.value?.user.email ?? "-"}`);
  });
  return {
    component,
    auth: () => {
      assert.ok(auth);
      return auth;
    },
  };
}

function mount(app: App): { shows: (text: string) => Promise<unknown>; leave: () => void; place: HTMLElement } {
  const place = document.createElement("div");
  document.body.append(place);
  app.mount(place);
  return {
    place,
    shows: (text) =>
      until(`the page shows ${text}, not ${place.textContent}`, async () => {
        await nextTick();
        return place.textContent === text;
      }),
    leave: () => {
      app.unmount();
      place.remove();
    },
  };
}

test("loading, signed out, signed in by the composable's own function", async () => {
  const { create, made, disposed } = countedService();
  const { component, auth } = who();
  const { shows, leave, place } = mount(createApp(component).use(createAuth(create)));
  assert.equal(place.textContent, "loading -");
  await shows("signed-out -");
  await auth().signIn(ADA);
  await shows(`signed-in ${ADA.email}`);
  await auth().signOut();
  await shows("signed-out -");
  assert.deepEqual([made.length, disposed.length], [1, 0]);
  leave();
});

test("a function that returns the same client every time: the next app has its session", async () => {
  const { service, create, made, disposed } = countedService();
  service.openSession(ADA.email);
  let shared: Promise<AuthClient> | undefined;
  const make = () => (shared ??= create());
  for (let mounted = 0; mounted < 2; mounted += 1) {
    const { component, auth } = who();
    const { shows, leave } = mount(createApp(component).use(createAuth(make)));
    await shows(`signed-in ${ADA.email}`);
    assert.equal((await auth().fetch("/x")).status, 200);
    leave();
    await nextTick();
  }
  assert.deepEqual([made.length, disposed.length], [1, 0]);
});

test("a client passed in is used from the first frame on, and not disposed of", async () => {
  const { service, create, made, disposed } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const { component } = who();
  const { place, leave } = mount(createApp(component).use(createAuth(client)));
  await nextTick();
  assert.equal(place.textContent, `signed-in ${ADA.email}`);
  leave();
  await nextTick();
  assert.deepEqual([made.length, disposed.length], [1, 0]);
  client.dispose();
});

test("useSession triggers only when the session changes", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const seen: (string | undefined)[] = [];
  const { component, auth } = who();
  const root = defineComponent(() => {
    const session = useSession();
    watchEffect(() => seen.push(session.value?.user.email));
    return () => h(component);
  });
  const { shows, leave } = mount(createApp(root).use(createAuth(create)));
  await shows(`signed-in ${ADA.email}`);
  const { refreshes } = auth().tokenClock.value;
  service.expireTokens();
  await auth().fetch("/x");
  await nextTick();
  assert.equal(auth().tokenClock.value.refreshes, refreshes + 1);
  assert.deepEqual(seen, [undefined, ADA.email]);
  leave();
});

test("an app without a component that uses the adapter creates no client", async () => {
  const { create, made } = countedService();
  const { leave } = mount(createApp(defineComponent(() => () => "nothing")).use(createAuth(create)));
  await nextTick();
  assert.equal(made.length, 0);
  leave();
});

test("outside of components, as in a router's guard, it works by the app's own context", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const app = createApp(defineComponent(() => () => "")).use(createAuth(create));
  const auth = app.runWithContext(() => useAuth());
  assert.equal((await auth.fetch("/x")).status, 200);
  assert.equal(auth.status.value, "signed-in");
});

test("an error at the client's start is thrown where the state is read", async () => {
  const cause = new Error("no vault today");
  const { component, auth } = who();
  const caught: unknown[] = [];
  const root = defineComponent(() => {
    onErrorCaptured((error) => {
      caught.push(error);
      return false;
    });
    return () => h(component);
  });
  const { leave } = mount(createApp(root).use(createAuth(() => Promise.reject(cause))));
  await until("it is captured", () => caught.length > 0);
  assert.equal(caught[0], cause);
  await assert.rejects(auth().fetch("/x"), cause);
  leave();
});

test("without the plugin the error names what is missing", async () => {
  const app = createSSRApp(who().component);
  app.config.warnHandler = () => {};
  await assert.rejects(renderToString(app), /createAuth/);
});

for (const [signedIn, texts] of [
  [true, [`signed-in ${ADA.email}`]],
  [false, [`signed-in ${ADA.email}`, "signed-out -"]],
] as const) {
  test(`the session that the server has seen is shown until the vault says: ${texts.at(-1)}`, async () => {
    const { service, create, made } = countedService();
    if (signedIn) service.openSession(ADA.email);
    const { component, auth } = who();
    const app = () => createSSRApp(component).use(createAuth(create, { initialSession: INITIAL }));
    const place = document.createElement("div");
    place.innerHTML = await renderToString(app());
    assert.equal(made.length, 0);
    const seen = [place.textContent];
    const observer = new MutationObserver(() => seen.push(place.textContent));
    observer.observe(place, { subtree: true, childList: true, characterData: true });
    const complaints: string[] = [];
    const mounted = app();
    mounted.config.warnHandler = (message) => complaints.push(message);
    mounted.mount(place);
    await until("the vault knows", () => auth().session.value !== INITIAL);
    await nextTick();
    await until("the page shows it", () => place.textContent === texts.at(-1));
    observer.disconnect();
    assert.deepEqual([...new Set(seen)], texts);
    assert.deepEqual(complaints, []);
    mounted.unmount();
  });
}

test("a server renders loading, and hydration with a signed-in client reports no mismatch", async () => {
  const { service, create } = countedService();
  service.openSession(ADA.email);
  const client = await create();
  await client.fetch("/x");
  const { component } = who();
  const html = await renderToString(createSSRApp(component).use(createAuth(client)));
  assert.equal(html, "<p>loading -</p>");
  const place = document.createElement("div");
  place.innerHTML = html;
  const app = createSSRApp(component).use(createAuth(client));
  const complaints: string[] = [];
  app.config.warnHandler = (message) => complaints.push(message);
  app.mount(place);
  await until("it is signed in", async () => {
    await nextTick();
    return place.textContent === `signed-in ${ADA.email}`;
  });
  assert.deepEqual(complaints, []);
  app.unmount();
  client.dispose();
});
