// Rejects a port of this machine that is taken. It runs before npm packages are installed, so it uses none.
import { createServer } from "node:net";
import { Refusal } from "./refusal.mjs";

/** @param {number} port */
export async function refuseTakenPort(port) {
  for (const host of ["127.0.0.1", "::1"]) {
    try {
      await close(await listen(port, host));
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === "EADDRINUSE") {
        throw new Refusal(
          `Port ${port} is taken. Stop what is using it, or choose another: npm start -- --port ${port + 1}`,
        );
      }
      if (code === "EACCES") {
        throw new Refusal(`This user may not listen on port ${port}. Choose one above 1023: npm start -- --port 8787`);
      }
      // A machine without IPv6 has no ::1.
    }
  }
}

/** @param {number} port @param {string} host @returns {Promise<import("node:net").Server>} */
function listen(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host }, () => resolve(server));
  });
}

/** @param {import("node:net").Server} server @returns {Promise<void>} */
const close = (server) => new Promise((resolve) => server.close(() => resolve()));
