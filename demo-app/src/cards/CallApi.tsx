import { useState } from "react";
import type { Call } from "../api/call.ts";
import { accepted, Refusal } from "../api/refusal.ts";
import { messageOf } from "../auth/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Notice } from "../ui/Notice.tsx";

/** Calls by hand, each with its answer: to a route that any session may use, and to two that require more of it. */
export function CallApi({ call }: { call: Call }) {
  const [answer, setAnswer] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState<string | null>(null);

  async function onCall(path: string) {
    if (pending !== null) return;
    setPending(path);
    try {
      const response = await accepted(await call("GET", path));
      setAnswer(JSON.stringify(await response.json(), null, 2));
      setError(null);
    } catch (thrown) {
      setAnswer(null);
      setError(thrown);
    } finally {
      setPending(null);
    }
  }

  const button = (path: string) => (
    <Button pending={pending === path} onClick={() => void onCall(path)}>
      Call {path}
    </Button>
  );

  return (
    <Card title="Call the API" aside={button("/api/me")}>
      {error !== null && <Notice tone="error">{stepUpProblem(error) ?? messageOf(error)}</Notice>}
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
      <p className="account-note">
        Two routes require more of you: to have confirmed in the last 2 minutes that it is you, and a second factor. The
        client asks you for it, and then sends the call again.
      </p>
      <div className="button-row">
        {button("/api/recent")}
        {button("/api/two-factors")}
      </div>
    </Card>
  );
}

/** What is said if a route required more and did not get it; `null` for any other error. */
function stepUpProblem(error: unknown): string | null {
  if (!(error instanceof Refusal) || error.code !== "step_up_required") return null;
  return error.methods.length === 0
    ? "This route requires two factors, and your account has one. Turn on two-step sign-in in your account, and call it again."
    : "Nothing was confirmed, so the gate did not pass the call on.";
}
