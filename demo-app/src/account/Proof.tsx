import { useAuth } from "latchkey-auth/react";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { ProofDialog } from "./ProofDialog.tsx";
import { type Demand, demandOf } from "./proof-demand.ts";
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

/** Lets everything below it ask for a proof, in a dialog. */
export function ProofProvider({ children }: { children: ReactNode }) {
  const { reauthenticate } = useAuth();
  const [asked, setAsked] = useState<Asked | null>(null);
  const asking = useRef<Promise<boolean> | null>(null);

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
          // Actions that need a proof at the same time wait for the same dialog.
          asking.current ??= new Promise<boolean>((answer) => setAsked({ demand, answer })).finally(() => {
            asking.current = null;
            setAsked(null);
          });
          if (!(await asking.current)) throw new Cancelled();
        }
      }
    },
    [reauthenticate],
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
