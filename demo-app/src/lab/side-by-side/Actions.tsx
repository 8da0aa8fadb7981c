import { Button } from "../../ui/Button.tsx";
import { ACTION_TITLES, ACTIONS, type Action } from "../measure/lab-service.ts";
import type { LiveState } from "./live-run.ts";

const EXPLAINED: Readonly<Record<Action, string>> = {
  "sign-out": "The user signs out all other devices, from another one.",
  ban: "An administrator disables the account.",
  role: "An administrator takes away the role that the calls use.",
  password: "The user changes the password on another device.",
  key: "An operator removes the key that signs all tokens. Yours is renewed by itself.",
};

/** What can be done to the user while the calls go on. */
export function Actions({ live, onAct }: { live: LiveState; onAct: (action: Action) => void }) {
  return (
    <section className="card" aria-labelledby="actions-title">
      <h2 id="actions-title" className="card-title">
        End the credentials
      </h2>
      <ul className="actions">
        {ACTIONS.map((action) => (
          <li key={action}>
            <Button
              look="primary"
              pending={live.pending !== null}
              aria-describedby={`about-${action}`}
              onClick={() => onAct(action)}
            >
              {ACTION_TITLES[action]}
            </Button>
            <span id={`about-${action}`}>{EXPLAINED[action]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
