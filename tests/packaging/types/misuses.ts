// What must not compile. Each line that ends in `// no` has an error, and no other line has one.
import { createClient, isAuthError, type Session } from "latchkey-auth";
import { Client } from "latchkey-auth/dist/client.js"; // no
import { Vault } from "latchkey-auth/dist/generated/vault.js"; // no
import { gateIdentity } from "latchkey-auth/server";

createClient(); // no
createClient({}); // no
createClient({ service: new URL("https://auth.example.com"), vault: "page" }); // no
createClient({ service: "https://auth.example.com", vault: "frame" }); // no
createClient({ service: "https://auth.example.com", vault: "page", apiOrigins: "https://api.example.com" }); // no
createClient({ service: "https://auth.example.com", vault: "page", timeoutSeconds: "20" }); // no
createClient({ service: "https://auth.example.com", vault: "page", token: "eyJ…" }); // no
createClient({ service: "https://auth.example.com", vault: "page" }).fetch("/api"); // no

const auth = await createClient({ service: "https://auth.example.com", vault: "page" });
auth.token; // no
auth.accessToken; // no
auth.getToken(); // no
auth.session.user; // no
auth.session = null; // no
auth.status = "signed-out"; // no
if (auth.status === "signed_in") auth.dispose(); // no
auth.signIn("a@example.com", "correct horse"); // no
auth.signIn({ email: "a@example.com" }); // no
auth.signOut("global"); // no
auth.signOut({ scope: "everyone" }); // no
auth.changePassword({ current_password: "a", new_password: "b" }); // no
auth.subscribe("change", () => {}); // no
auth.fetch(); // no
auth.fetch("/api", { method: 1 }); // no

const session: Session = await auth.signIn({ email: "a@example.com", password: "correct horse" }); // no
(await auth.signIn({ email: "a@example.com", password: "correct horse" })).session.user; // no
session.user.roles.push("admin"); // no
session.expiresAt = Infinity; // no
session.expiresAt.toISOString(); // no
session.token; // no

const request = new Request("https://api.example.com");
gateIdentity(request); // no
gateIdentity(request, {}); // no
gateIdentity(request, { secret: null }); // no
gateIdentity(request, { trust: true }); // no
gateIdentity(request, { secret: "x", trust: "network" }); // no
gateIdentity("Latchkey-Subject: root", { trust: "network" }); // no
gateIdentity(request, { trust: "network" }).subject; // no

const failure: unknown = new Error();
failure.code; // no
if (isAuthError(failure)) {
  if (failure.code === "unauthorised") throw failure; // no
  failure.code = "network"; // no
}
void [Client, Vault];
