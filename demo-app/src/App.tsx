import { AuthProvider, useAuth } from "latchkey-auth/react";
import { returnTo } from "latchkey-auth/return-to";
import { startingClient } from "./auth/client.ts";
import { useUndoLink } from "./hooks/usePlace.ts";
import { Dashboard } from "./views/Dashboard.tsx";
import { Leaving } from "./views/Leaving.tsx";
import { SignedOut } from "./views/SignedOut.tsx";
import { Splash } from "./views/Splash.tsx";
import { StartBoundary } from "./views/StartBoundary.tsx";
import { UndoAddress } from "./views/UndoAddress.tsx";

export function App() {
  return (
    <StartBoundary>
      <AuthProvider client={startingClient}>
        <View />
      </AuthProvider>
    </StartBoundary>
  );
}

/**
 * One of the views. Neither the form nor the app appears before it is known which of them it has to be: while the
 * vault is loaded and the first refresh is under way, or the service can't be asked, it is the splash.
 */
function View() {
  const { status, session } = useAuth();
  const undoes = useUndoLink();
  if (undoes) return <UndoAddress />;
  const page = returnTo();
  if (session?.expiresAt && page) return <Leaving page={page} />;
  if (session?.expiresAt) return <Dashboard key={session.user.id} session={session} />;
  if (status === "signed-out") return <SignedOut />;
  return <Splash offline={status === "offline"} />;
}
