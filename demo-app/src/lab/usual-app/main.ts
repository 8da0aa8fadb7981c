// An app that keeps its access token as many do: in localStorage, where all script of its origin can read it. The lab opens
// it in a frame, posts the token of a throw-away user to it in place of a sign-in, and attacks it.
import { storedToken, storeToken } from "./stored-token.ts";

const [state, stored] = ["state", "stored"].map((id) => document.getElementById(id));

/** Calls the API with the stored token, and shows whose it is. Returns the response's status, 0 without a token. */
async function start(): Promise<number> {
  const token = storedToken();
  if (token === null) {
    show("Signed out.", "");
    return 0;
  }
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch("/lab/api/none", { headers, credentials: "omit", cache: "no-store" });
  const { subject, roles = [] } = (await response.json()) as { subject?: string; roles?: readonly string[] };
  const who = response.ok ? `Signed in as ${subject?.slice(0, 8)}…, ${roles.join(", ")}.` : "The session has ended.";
  show(who, `localStorage.access_token = "${token.slice(0, 12)}…${token.slice(-6)}"`);
  return response.status;
}

function show(text: string, code: string): void {
  if (state) state.textContent = text;
  if (stored) stored.textContent = code;
}

addEventListener("message", ({ data, origin, source, ports: [port] }: MessageEvent<unknown>) => {
  if (origin !== location.origin || source !== parent || !port) return;
  // Tools that look into frames post messages of their own.
  const token = typeof data === "object" && data !== null && "access_token" in data ? data.access_token : undefined;
  if (typeof token !== "string") return;
  storeToken(token);
  void start().then((status) => port.postMessage(status));
});

void start();
