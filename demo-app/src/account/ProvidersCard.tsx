import type { LinkedProvider, SignInProvider } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { useState } from "react";
import { arrivalProblem } from "../auth/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Outcome } from "./Outcome.tsx";
import { useProof } from "./Proof.tsx";
import { useAction } from "./useAction.ts";
import { useList } from "./useList.ts";

/** The other providers with which the user can sign in. */
export function ProvidersCard({ offered }: { offered: readonly SignInProvider[] }) {
  const { providers } = useAuth();
  const withProof = useProof();
  const action = useAction();
  const { items: linked, failure, load } = useList<LinkedProvider>(providers.linked);
  const [arrived] = useState(() => arrivalProblem(location.search));

  const unlink = async ({ name, label }: SignInProvider) => {
    const worked = await action.run(() => withProof(() => providers.unlink(name)), `${label} was unlinked.`);
    if (worked) await load();
  };

  return (
    <Card title="Other providers">
      {arrived !== null && action.done === null && <Notice tone="error">{arrived}</Notice>}
      {failure !== null && <Notice tone="error">{failure}</Notice>}
      <ul className="items" data-testid="providers-list">
        {offered.map((provider) => {
          const isLinked = linked?.some(({ name }) => name === provider.name) ?? false;
          return (
            <li key={provider.name} className="item">
              <p className="item-body item-name">
                {provider.label}
                {isLinked && <span className="tag tag-good">linked</span>}
              </p>
              {linked &&
                (isLinked ? (
                  <Button look="quiet" pending={action.pending} onClick={() => void unlink(provider)}>
                    Unlink {provider.label}
                  </Button>
                ) : (
                  <Button
                    look="quiet"
                    pending={action.pending}
                    onClick={() =>
                      void action.run(() => withProof(() => providers.link(provider.name, { returnTo: "/?account" })))
                    }
                  >
                    Link {provider.label}
                  </Button>
                ))}
            </li>
          );
        })}
      </ul>
      <Outcome action={action} />
    </Card>
  );
}
