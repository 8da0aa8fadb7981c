import { createClient } from "latchkey-auth";
import { AuthProvider } from "latchkey-auth/react";
import { gateIdentity, initialSession } from "latchkey-auth/server";
import { Links, Meta, Outlet, Scripts } from "react-router";

export function loader({ request }) {
  const identity = gateIdentity(request, { secret: process.env.GATE_SECRET });
  return { initialSession: initialSession(identity) };
}

const client = () => createClient({ service: location.origin });

export default function Root({ loaderData }) {
  return (
    <html lang="en">
      <head>
        <Meta />
        <Links />
      </head>
      <body>
        <AuthProvider client={client} initialSession={loaderData.initialSession}>
          <Outlet />
        </AuthProvider>
        <Scripts />
      </body>
    </html>
  );
}
