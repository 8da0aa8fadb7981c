import type { User } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useFocusBack } from "../hooks/useFocusBack.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Confirm } from "../ui/Confirm.tsx";
import { CodeField } from "./CodeField.tsx";
import { Outcome } from "./Outcome.tsx";
import { useProof } from "./Proof.tsx";
import { QrCode } from "./QrCode.tsx";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { useAction } from "./useAction.ts";

/** An authenticator app as second factor, and its recovery codes. */
export function SecondFactorCard({ user }: { user: User }) {
  const { secondFactor } = useAuth();
  const withProof = useProof();
  const action = useAction();
  const [app, setApp] = useState<{ secret: string; uri: string } | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [asking, setAsking] = useState(false);
  // What the client shows is as old as the last answer that contained the session.
  const [isOn, setOn] = useState(user.secondFactor ?? false);

  const opener = useFocusBack<HTMLButtonElement>(app !== null || codes !== null);

  const cancel = () => {
    action.forget();
    setApp(null);
  };
  const begin = () => action.run(async () => setApp(await withProof(() => secondFactor.totp.begin())));
  const renew = () =>
    action.run(async () => setCodes((await withProof(() => secondFactor.renewRecoveryCodes())).recoveryCodes));
  const remove = () =>
    action.run(async () => {
      await withProof(() => secondFactor.totp.remove());
      setOn(false);
    }, "Two-step sign-in is off.");
  const confirm = (code: string) =>
    action.run(async () => {
      const { recoveryCodes } = await withProof(() => secondFactor.totp.confirm({ code }));
      setCodes(recoveryCodes);
      setApp(null);
      setOn(true);
    }, "Two-step sign-in is on.");

  return (
    <Card
      title="Two-step sign-in"
      aside={<span className={isOn ? "tag tag-good" : "tag tag-warn"}>{isOn ? "on" : "off"}</span>}
    >
      {codes === null && app === null && (
        <p className="account-note">
          {isOn
            ? "After your password or a code by mail, a sign-in asks for a code of your authenticator app."
            : "With an authenticator app, a stolen password alone does not sign anyone in."}
        </p>
      )}
      {codes !== null && <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
      {app !== null && <SetUp {...app} pending={action.pending} confirm={confirm} cancel={cancel} />}
      <Outcome action={action} />
      {codes === null && app === null && (
        <div className="button-row">
          {isOn ? (
            <>
              <Button ref={opener} pending={action.pending} onClick={() => void renew()}>
                New recovery codes
              </Button>
              <Button look="danger" onClick={() => setAsking(true)}>
                Turn off
              </Button>
            </>
          ) : (
            <Button ref={opener} look="primary" pending={action.pending} onClick={() => void begin()}>
              Set up an app
            </Button>
          )}
        </div>
      )}
      {asking && (
        <Confirm
          title="Turn two-step sign-in off?"
          yes="Turn it off"
          no="Keep it"
          onAnswer={(yes) => {
            setAsking(false);
            if (yes) void remove();
          }}
        >
          The app and all recovery codes stop working for this account.
        </Confirm>
      )}
    </Card>
  );
}

interface SetUpProps {
  secret: string;
  uri: string;
  pending: boolean;
  confirm: (code: string) => Promise<boolean>;
  cancel: () => void;
}

/** The secret for the app, and the proof that the app has it. */
function SetUp({ secret, uri, pending, confirm, cancel }: SetUpProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = field.current?.value ?? "";
    if (pending || code === "") return field.current?.focus();
    if (!(await confirm(code))) field.current?.select();
  }

  return (
    <form className="form" data-testid="totp-form" noValidate onSubmit={(event) => void onSubmit(event)}>
      <div className="totp">
        <QrCode text={uri} label="QR code for your authenticator app" />
        <div className="totp-text">
          <p>Scan this with your authenticator app, or type the key into it:</p>
          <code className="totp-secret" data-testid="totp-secret">
            {secret.replace(/(.{4})(?=.)/g, "$1 ")}
          </code>
        </div>
      </div>
      <CodeField ref={field} label="Code from the app" hint="6 digits. It changes every 30 seconds." digits />
      <div className="button-row">
        <Button look="primary" type="submit" pending={pending}>
          Turn on
        </Button>
        <Button onClick={cancel}>Cancel</Button>
      </div>
    </form>
  );
}
