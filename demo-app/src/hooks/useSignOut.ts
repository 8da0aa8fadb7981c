import type { AuthClient, SignOutScope } from "latchkey-auth";
import { useState } from "react";

export interface SignOut {
  /** The sign-out under way, or `null`. */
  readonly pending: SignOutScope | null;
  /** Why the last one failed, or `null`. */
  readonly error: unknown;
  /** Resolves to whether it worked. */
  readonly signOut: (scope: SignOutScope) => Promise<boolean>;
}

export function useSignOut(end: AuthClient["signOut"]): SignOut {
  const [pending, setPending] = useState<SignOutScope | null>(null);
  const [error, setError] = useState<unknown>(null);

  const signOut = async (scope: SignOutScope) => {
    setPending(scope);
    setError(null);
    try {
      await end({ scope });
      return true;
    } catch (thrown) {
      setError(thrown);
      return false;
    } finally {
      setPending(null);
    }
  };

  return { pending, error, signOut };
}
