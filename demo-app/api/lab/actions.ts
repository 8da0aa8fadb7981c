import { SERVICE_COOKIE } from "./entry.ts";
import { type Opened, refusedBy, type Service } from "./service.ts";
import { type LabUser, NEW_ROLE } from "./users.ts";

/** What ended or changed the user's credentials: the request, and how the service answered. */
export interface Done {
  readonly request: string;
  readonly status: number;
}

type Action = (service: Service, user: LabUser) => Promise<Done>;

/** What the lab does to a user while calls with the user's old credentials go on. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  /** From another device, the user ends all other sessions. */
  async "sign-out"(service, user) {
    const { cookie } = await openAnother(service, user);
    return done(
      "POST /auth/sign-out",
      await service.send("POST", "/auth/sign-out", withCookie(service, cookie), { scope: "others" }),
    );
  },

  /** An administrator disables the account. */
  async ban(service, { id }) {
    const path = `/admin/users/${id}/disable`;
    return done("POST /admin/users/{id}/disable", await service.admin("POST", path));
  },

  /** An administrator takes the role away that the calls use. */
  async role(service, { id }) {
    const path = `/admin/users/${id}/roles`;
    return done("PUT /admin/users/{id}/roles", await service.admin("PUT", path, { roles: [NEW_ROLE] }));
  },

  /** From another device, the user changes the password, which ends all sessions. */
  async password(service, user) {
    const { token } = await openAnother(service, user);
    const change = { current_password: user.password, new_password: `${user.password} 2` };
    const headers = { Authorization: `Bearer ${token}` };
    return done("POST /auth/password", await service.send("POST", "/auth/password", headers, change));
  },

  /** An operator removes the key that has signed the token. It signs the tokens of all users, the visitor's too. */
  async key(service) {
    const listed = await service.admin("GET", "/admin/keys");
    const { keys } = (await listed.json()) as { keys: { id: string; purpose: string; state: string }[] };
    const active = keys.find(({ purpose, state }) => purpose === "signing" && state === "active");
    const path = `/admin/keys/${active?.id}/retire`;
    return done("POST /admin/keys/{id}/retire", await service.admin("POST", path));
  },
};

const openAnother = (service: Service, { email, password }: LabUser): Promise<Opened> =>
  service.signIn(email, password);

/** The headers of a page of the service's own origin that matter, with the refresh cookie. */
export const withCookie = ({ origin }: Service, cookie: string) => ({
  Cookie: `${SERVICE_COOKIE}=${cookie}`,
  Origin: origin,
  "Sec-Fetch-Site": "same-origin",
});

async function done(request: string, response: Response): Promise<Done> {
  if (!response.ok) throw await refusedBy(response, request);
  await response.body?.cancel();
  return { request, status: response.status };
}
