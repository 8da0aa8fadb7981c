import { type AuthClient, createClient } from "latchkey-auth";
import { onStepUp } from "./step-up.ts";

/**
 * The client of this page. It is created by the module, not by a component, so that there is one however often React
 * mounts. The demo, the service and the API share one origin: the gate's.
 */
export const startingClient: Promise<AuthClient> = createClient({
  service: location.origin,
  apiOrigins: [location.origin],
  onStepUp,
});
