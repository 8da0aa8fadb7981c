// A browser, whichever it is: what the suite needs of one.

export interface Engine {
  readonly name: EngineName;
  /** As the browser says. */
  readonly version: string;
  /** Only on https does it keep `Secure` cookies of localhost. */
  readonly needsHttps: boolean;
  /** A new tab, all of one profile. */
  open(url: string): Promise<Tab>;
  stop(): Promise<void>;
}

export interface Tab {
  /** Calls a function of `scenarios.js` in the page; what it gives, as JSON. */
  run<T>(scenario: string, ...args: unknown[]): Promise<T>;
  reload(): Promise<void>;
  /** Presses the element, also of a page without scripts. */
  press(selector: string): Promise<void>;
  /** The text of the first element that matches, now; empty if there is none, or the page is being loaded. */
  text(selector: string): Promise<string>;
  /** Attaches a virtual authenticator (WebAuthn Level 3, section 11). Gives the function that removes it. */
  addAuthenticator(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export const ENGINE_NAMES = ["chromium", "firefox", "webkit"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Those this run is about: the one that every test uses, or what `LATCHKEY_ENGINES` says: `all`, or names with commas. */
export function wantedEngines(): EngineName[] {
  const wanted = process.env.LATCHKEY_ENGINES || "chromium";
  return ENGINE_NAMES.filter((name) => wanted === "all" || wanted.split(",").includes(name));
}
