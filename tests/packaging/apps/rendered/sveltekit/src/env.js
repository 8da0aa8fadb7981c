import { defineEnvVars } from "@sveltejs/kit/env";

export const variables = defineEnvVars({
  GATE_SECRET: { schema: (value) => value }, // not needed when the app is built
});
