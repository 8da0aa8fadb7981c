import { Suspense } from "react";
import { useAuth } from "./auth/useAuth.ts";
import { Dashboard } from "./views/Dashboard.tsx";
import { SignedOut } from "./views/SignedOut.tsx";
import { Splash } from "./views/Splash.tsx";
import { StartBoundary } from "./views/StartBoundary.tsx";

export function App() {
  return (
    <StartBoundary>
      <Suspense fallback={<Splash />}>
        <View />
      </Suspense>
    </StartBoundary>
  );
}

/**
 * One of three views. Neither the form nor the app appears before it is known which of them it has to be: while the
 * first refresh is under way, or nobody can be asked, it is the splash.
 */
function View() {
  const { status, session } = useAuth();
  if (session) return <Dashboard key={session.user.id} session={session} />;
  if (status === "signed-out") return <SignedOut />;
  return <Splash offline={status === "offline"} />;
}
