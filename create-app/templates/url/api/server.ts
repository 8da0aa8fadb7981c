import express from "express";
import { gateIdentity } from "latchkey-auth/server";

const port = 3001;
const app = express();

// The gate sends the secret with every request. Without it, anyone who reaches this server could claim to be any user.
const identify = (request: express.Request) => gateIdentity(request, { secret: process.env.GATE_SECRET });

app.get("/api/me", (request, response) => {
  const user = identify(request);
  response.json({ id: user?.subject, roles: user?.roles });
});

app.listen(port, "127.0.0.1", (error) => {
  if (!error) return console.log(`The API listens on http://127.0.0.1:${port}`);
  console.error(
    `The API cannot listen on port ${port}: ${error.message}. wrangler.toml and api/server.ts name the port.`,
  );
  process.exitCode = 1;
});
