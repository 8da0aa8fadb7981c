import type { Session } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { lazy, Suspense } from "react";
import { messageOf } from "../../auth/messages.ts";
import { useSignOut } from "../../hooks/useSignOut.ts";
import { Notice } from "../../ui/Notice.tsx";
import { StatusBanner } from "../../ui/StatusBanner.tsx";
import { TopBar } from "../../ui/TopBar.tsx";
import { Splash } from "../../views/Splash.tsx";
import { PARTS } from "../parts.ts";
import { LabProvider } from "./LabProvider.tsx";
import { usePart } from "./usePart.ts";

const SignedOut = lazy(async () => ({ default: (await import("../../views/SignedOut.tsx")).SignedOut }));

/** The lab needs a signed-in visitor, because its API does. */
export function Lab() {
  const { status, session } = useAuth();
  if (session?.expiresAt) return <SignedIn key={session.user.id} session={session} />;
  if (status !== "signed-out") return <Splash offline={status === "offline"} />;
  return (
    <Suspense fallback={<Splash />}>
      <SignedOut />
    </Suspense>
  );
}

function SignedIn({ session }: { session: Session }) {
  const { status, signOut: end } = useAuth();
  const { pending, error, signOut } = useSignOut(end);
  const { id, View, title } = usePart(PARTS);
  return (
    <div className="app" data-testid="lab">
      <TopBar user={session.user} place="lab" pending={pending} signOut={signOut} />
      <StatusBanner online={status === "signed-in"} />
      <main className="lab">
        <header className="lab-head">
          <h1>Sessions or JWTs?</h1>
          <p className="lab-lead">
            Articles compare them with adjectives. Here are figures: everything on this page is measured now, on this
            machine, on the gate's own routes, with throw-away users. Only “See the machines” shows your own session.
          </p>
          <nav aria-label="Parts of the lab">
            <ul className="lab-parts">
              {PARTS.map((part) => (
                <li key={part.id}>
                  <a href={`#${part.id}`} aria-current={part.id === id ? "page" : undefined}>
                    {part.title}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        </header>
        {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
        <LabProvider>
          <section className="lab-part" aria-label={title} key={id}>
            <Suspense fallback={<p className="empty">Loading…</p>}>
              <View />
            </Suspense>
          </section>
        </LabProvider>
      </main>
    </div>
  );
}
