// `latchkey-auth/testing` as a subject of behaviours.ts, in Node and in browsers.
import { fakeService } from "latchkey-auth/testing";
import { totp } from "../harness/totp.ts";
import type { Fault, Subject } from "./behaviours.ts";

const PASSWORD = "correct horse battery staple";
let accounts = 0;

/** `page` is the origin of the page, which is the test's own if it runs in one. */
export function fakeSubject(page: string): Subject {
  let now: Fault | null = null;
  const service = fakeService({
    mail: true,
    apiKeys: ["notes:read", "notes:write"],
    api: (_, { user }) => {
      if (now !== "refused" && now !== "no-renewal") return Response.json({ id: user.id });
      faults.unavailable = now === "no-renewal";
      return new Response("No.", { status: 401 });
    },
  });
  const { faults } = service;
  return {
    open: (where) => service.createClient(where && { service: "https://auth.example.com", apiOrigins: [page] }),
    account: async () => {
      accounts += 1;
      const credentials = { email: `user.${accounts}@example.com`, password: PASSWORD };
      const other = await service.browser().createClient();
      await other.signUp(credentials);
      await other.signOut();
      other.dispose();
      return credentials;
    },
    fault: async (fault) => {
      now = fault;
      faults.portal = fault === "portal";
      faults.unavailable = fault === "unavailable";
      faults.lostAnswers = fault === "lost-answer" ? 1 : 0;
      faults.offline = fault === "offline";
      faults.cookieBlocked = fault === "no-cookies";
    },
    expireTokens: async () => service.expireTokens(),
    code: async (email, kind) => service.mails.find((mail) => mail.to === email && mail.kind === kind)?.code ?? "",
    app: totp,
    endSessions: async ({ email }) => service.endSessions("revoked", email),
    api: `${page}/api/me`,
  };
}
