import { useEffect, useState } from "react";
import { loadMessages, type Message } from "./messages.ts";

/** How often the page looks for new mails while it is visible, in milliseconds. */
const INTERVAL = 2000;

interface Messages {
  /** `undefined` until they have been loaded once. */
  readonly messages: readonly Message[] | undefined;
  /** Whether the last attempt failed. */
  readonly failed: boolean;
}

export function useMessages(): Messages {
  const [state, setState] = useState<Messages>({ messages: undefined, failed: false });
  useEffect(() => {
    const ended = new AbortController();
    const load = async () => {
      if (document.hidden) return;
      try {
        const messages = await loadMessages(ended.signal);
        setState({ messages, failed: false });
      } catch {
        if (!ended.signal.aborted) setState(({ messages }) => ({ messages, failed: true }));
      }
    };
    void load();
    const timer = setInterval(load, INTERVAL);
    document.addEventListener("visibilitychange", load);
    return () => {
      ended.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", load);
    };
  }, []);
  return state;
}
