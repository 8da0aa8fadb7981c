// Rendered on the server, which imports the package as the browser does.
import { createClient } from "latchkey-auth";
import { connection } from "next/server";
import { Client } from "./client.js";

export default async function Page() {
  await connection();
  return (
    <>
      <p id="server">{typeof createClient}</p>
      <Client />
    </>
  );
}
