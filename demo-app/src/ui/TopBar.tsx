import type { SignOutScope } from "latchkey-auth";
import { Brand } from "./Brand.tsx";
import { Button } from "./Button.tsx";

interface TopBarProps {
  email: string;
  pending: SignOutScope | null;
  signOut: (scope: SignOutScope) => Promise<boolean>;
}

/** Who is signed in, and the way out. The ways out of other devices stand with the list of them. */
export function TopBar({ email, pending, signOut }: TopBarProps) {
  return (
    <header className="top-bar">
      <div className="top-bar-inner">
        <Brand />
        <a href="/docs/">Documentation</a>
        <p className="top-bar-user" title={email}>
          <span className="visually-hidden">Signed in as </span>
          <span data-testid="user-email">{email}</span>
        </p>
        <Button pending={pending === "local"} onClick={() => void signOut("local")}>
          Sign out
        </Button>
      </div>
    </header>
  );
}
