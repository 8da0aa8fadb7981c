import type { AuthError } from "./errors.js";
import type { AuthStatus, Session, TokenClock } from "./types.js";
import type { Seen } from "./vault-side.js";

/** What the vault last said, in snapshots whose identity changes only when they do. */
export interface View {
  status: AuthStatus;
  session: Session | null;
  tokenClock: TokenClock;
  lastError: AuthError | null;
  /** The session as JSON, by which a change is recognised. */
  sessionJson: string | undefined;
  readonly listeners: Set<() => void>;
  /** The client has been disposed of. */
  isForgotten: boolean;
}

export const newView = (): View => ({
  status: "loading",
  session: null,
  tokenClock: { expiresAt: null, refreshes: 0 },
  lastError: null,
  sessionJson: undefined,
  listeners: new Set(),
  isForgotten: false,
});

/** Takes in what the vault says now, and tells the listeners. */
export function show(view: View, { status, session, refreshes, ...more }: Shown): void {
  if (view.isForgotten) return;
  const { expiresAt = null, lastError = null } = more;
  view.status = status;
  const sessionJson = session && JSON.stringify(session);
  if (view.sessionJson !== sessionJson) {
    view.sessionJson = sessionJson;
    view.session = session ?? null;
  }
  const { tokenClock, lastError: known } = view;
  if (tokenClock.expiresAt !== expiresAt || tokenClock.refreshes !== refreshes) {
    view.tokenClock = { expiresAt, refreshes };
  }
  if (!lastError || !known || !isSame(lastError, known)) view.lastError = lastError;
  for (const listener of [...view.listeners]) {
    try {
      listener();
    } catch (error) {
      // A listener's fault is not the vault's, and must not keep the others from hearing.
      reportError(error);
    }
  }
}

/** Out of the back/forward cache: whoever is shown may have signed out since, so nobody is until the vault has spoken. */
export function hide(view: View): void {
  if (view.session) show(view, { status: "loading", refreshes: view.tokenClock.refreshes });
}

/** After `dispose`: the client shows no session, for good. */
export function forget(view: View): void {
  Object.assign(view, newView(), { status: "signed-out", isForgotten: true });
}

type Shown = Partial<Seen<AuthError>> & Pick<Seen<AuthError>, "status" | "refreshes">;

/** Whether two errors say the same, so that the snapshot needn't change. */
const isSame = (one: AuthError, other: AuthError) =>
  (["message", "status", "reason", "retryAfter"] as const).every((name) => one[name] === other[name]);
