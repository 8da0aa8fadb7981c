import type { AuthError } from "./errors.js";
import type { AuthStatus, Session, TokenClock } from "./types.js";
import type { Seen } from "./vault-side.js";

/** The latest state of the vault, as snapshots whose identity changes only when their content changes. */
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

/** Stores a new state of the vault, and calls the listeners. */
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
      // An error of one listener must not keep the others from being called.
      reportError(error);
    }
  }
}

/** Hides the session after a restore from the back/forward cache, until the vault has revalidated it. */
export function hide(view: View): void {
  if (view.session) show(view, { status: "loading", refreshes: view.tokenClock.refreshes });
}

/** After `dispose`: the client never shows a session again. */
export function forget(view: View): void {
  Object.assign(view, newView(), { status: "signed-out", isForgotten: true });
}

type Shown = Partial<Seen<AuthError>> & Pick<Seen<AuthError>, "status" | "refreshes">;

/** Whether two errors are equal, so that the snapshot need not change. */
const isSame = (one: AuthError, other: AuthError) =>
  (["message", "status", "reason", "retryAfter"] as const).every((name) => one[name] === other[name]);
