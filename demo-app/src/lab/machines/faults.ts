/** A fault of the network between this browser and the service. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** What happens, and what the client should do. */
  readonly about: string;
}

export const FAULTS: readonly Fault[] = [
  { id: "none", title: "No fault", about: "Every request arrives, and so does every response." },
  {
    id: "offline",
    title: "Offline",
    about:
      "Simulated: the page dispatches the browser's event “offline”. The session stays, and the status says offline.",
  },
  {
    id: "lost",
    title: "Lost response",
    about:
      "The service renews the token, but the response breaks off. The retry presents the same cookie, and gets the same successor.",
  },
  { id: "unavailable", title: "5xx", about: "The service answers 503. The client retries with growing pauses." },
  {
    id: "portal",
    title: "Captive portal",
    about:
      "A hotel's page answers 200 with HTML in place of the service. That is not a response of the service, so the user stays signed in.",
  },
  { id: "slow", title: "Slow", about: "Each response takes a second more. Calls wait for the token." },
];

/** In seconds: a fault ends by itself, for example after this page was closed. */
const LONGEST = 300;

/** The fault at the service that this browser has, from another tab or from before a reload. */
export function faultNow(): string {
  const found = /(?:^|; )lab-fault=(\w+)/.exec(document.cookie)?.[1];
  return FAULTS.find(({ id }) => id === found)?.id ?? "none";
}

/**
 * Sets the fault, or with `none` ends it. By a cookie of this page, which its requests to the service carry, and not by
 * a request of its own: that would need a token, which a fault may keep from being renewed.
 */
export function setFault(id: string, before: string): void {
  const isAtService = id !== "none" && id !== "offline";
  const age = isAtService ? LONGEST : 0;
  // biome-ignore lint/suspicious/noDocumentCookie: not every engine has `cookieStore`
  document.cookie = `lab-fault=${isAtService ? id : ""}; Path=/; Max-Age=${age}; SameSite=Strict`;
  if (id === "offline") dispatchEvent(new Event("offline"));
  else if (before === "offline") dispatchEvent(new Event("online"));
}
