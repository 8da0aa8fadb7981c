import { type AuthClient, isAuthError } from "latchkey-auth";
import { useCallback, useRef, useState } from "react";
import type { Call, LoggedCall } from "../api/call.ts";
import { Unreachable } from "../api/unreachable.ts";

/** How many calls are kept. */
const MAX_CALLS = 50;

/** A {@link Call} that keeps a log, and the log, the newest call first. */
export function useCallLog(fetch: AuthClient["fetch"]): { call: Call; calls: readonly LoggedCall[] } {
  const [calls, setCalls] = useState<readonly LoggedCall[]>([]);
  const lastId = useRef(0);

  const call = useCallback<Call>(
    async (method, path, body) => {
      const started = performance.now();
      const log = (outcome: number | string) => {
        lastId.current += 1;
        const entry = { id: lastId.current, method, path, outcome, duration: performance.now() - started };
        setCalls((older) => [entry, ...older].slice(0, MAX_CALLS));
      };
      try {
        const response = await fetch(location.origin + path, requestInit(method, body));
        log(response.status);
        return response;
      } catch (error) {
        log(isAuthError(error) ? error.code : "network");
        throw isAuthError(error) ? error : new Unreachable(error);
      }
    },
    [fetch],
  );

  return { call, calls };
}

function requestInit(method: string, body: unknown): RequestInit {
  if (body === undefined) return { method };
  return { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}
