import { waitUntil } from "cloudflare:workers";
import { Problem } from "../problem.ts";
import type { Ask } from "../resource.ts";
import { accountSide } from "./account-side.ts";
import { ACTIONS } from "./actions.ts";
import { fixate, foreignToken, forge, presentCookie } from "./attacks.ts";
import { arrivedIn, LAB_COOKIE } from "./entry.ts";
import { storedBy } from "./inspected.ts";
import { deleteLeftovers } from "./leftovers.ts";
import { probe } from "./probes.ts";
import { Service } from "./service.ts";
import { createUser, deleteUser, findUser } from "./users.ts";

/** `GET`, `POST /lab/api/*`: the one handler behind all routes of the lab. It says whom the gate has let through. */
export function answerCall({ user }: Ask): Response {
  return Response.json({ subject: user.subject, session: user.sessionId, roles: user.roles });
}

/**
 * `/lab/control/*`: what the lab does to its throw-away users, by the service's public and admin API. A visitor reaches
 * only users that the visitor has created here.
 *
 * - `POST users`: a user with a session; the response has the access token, and the refresh cookie as the lab's cookie.
 *   Users that closed pages have left are deleted meanwhile.
 * - `POST users/{id}/{action}`: one of {@link ACTIONS}.
 * - `GET users/{id}/stored`: what the user's account and the list of revocations store.
 * - `DELETE users/{id}`.
 * - `GET account`: what the service keeps about the visitor, and its keys, for “See the machines” (account-side.ts).
 * - `POST probes`: the requests of probes.ts, with a user of their own.
 * - `POST stolen`, `POST refresh`, `POST fixation`, `POST forgery`,
 *   `POST other-site`, `POST arrived`, `POST foreign-token`: what “Attack it” needs (attacks.ts).
 */
export async function control(ask: Ask): Promise<Response> {
  const { env, request, user: visitor, id: path } = ask;
  const secret = env.LAB_SECRET;
  if (secret === undefined)
    throw new Problem("lab_off", "The lab needs `npm start`, which gives it an admin credential.");
  const service = new Service(env.SERVICE, visitor.issuer, secret);
  const [, id = "", rest = ""] = /^users\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  switch (`${request.method} ${id === "" ? path : "users/{id}"}`) {
    case "POST users": {
      waitUntil(deleteLeftovers(service, Date.now()));
      const user = await createUser(service, secret, visitor.subject);
      const { token, expiresIn, session, cookie } = await service.signIn(user.email, user.password);
      const set = `${LAB_COOKIE}=${cookie}; Path=/lab/; Secure; HttpOnly; SameSite=Strict`;
      const body = { id: user.id, session, access_token: token, expires_in: expiresIn };
      return Response.json(body, { status: 201, headers: { "Set-Cookie": set } });
    }
    case "GET account":
      return Response.json(await accountSide(env, service, visitor.subject));
    case "POST probes": {
      const user = await createUser(service, secret, visitor.subject);
      const probes = await probe(service, await service.signIn(user.email, user.password));
      await deleteUser(service, user.id);
      return Response.json({ probes });
    }
    case "POST stolen": {
      const user = await createUser(service, secret, visitor.subject);
      const { cookie } = await service.signIn(user.email, user.password);
      return Response.json({ id: user.id, cookie });
    }
    case "POST refresh":
      return Response.json(await presentCookie(service, await request.json()));
    case "POST fixation": {
      const [attacker, victim] = await Promise.all([
        createUser(service, secret, visitor.subject),
        createUser(service, secret, visitor.subject),
      ]);
      const exchanges = await fixate(service, attacker, victim);
      await Promise.all([attacker, victim].map(({ id }) => deleteUser(service, id)));
      return Response.json(exchanges);
    }
    case "POST forgery": {
      const user = await createUser(service, secret, visitor.subject);
      const exchanges = await forge(service, await service.signIn(user.email, user.password));
      await deleteUser(service, user.id);
      return Response.json(exchanges);
    }
    case "POST other-site":
      return Response.json({ origin: env.LAB_ATTACKER });
    case "POST arrived":
      return Response.json({ arrived: arrivedIn(String(((await request.json()) as { run?: unknown }).run)) });
    case "POST foreign-token":
      return Response.json({ token: await foreignToken(service) });
    case "POST users/{id}": {
      const action = Object.hasOwn(ACTIONS, rest) ? ACTIONS[rest] : undefined;
      if (!action) throw new Problem("not_found");
      return Response.json(await action(service, await findUser(service, secret, visitor.subject, id)));
    }
    case "GET users/{id}": {
      if (rest !== "stored") throw new Problem("not_found");
      const { ACCOUNT, REVOCATIONS } = env;
      await findUser(service, secret, visitor.subject, id);
      return Response.json({
        account: await storedBy(ACCOUNT.get(ACCOUNT.idFromString(id))),
        revocations: await storedBy(REVOCATIONS.getByName("revocations")),
      });
    }
    case "DELETE users/{id}": {
      await findUser(service, secret, visitor.subject, id);
      await deleteUser(service, id);
      return new Response(null, { status: 204 });
    }
    default:
      throw new Problem("not_found");
  }
}
