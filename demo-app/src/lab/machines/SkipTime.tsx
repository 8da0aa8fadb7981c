import type { AuthClient } from "latchkey-auth";
import type { Devtools } from "latchkey-auth/devtools";
import type { FakeService, FakeSession } from "latchkey-auth/testing";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../ui/Button.tsx";

// In seconds.
const HOUR = 3600;
const DAY = 24 * HOUR;

const SKIPS: readonly (readonly [label: string, seconds: number])[] = [
  ["1 minute", 60],
  ["5 minutes", 300],
  ["1 hour", HOUR],
  ["1 day", DAY],
  ["7 days", 7 * DAY],
  ["30 days", 30 * DAY],
];

const DEVICES = [
  {
    id: "awake",
    title: "Awake",
    about:
      "Each timer of the vault runs at its time: it renews the token every 4 minutes. 30 days are more than 10,000 renewals and take some seconds.",
  },
  {
    id: "asleep",
    title: "Asleep",
    about: "No timer runs. When the device wakes up, the vault finds the clock far ahead.",
  },
] as const;

const toTheSecond = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

interface SkipTimeProps {
  readonly service: FakeService;
  readonly auth: AuthClient;
  readonly panel: Devtools;
  /** The simulated time, in milliseconds since the Unix epoch. */
  readonly now: number;
  readonly familyLine: (sessions: readonly FakeSession[]) => string;
  /** Time has passed. */
  readonly onPassed: () => void;
}

/** Lets time pass in a simulated session, and notes it in the run. */
export function SkipTime({ service, auth, panel, now, familyLine, onPassed }: SkipTimeProps) {
  const [isAsleep, setAsleep] = useState(false);
  const [passing, setPassing] = useState<string | null>(null);
  const [said, say] = useState("");
  const isStopped = useRef(false);

  useEffect(() => {
    isStopped.current = false;
    return () => {
      isStopped.current = true;
    };
  }, []);

  /** Hour by hour, so that it can be stopped. Returns the seconds that have passed. */
  async function skip(seconds: number): Promise<number> {
    let passed = 0;
    while (passed < seconds && !isStopped.current) {
      const step = Math.min(HOUR, seconds - passed);
      await service.skip(step);
      passed += step;
    }
    return passed;
  }

  async function pass(label: string, seconds: number) {
    setPassing(label);
    say("");
    isStopped.current = false;
    let done = isAsleep ? `slept ${label}` : `skipped ${label}`;
    panel.note(isAsleep ? `the device sleeps for ${label}` : `skip ${label}`);
    const before = auth.tokenClock.refreshes;
    if (isAsleep) {
      await service.sleep(seconds);
    } else {
      const passed = await skip(seconds);
      if (passed < seconds) done = `skipped ${passed / HOUR} hours of ${label}`;
    }
    panel.note(`${done}; ${familyLine(service.sessions())}`);
    const { status, lastError, tokenClock } = auth;
    const renewals = tokenClock.refreshes - before;
    const why = lastError ? `, because of ${lastError.code}${lastError.reason ? ` (${lastError.reason})` : ""}` : "";
    say(
      `Done: ${done}. The client is ${status}${why}, after ${renewals === 1 ? "1 renewal" : `${renewals} renewals`}.`,
    );
    onPassed();
    setPassing(null);
  }

  return (
    <>
      <p className="simulated-clock">
        Simulated time: <time dateTime={new Date(now).toISOString()}>{toTheSecond.format(now)}</time>
      </p>
      <fieldset className="faults">
        <legend>Meanwhile the device is</legend>
        {DEVICES.map(({ id, title, about }) => (
          <label key={id}>
            <input
              type="radio"
              name="device"
              checked={isAsleep === (id === "asleep")}
              aria-label={title}
              aria-describedby={`device-${id}`}
              onChange={() => setAsleep(id === "asleep")}
            />
            <span>
              {title}
              <small id={`device-${id}`}>{about}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset className="skips">
        <legend>Skip</legend>
        <div className="button-row">
          {SKIPS.map(([label, seconds]) => (
            <Button
              key={label}
              pending={passing === label}
              disabled={passing !== null && passing !== label}
              aria-label={`Skip ${label}`}
              onClick={() => void pass(label, seconds)}
            >
              {label}
            </Button>
          ))}
          {passing !== null && !isAsleep && (
            <Button
              look="danger"
              onClick={() => {
                isStopped.current = true;
              }}
            >
              Stop
            </Button>
          )}
        </div>
      </fieldset>
      <p className="lab-how" role="status">
        {said}
      </p>
    </>
  );
}
