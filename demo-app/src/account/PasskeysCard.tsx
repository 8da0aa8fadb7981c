import type { Passkey } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { moment, since } from "../format/time.ts";
import { useFocusBack } from "../hooks/useFocusBack.ts";
import { useNow } from "../hooks/useNow.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Confirm } from "../ui/Confirm.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Outcome } from "./Outcome.tsx";
import { useProof } from "./Proof.tsx";
import { Renaming } from "./Renaming.tsx";
import { RowButtons } from "./RowButtons.tsx";
import { type Action, useAction } from "./useAction.ts";
import { useList } from "./useList.ts";

/** The user's passkeys: adding, naming and removing them. */
export function PasskeysCard() {
  const { passkeys } = useAuth();
  const withProof = useProof();
  const action = useAction();
  const { items: list, failure, load, region } = useList<Passkey>(passkeys.list);
  const [isSupported, setSupported] = useState(true);
  const name = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    passkeys.isSupported().then(setSupported, () => setSupported(false));
  }, [passkeys]);

  /** Acts, and shows the list as it is then. */
  const change = async (act: () => Promise<unknown>, said: string) => {
    const worked = await action.run(() => withProof(act), said);
    if (worked) await load();
    return worked;
  };

  async function onAdd(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (action.pending) return;
    const typed = name.current?.value.trim();
    const added = await change(() => passkeys.add(typed ? { name: typed } : {}), "The passkey was added.");
    if (added && name.current) name.current.value = "";
  }

  return (
    <Card title="Passkeys" aside={list && list.length > 0 && <span className="count">{list.length}</span>}>
      <p className="account-note">
        A passkey signs you in with your fingerprint, your face or the PIN of your device. It works only on this site,
        so no other site can ask you for it.
      </p>
      {failure !== null && <Notice tone="error">{failure}</Notice>}
      <div ref={region} tabIndex={-1}>
        {list && list.length > 0 && (
          <ul className="items" data-testid="passkeys-list">
            {list.map((passkey) => (
              <PasskeyRow key={passkey.id} passkey={passkey} action={action} change={change} />
            ))}
          </ul>
        )}
      </div>
      {isSupported ? (
        <form className="form-row" data-testid="passkey-form" noValidate onSubmit={(event) => void onAdd(event)}>
          <div className="field">
            <label className="field-label" htmlFor={id}>
              New passkey’s name
            </label>
            <input ref={name} id={id} className="input" maxLength={64} placeholder="My laptop" autoComplete="off" />
          </div>
          <Button look="primary" type="submit" pending={action.pending}>
            Add a passkey
          </Button>
        </form>
      ) : (
        <p className="empty">This browser does not support passkeys.</p>
      )}
      <Outcome action={action} />
    </Card>
  );
}

interface PasskeyRowProps {
  passkey: Passkey;
  action: Action;
  change: (act: () => Promise<unknown>, said: string) => Promise<boolean>;
}

function PasskeyRow({ passkey: { id, name, createdAt, lastUsedAt, backedUp }, action, change }: PasskeyRowProps) {
  const { passkeys } = useAuth();
  const now = useNow(30_000);
  const [step, setStep] = useState<"shown" | "renaming" | "removing">("shown");
  const nameId = useId();
  const opener = useFocusBack<HTMLButtonElement>(step === "renaming");

  async function rename(typed: string) {
    if (action.pending) return;
    if (await change(() => passkeys.rename(id, typed), "The passkey was renamed.")) setStep("shown");
  }

  return (
    <li className="item">
      {step === "renaming" ? (
        <Renaming
          label="Name of the passkey"
          name={name}
          onSave={(typed) => void rename(typed)}
          onCancel={() => setStep("shown")}
        />
      ) : (
        <>
          <div className="item-body">
            <p className="item-name">
              <span id={nameId}>{name}</span>
              {backedUp && <span className="tag tag-good">backed up</span>}
            </p>
            <p className="item-facts" title={moment(createdAt)}>
              Added {since(createdAt, now)}
              {lastUsedAt === undefined ? ", not used yet" : `, used ${since(lastUsedAt, now)}`}
            </p>
          </div>
          <RowButtons
            ref={opener}
            nameId={nameId}
            remove="Remove"
            onRename={() => setStep("renaming")}
            onRemove={() => setStep("removing")}
          />
        </>
      )}
      {step === "removing" && (
        <Confirm
          title="Remove this passkey?"
          yes="Yes, remove"
          no="Keep it"
          onAnswer={(yes) => {
            setStep("shown");
            if (yes) void change(() => passkeys.remove(id), "The passkey was removed.");
          }}
        >
          “{name}” will no longer sign you in. Remove it from your device or password manager, too.
        </Confirm>
      )}
    </li>
  );
}
