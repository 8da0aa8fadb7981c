import type { CreatedApiKey } from "latchkey-auth";
import { useEffect, useRef } from "react";
import { Button } from "../ui/Button.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";

/** A new key, which is shown once. */
export function CreatedKey({ created: { key, apiKey }, onDone }: { created: CreatedApiKey; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  return (
    <div className="recovery" data-testid="created-key">
      <h3 ref={heading} tabIndex={-1} className="recovery-title">
        Your key “{apiKey.name}”
      </h3>
      <p className="account-note">Copy it now. It is not shown again, and the service does not store it.</p>
      <code className="secret" data-testid="api-key">
        {key}
      </code>
      <p className="account-note">Programs send it in a header:</p>
      <code className="secret">curl -H "Authorization: Bearer $KEY" {location.origin}/api/notes</code>
      <div className="button-row">
        <CopyButton text={key}>Copy the key</CopyButton>
        <Button look="primary" onClick={onDone}>
          I have saved it
        </Button>
      </div>
    </div>
  );
}
