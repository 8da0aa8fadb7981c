// What a user's program may look like: it compiles, against the installed package.
import {
  type AuthClient,
  type AuthErrorCode,
  type AuthMethod,
  createClient,
  isAuthError,
  type Session,
  type SignInResult,
} from "latchkey-auth";
import { type GateIdentity, gateIdentity, UntrustedRequestError } from "latchkey-auth/server";

const auth: AuthClient = await createClient({
  service: "https://auth.example.com",
  apiOrigins: ["https://api.example.com"] as const,
  vault: "page",
  refreshAheadSeconds: 30,
  timeoutSeconds: 10,
});

const unsubscribe: () => void = auth.subscribe(() => {});
unsubscribe();

const result: SignInResult = await auth.signIn({ email: "a@example.com", password: "correct horse" });
const session: Session =
  result.status === "signed-in" ? result.session : await auth.secondFactor.verify({ code: result.methods.join() });
const roles: readonly string[] = session.user.roles;
const days: number = (session.expiresAt - session.createdAt) / 86_400_000;
const signedOut: boolean = auth.session === null || auth.status === "signed-out";

const answer: Response = await auth.fetch(new Request("https://api.example.com/notes", { method: "POST" }));
await auth.fetch(new URL("https://api.example.com/notes"), { signal: AbortSignal.timeout(1000), body: new FormData() });

/** Every code is known, so a switch over all of them needs no default. */
function advice(code: AuthErrorCode): "again" | "sign in" | "other" {
  if (code === "network" || code === "timeout") return "again";
  return code === "signed_out" || code === "session_ended" ? "sign in" : "other";
}

try {
  await auth.signOut({ scope: "global" });
} catch (error) {
  if (!isAuthError(error)) throw error;
  const after: number | undefined = error.retryAfter;
  const [field, methods]: [string | undefined, readonly AuthMethod[] | undefined] = [error.field, error.methods];
  const word: string = advice(error.code);
  auth.dispose();
  throw new Error(
    `${word} ${after} ${field} ${methods?.includes("password")} ${roles} ${days} ${signedOut} ${answer.status}`,
    { cause: error },
  );
}

declare const incoming: { headers: { [name: string]: string | string[] | undefined } };
declare const hono: { req: { raw: Request } };
declare const environment: { GATE_SECRET?: string };
const identity: GateIdentity | null = gateIdentity(incoming, { secret: environment.GATE_SECRET });
const callers: readonly (string | undefined)[] = [
  gateIdentity(new Request("https://api.example.com"), { secret: [environment.GATE_SECRET, "old"] })?.subject,
  gateIdentity(hono, { trust: "network" })?.subject,
  identity?.sessionId ?? identity?.tokenId ?? identity?.roles[0],
];
const status: 403 = new UntrustedRequestError(callers.join()).status;

export { status };
