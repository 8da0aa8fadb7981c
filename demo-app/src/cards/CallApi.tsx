import { useState } from "react";
import type { Call } from "../api/call.ts";
import { accepted } from "../api/refusal.ts";
import { messageOf } from "../auth/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Notice } from "../ui/Notice.tsx";

/** One call by hand, with its answer. */
export function CallApi({ call }: { call: Call }) {
  const [answer, setAnswer] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);

  async function onCall() {
    setPending(true);
    try {
      const response = await accepted(await call("GET", "/api/me"));
      setAnswer(JSON.stringify(await response.json(), null, 2));
      setError(null);
    } catch (thrown) {
      setAnswer(null);
      setError(thrown);
    } finally {
      setPending(false);
    }
  }

  return (
    <Card
      title="Call the API"
      aside={
        <Button pending={pending} onClick={() => void onCall()}>
          Call /api/me
        </Button>
      }
    >
      {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
      <div aria-live="polite">
        {answer === null ? (
          <p className="empty">
            The vault puts the token on the request. The gate checks it and tells the API who you are.
          </p>
        ) : (
          <pre className="answer" data-testid="me-result">
            {answer}
          </pre>
        )}
      </div>
    </Card>
  );
}
