import { gateIdentity, initialSession } from "latchkey-auth/server";
import { GATE_SECRET } from "$app/env/private";

export function load({ request }) {
  const identity = gateIdentity(request, { secret: GATE_SECRET });
  return { initialSession: initialSession(identity) };
}
