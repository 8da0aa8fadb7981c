import { gateIdentity, initialSession } from "latchkey-auth/server";
import { headers } from "next/headers";
import { Auth } from "./auth.js";

export default async function Layout({ children }) {
  const identity = gateIdentity({ headers: await headers() }, { secret: process.env.GATE_SECRET });
  return (
    <html lang="en">
      <body>
        <Auth initialSession={initialSession(identity)}>{children}</Auth>
      </body>
    </html>
  );
}
