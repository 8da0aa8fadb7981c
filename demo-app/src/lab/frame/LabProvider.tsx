import { useAuth } from "latchkey-auth/react";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { Transport } from "../measure/lab-service.ts";
import type { Report } from "../measure/run.ts";

/** What the parts of the lab share: how requests are sent, and what has been measured so far. */
interface LabValue {
  readonly transport: Transport;
  readonly report: Report;
  /** Adds to the report, or replaces parts of it. */
  readonly record: (found: Partial<Report> | ((report: Report) => Partial<Report>)) => void;
}

const Context = createContext<LabValue | null>(null);

export function LabProvider({ children }: { children: ReactNode }) {
  const { fetch: send } = useAuth();
  const [report, setReport] = useState<Report>(() => ({
    measured_at: new Date().toISOString(),
    runtime: navigator.userAgent,
    bound: 5,
  }));
  const transport = useMemo<Transport>(
    () => ({
      control: (method, path, body, { keepalive } = { keepalive: false }) =>
        send(`${location.origin}/lab/control/${path}`, {
          method,
          keepalive,
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
        }),
      // The plain `fetch`: the vault would renew a rejected token, and the visitor's cookie belongs to the visitor.
      call: (path, credential, { token }, storeIsDown) =>
        fetch(path, {
          cache: "no-store",
          credentials: credential === "cookie" ? "same-origin" : "omit",
          headers: {
            ...(credential === "token" ? { Authorization: `Bearer ${token}` } : {}),
            ...(storeIsDown ? { "Lab-Store": "down" } : {}),
          },
        }),
    }),
    [send],
  );
  const value = useMemo<LabValue>(
    () => ({
      transport,
      report,
      record: (found) =>
        setReport((before) => ({
          ...before,
          measured_at: new Date().toISOString(),
          ...(typeof found === "function" ? found(before) : found),
        })),
    }),
    [transport, report],
  );
  return <Context value={value}>{children}</Context>;
}

export function useLab(): LabValue {
  const value = useContext(Context);
  if (!value) throw new Error("useLab outside of LabProvider");
  return value;
}
