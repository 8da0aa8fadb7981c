import { createClient } from "latchkey-auth";
import { gateIdentity, initialSession } from "latchkey-auth/server";
import { createAuth } from "latchkey-auth/vue";

export default defineNuxtPlugin(({ vueApp }) => {
  const event = useRequestEvent();
  // Computed on the server, and sent to the browser with the page.
  const session = useState("initialSession", () =>
    import.meta.server ? initialSession(gateIdentity(event, { secret: process.env.GATE_SECRET })) : null,
  );
  const client = () => createClient({ service: location.origin });
  vueApp.use(createAuth(client, { initialSession: session.value }));
});
