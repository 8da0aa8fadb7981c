import { useAuth } from "latchkey-auth/react";
import { useEffect, useId, useRef, useState } from "react";
import { messageOf } from "../../auth/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { useLab } from "../frame/LabProvider.tsx";
import { LabFailed } from "../measure/lab-service.ts";
import { forgetToken } from "../usual-app/stored-token.ts";
import type { Attack, Result } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";

/** Real attempts, each with what was sent and what came back. */
export function AttackPart() {
  // The app of "Read the token" stores its token for all pages of this origin.
  useEffect(() => {
    forgetToken();
    addEventListener("pagehide", forgetToken);
    return () => {
      forgetToken();
      removeEventListener("pagehide", forgetToken);
    };
  }, []);
  return (
    <div className="attack-part">
      <p className="lab-text">
        Each button makes a real attempt against this demo, and says honestly where it succeeds. What is not done as an
        attacker would do it is labelled as simulated. The credentials are those of throw-away users, except where the
        text says yours.
      </p>
      <ul className="attacks">
        {ATTACKS.map((attack) => (
          <li key={attack.id}>
            <AttackCard attack={attack} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function AttackCard({ attack }: { attack: Attack }) {
  const { transport } = useLab();
  const { fetch: send, session } = useAuth();
  const [result, setResult] = useState<Result | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [doing, setDoing] = useState<string | null>(null);
  const left = useRef(new AbortController());
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    left.current = new AbortController();
    const controller = left.current;
    return () => controller.abort();
  }, []);

  async function attempt() {
    if (!place.current) return;
    setResult(null);
    setError(null);
    setDoing("Trying…");
    const { signal } = left.current;
    const wait = async (seconds: number, why: string) => {
      for (let rest = Math.ceil(seconds); rest > 0; rest -= 1) {
        setDoing(`Waiting ${rest} s ${why}`);
        await new Promise((done) => setTimeout(done, 1000));
        signal.throwIfAborted();
      }
    };
    try {
      setResult(await attack.run({ transport, send, visitor: session?.user.id ?? "", place: place.current, wait }));
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
    } finally {
      setDoing(null);
    }
  }

  return (
    <section className="card attack" aria-labelledby={id} data-testid={`attack-${attack.id}`}>
      <h2 id={id} className="card-title">
        {attack.title}
      </h2>
      <p className="attack-about">{attack.about}</p>
      {attack.simulated && (
        <p className="lab-how">
          <strong>Simulated:</strong> {attack.simulated}
        </p>
      )}
      <div className="button-row attack-row">
        <Button pending={doing !== null} aria-describedby={id} onClick={() => void attempt()}>
          Try it
        </Button>
        {doing !== null && <span className="count">{doing}</span>}
      </div>
      {error !== null && <Notice tone="error">{error instanceof LabFailed ? error.message : messageOf(error)}</Notice>}
      <div ref={place} className="attack-place" />
      <div role="status">{result && <Outcome result={result} />}</div>
    </section>
  );
}

function Outcome({ result }: { result: Result }) {
  return (
    <div className="outcome">
      <Verdict of={result} id="verdict" />
      {result.beside && <Verdict of={result.beside} id="verdict-beside" />}
      <ol className="exchanges">
        {result.exchanges.map(({ request, status, answer }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change their order
          <li key={at}>
            <code className="exchange-request">{request}</code>
            <code className="exchange-answer">
              {status === 0 ? "" : `${status} `}
              {answer}
            </code>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Verdict({ of: { succeeded, verdict }, id }: { of: Pick<Result, "succeeded" | "verdict">; id: string }) {
  return (
    <p>
      <span className={`tag ${succeeded ? "tag-bad" : "tag-good"}`} data-testid={id}>
        {succeeded ? "it works" : "stopped"}
      </span>{" "}
      {verdict}
    </p>
  );
}
