// Sign-in with another provider: the browser goes to the provider's page and comes back, in this window or in another.
import type { AuthErrorCode } from "../generated/codes.js";
import type { SecondFactorMethod, SignInResult } from "../ways-in.js";
import type { Calls, GroupOf } from "./calls.js";

/** How often a window of a provider is looked at, in milliseconds. */
const LOOK_EVERY = 500;
/** After how many looks a closed window counts as given up: until then, its message may be on its way. */
const LOOKS = 4;

export const providers: GroupOf<"providers"> = (calls) => ({
  linked: async () => (await calls.ask("linkedProviders")).providers,
  async link(name, { returnTo } = {}) {
    const { url } = await calls.ask("linkProvider", { return_to: ownPage(calls, returnTo) }, name);
    location.assign(url);
  },
  unlink: (name) => calls.ask("unlinkProvider", undefined, name),
});

export function signInWith(
  calls: Calls,
  name: string,
  { returnTo, popup = false }: { returnTo?: string; popup?: boolean } = {},
): Promise<SignInResult> {
  const address = new URL(`${calls.service}/auth/providers/${encodeURIComponent(name)}/start`);
  address.searchParams.set("return_to", ownPage(calls, returnTo));
  if (popup) return inWindow(calls, address);
  location.assign(address.href);
  // The page is being left.
  return new Promise(() => {});
}

/** The absolute URL of a page of this origin, to which the browser comes back. */
function ownPage({ AuthError }: Calls, path?: string): string {
  const url = new URL(path ?? document.baseURI, document.baseURI);
  url.hash = "";
  if (url.origin === location.origin) return url.href;
  const detail = `returnTo: expected a page of ${location.origin}, found one of ${url.origin}.`;
  throw new AuthError("invalid_request", detail, { field: "returnTo", detail });
}

interface Message {
  readonly latchkey: "provider";
  readonly id: string;
  readonly error: AuthErrorCode | null;
  /** With `second_factor_required`. */
  readonly methods: SecondFactorMethod[];
}

async function inWindow({ begin, service, AuthError }: Calls, address: URL): Promise<SignInResult> {
  const id = crypto.randomUUID();
  address.searchParams.set("popup", id);
  const opened = open(address, "", "popup,width=500,height=700");
  if (!opened) throw new DOMException("The browser has blocked the window.", "NotAllowedError");
  const { error, methods } = await answerOf(opened, id, service);
  // The window has left the cookie of the new session.
  if (!error) return begin("takeUp", {});
  if (error === "second_factor_required") return { status: "second-factor", methods };
  throw new AuthError(error, `The provider's window has ended with the error ${error}.`);
}

/** What the window says before it closes. A provider's page may have cut the connection between the two windows. */
function answerOf(opened: Window, id: string, origin: string): Promise<Message> {
  const channel = new BroadcastChannel("latchkey-provider");
  const listening = new AbortController();
  let looks = 0;
  let looking = 0;
  return new Promise<Message>((resolve, reject) => {
    const hear = (data: Message) => data?.latchkey === "provider" && data.id === id && resolve(data);
    channel.onmessage = ({ data }) => hear(data);
    const listener = (event: MessageEvent) => event.origin === origin && hear(event.data);
    addEventListener("message", listener, { signal: listening.signal });
    looking = setInterval(() => {
      // A window whose connection was cut seems closed, too, but then it has the focus.
      if (opened.closed && document.hasFocus()) looks += 1;
      if (looks >= LOOKS) reject(new DOMException("The window was closed.", "NotAllowedError"));
    }, LOOK_EVERY);
  }).finally(() => {
    clearInterval(looking);
    listening.abort();
    channel.close();
  });
}
