import type { SignOutScope, User } from "latchkey-auth";
import type { Place } from "../hooks/usePlace.ts";
import { Brand } from "./Brand.tsx";
import { Button } from "./Button.tsx";

interface TopBarProps {
  user: User;
  place: Place["place"] | "lab";
  pending: SignOutScope | null;
  signOut: (scope: SignOutScope) => Promise<boolean>;
}

/** Who is signed in, and the way out. The ways out of other devices stand with the list of them. */
export function TopBar({ user: { email, profile }, place, pending, signOut }: TopBarProps) {
  return (
    <header className="top-bar">
      <div className="top-bar-inner">
        <Brand />
        <nav className="top-bar-nav">
          <a href="/lab" aria-current={place === "lab" ? "page" : undefined}>
            Lab
          </a>
          <a href="/#home" aria-current={place === "home" ? "page" : undefined}>
            Home
          </a>
          <a href="/#account" aria-current={place === "account" ? "page" : undefined}>
            Account
          </a>
          <a href="/docs/">Documentation</a>
        </nav>
        <p className="top-bar-user" title={email || undefined}>
          <span className="visually-hidden">Signed in as </span>
          {profile?.name && <span className="top-bar-name">{profile.name}</span>}
          <span data-testid="user-email">{email}</span>
        </p>
        <Button pending={pending === "local"} onClick={() => void signOut("local")}>
          Sign out
        </Button>
      </div>
    </header>
  );
}
