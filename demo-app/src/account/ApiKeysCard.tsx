import type { ApiKey, CreatedApiKey, User } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { useState } from "react";
import { useFocusBack } from "../hooks/useFocusBack.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Confirm } from "../ui/Confirm.tsx";
import { Notice } from "../ui/Notice.tsx";
import { ApiKeyRow } from "./ApiKeyRow.tsx";
import { CreatedKey } from "./CreatedKey.tsx";
import type { Terms } from "./key-terms.ts";
import { NewApiKey } from "./NewApiKey.tsx";
import { Outcome } from "./Outcome.tsx";
import { useProof } from "./Proof.tsx";
import { useAction } from "./useAction.ts";
import { useList } from "./useList.ts";

/** The user's API keys: creating, naming and revoking them. */
export function ApiKeysCard({ user }: { user: User }) {
  const { apiKeys } = useAuth();
  const withProof = useProof();
  const action = useAction();
  const { items, isAbsent, failure, load, region } = useList<ApiKey>(apiKeys.list);
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const [step, setStep] = useState<"shown" | "creating" | "revoking">("shown");

  const opener = useFocusBack<HTMLButtonElement>(step === "creating" || created !== null);

  /** Acts, and shows the list as it is then. */
  const change = async (act: () => Promise<unknown>, said?: string) => {
    const worked = await action.run(() => withProof(act), said);
    if (worked) await load();
    return worked;
  };

  const create = (terms: Terms) =>
    change(async () => {
      setCreated(await apiKeys.create(terms));
      setStep("shown");
    });

  const revoke = (id: string) =>
    change(async () => {
      await apiKeys.revoke(id);
      if (created?.apiKey.id === id) setCreated(null);
    }, "The API key was revoked.");

  const revokeAll = () =>
    change(async () => {
      await apiKeys.revokeAll();
      setCreated(null);
    }, "All API keys were revoked.");

  if (isAbsent) return null;
  return (
    <Card title="API keys" aside={items && items.length > 0 && <span className="count">{items.length}</span>}>
      <p className="account-note">
        With an API key, a program acts for you: a script, a build, another server. Never put a key into a web page, and
        never give it to another person.
      </p>
      {failure !== null && <Notice tone="error">{failure}</Notice>}
      {created !== null && <CreatedKey created={created} onDone={() => setCreated(null)} />}
      <div ref={region} tabIndex={-1}>
        {items && items.length > 0 && (
          <ul className="items" data-testid="api-keys-list">
            {items.map((apiKey) => (
              <ApiKeyRow
                key={apiKey.id}
                apiKey={apiKey}
                rename={(name) => change(() => apiKeys.rename(apiKey.id, name), "The API key was renamed.")}
                revoke={() => void revoke(apiKey.id)}
              />
            ))}
          </ul>
        )}
      </div>
      {step === "creating" && (
        <NewApiKey
          roles={user.roles}
          pending={action.pending}
          create={create}
          cancel={() => {
            action.forget();
            setStep("shown");
          }}
        />
      )}
      <Outcome action={action} />
      {step !== "creating" && (
        <div className="button-row">
          <Button ref={opener} look={created ? "plain" : "primary"} onClick={() => setStep("creating")}>
            New API key
          </Button>
          {items && items.length > 1 && (
            <Button look="danger" onClick={() => setStep("revoking")}>
              Revoke all
            </Button>
          )}
        </div>
      )}
      {step === "revoking" && (
        <Confirm
          title="Revoke all API keys?"
          yes="Yes, revoke all"
          no="Keep them"
          onAnswer={(yes) => {
            setStep("shown");
            if (yes) void revokeAll();
          }}
        >
          Every program that uses one of them stops working.
        </Confirm>
      )}
    </Card>
  );
}
