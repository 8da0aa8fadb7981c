// Pushed requests for authorization, by which tests see whether the service knows a client.
import { ask } from "../../harness/http.ts";
import type { Durable } from "../durable/world.ts";
import { CALLBACK, send } from "./world.ts";

export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
export const REQUEST_URI = "urn:ietf:params:oauth:request_uri:";

export const REQUEST = {
  response_type: "code",
  redirect_uri: CALLBACK,
  scope: "notes:read",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
};

/** Pushes a request; `fields` replace those of a valid one, or the empty text removes them. */
export const push = (world: Durable, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  send(world, "/oauth/par", { ...REQUEST, ...fields }, headers);

/** What the service says about itself. */
export const metadata = async (world: Durable, path = "/.well-known/oauth-authorization-server") =>
  (await ask(world.origin, path)).json();
