import { Logo } from "../ui/Logo.tsx";

/** Shown until it is known whether a user is signed in. */
export function Splash({ offline = false }: { offline?: boolean }) {
  return (
    <main className="splash" data-testid="splash">
      <Logo className="splash-logo" />
      <p role="status">
        {offline ? "The service can't be reached. Trying again…" : <span className="visually-hidden">Loading…</span>}
      </p>
    </main>
  );
}
