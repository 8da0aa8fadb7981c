import { useAuth } from "latchkey-auth/react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";
import { asksForStepUps } from "../auth/step-up.ts";
import { ProofDialog } from "./ProofDialog.tsx";
import { type Demand, demandOf, newDemand } from "./proof-demand.ts";
import { Cancelled } from "./useAction.ts";

/**
 * Acts. If the service first wants the user to prove a credential again or a second factor, asks for that, and then acts
 * again. A `password` that the user has typed for the action is used as the proof, if it is one.
 */
export type WithProof = <T>(act: () => Promise<T>, password?: string) => Promise<T>;

interface Asked {
  readonly demand: Demand;
  readonly answer: (isProved: boolean) => void;
}

const Context = createContext<WithProof | null>(null);

/** Lets everything below it ask for a proof, in a dialog, and the client for what a route of the API requires. */
export function ProofProvider({ children }: { children: ReactNode }) {
  const { reauthenticate } = useAuth();
  const [asked, setAsked] = useState<Asked | null>(null);
  const asking = useRef<Promise<boolean> | null>(null);

  /** Resolves to whether the user has proved it. Actions that need a proof at the same time wait for the same dialog. */
  const ask = useCallback((demand: Demand): Promise<boolean> => {
    asking.current ??= new Promise<boolean>((answer) => setAsked({ demand, answer })).finally(() => {
      asking.current = null;
      setAsked(null);
    });
    return asking.current;
  }, []);

  useEffect(
    () =>
      asksForStepUps(async ({ acr, methods }) => {
        // The account may have nothing to prove it with. The call gets its 401, and who has made it says why.
        if (methods.length > 0) await ask(newDemand(acr === "aal2", methods));
      }),
    [ask],
  );

  const withProof: WithProof = useCallback(
    async (act, password) => {
      let typed = password;
      for (;;) {
        try {
          return await act();
        } catch (thrown) {
          const demand = demandOf(thrown);
          if (!demand) throw thrown;
          if (typed && !demand.isSecondFactor && demand.methods.includes("password")) {
            await reauthenticate({ password: typed });
            typed = undefined;
            continue;
          }
          if (!(await ask(demand))) throw new Cancelled();
        }
      }
    },
    [ask, reauthenticate],
  );

  return (
    <Context value={withProof}>
      {children}
      {asked && <ProofDialog demand={asked.demand} onAnswer={asked.answer} />}
    </Context>
  );
}

export function useProof(): WithProof {
  const withProof = useContext(Context);
  if (!withProof) throw new Error("useProof needs a <ProofProvider> above it.");
  return withProof;
}
