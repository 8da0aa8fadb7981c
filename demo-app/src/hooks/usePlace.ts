import { useSyncExternalStore } from "react";
import { type MailLink, mailLinkOf } from "../account/mail-link.ts";

export interface Place {
  readonly place: "home" | "account";
  /** What a mail's link has brought: it leads to the account. */
  readonly link: MailLink | null;
}

/**
 * Where in the app the user is, by the fragment of the page's address. A provider leads back to an address without a
 * fragment, so there it is `?account`.
 */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  const link = mailLinkOf(hash);
  const isAccount = hash === "#account" || (hash === "" && new URLSearchParams(location.search).has("account"));
  return { place: link !== null || isAccount ? "account" : "home", link };
}

/** Whether the address is that of the mail to a former address: its code is typed, because mail scanners open links. */
export function useUndoLink(): boolean {
  return useSyncExternalStore(subscribe, () => location.hash.startsWith("#kind=email_changed"));
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
