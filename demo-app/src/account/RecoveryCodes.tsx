import { useEffect, useRef } from "react";
import { Button } from "../ui/Button.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";

/** The codes that replace the app, shown once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  return (
    <div className="recovery" data-testid="recovery-codes">
      <h3 ref={heading} tabIndex={-1} className="recovery-title">
        Your recovery codes
      </h3>
      <p className="account-note">
        Keep them in a place that you can reach without your phone. Each code signs you in once, instead of the app.
        They are not shown again.
      </p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="button-row no-print">
        <CopyButton text={codes.join("\n")}>Copy</CopyButton>
        <Button onClick={() => print()}>Print</Button>
        <Button look="primary" onClick={onDone}>
          I have saved them
        </Button>
      </div>
    </div>
  );
}
