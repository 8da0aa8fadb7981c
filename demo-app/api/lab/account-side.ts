import type { Env } from "../env.ts";
import { viewOf } from "./inspected.ts";
import type { Service } from "./service.ts";

/** What the service stores about a user and about its own keys. None of it is secret. */
export async function accountSide({ ACCOUNT, REVOCATIONS }: Env, service: Service, user: string): Promise<object> {
  // An object that has stored nothing yet has no view.
  const [{ families = [] }, { revocations = [] }, { events }, { keys }] = await Promise.all([
    viewOf<{ families?: { id: string }[] }>(ACCOUNT.get(ACCOUNT.idFromString(user))),
    viewOf<{ revocations?: { id: string }[] }>(REVOCATIONS.getByName("revocations")),
    service.admin("GET", `/admin/users/${user}/events`).then((response) => response.json<{ events: object[] }>()),
    service.admin("GET", "/admin/keys").then((response) => response.json<{ keys: object[] }>()),
  ]);
  const own = revocations.filter(({ id }) => id === user || families.some((family) => family.id === id));
  return { families, events: events.slice(0, 10), revocations: own, others: revocations.length - own.length, keys };
}
