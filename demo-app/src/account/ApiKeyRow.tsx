import type { ApiKey } from "latchkey-auth";
import { useId, useState } from "react";
import { distance, moment, since } from "../format/time.ts";
import { useFocusBack } from "../hooks/useFocusBack.ts";
import { useNow } from "../hooks/useNow.ts";
import { Confirm } from "../ui/Confirm.tsx";
import { Renaming } from "./Renaming.tsx";
import { RowButtons } from "./RowButtons.tsx";
import { scopeInWords } from "./scopes.ts";

interface ApiKeyRowProps {
  apiKey: ApiKey;
  rename: (name: string) => Promise<boolean>;
  revoke: () => void;
}

export function ApiKeyRow({ apiKey, rename, revoke }: ApiKeyRowProps) {
  const { name, scopes, roles, networks, createdAt, expiresAt, lastUsedAt } = apiKey;
  const now = useNow(30_000);
  const [step, setStep] = useState<"shown" | "renaming" | "revoking">("shown");
  const nameId = useId();
  const opener = useFocusBack<HTMLButtonElement>(step === "renaming");
  const isExpired = expiresAt !== undefined && expiresAt <= now;

  if (step === "renaming") {
    return (
      <li className="item">
        <Renaming
          label="Name of the API key"
          name={name}
          onSave={(typed) => void rename(typed).then((worked) => worked && setStep("shown"))}
          onCancel={() => setStep("shown")}
        />
      </li>
    );
  }
  return (
    <li className="item">
      <div className="item-body">
        <p className="item-name">
          <span id={nameId}>{name}</span>
          {isExpired && <span className="tag tag-bad">expired</span>}
        </p>
        <p className="item-facts">{scopes.length > 0 ? scopes.map(scopeInWords).join(" · ") : "No scopes"}</p>
        {roles.length > 0 && (
          <p className="item-facts">
            {roles.length === 1 ? "Role" : "Roles"}: {roles.join(", ")}
          </p>
        )}
        {networks.length > 0 && <p className="item-facts">Only from {networks.join(", ")}</p>}
        <p className="item-facts" title={moment(createdAt)}>
          {lastUsedAt === undefined ? "Not used yet" : `Used ${since(lastUsedAt, now)}`}
          {expiresAt === undefined
            ? ", does not expire"
            : `, ${isExpired ? "expired" : "expires"} ${distance(expiresAt, now)}`}
        </p>
      </div>
      <RowButtons
        ref={opener}
        nameId={nameId}
        remove="Revoke"
        onRename={() => setStep("renaming")}
        onRemove={() => setStep("revoking")}
      />
      {step === "revoking" && (
        <Confirm
          title="Revoke this API key?"
          yes="Yes, revoke"
          no="Keep it"
          onAnswer={(yes) => {
            setStep("shown");
            if (yes) revoke();
          }}
        >
          Programs that use “{name}” stop working.
        </Confirm>
      )}
    </li>
  );
}
