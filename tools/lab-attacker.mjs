// Another site for the demo's lab: a page that forges requests to the demo, as an attacker's page would. It is at 127.0.0.1
// while the demo is at localhost, so for a browser it is another site, whose requests carry no SameSite cookie.
import http from "node:http";

/** @returns {Promise<{ origin: string, stop: () => void }>} It does not keep the process alive. */
export async function startAttacker() {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://attacker");
    if (pathname === "/") response.writeHead(200, HEADERS).end(PAGE);
    else response.writeHead(404).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  server.unref();
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { origin: `http://127.0.0.1:${address.port}`, stop: () => server.close() };
}

const HEADERS = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Another site</title>
<style>:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif } main { max-width: 34rem; margin: 10vh auto; padding: 1.5rem }</style>
<main><h1>Another site</h1>
<p>This page has just sent a form, a fetch and an image to the demo, with whatever cookies your browser adds. It cannot read the
answers. The lab shows what has arrived; you can close this page.</p></main>
<iframe name="sink" title="Answers that this page cannot read" hidden></iframe>
<script>
const asked = new URLSearchParams(location.search);
const target = new URL(asked.get("target"));
if (target.hostname === "localhost") {
  const url = (by) => target.origin + "/lab/api/session?by=" + by + "&run=" + encodeURIComponent(asked.get("run"));
  const form = Object.assign(document.createElement("form"), { method: "post", action: url("form"), target: "sink" });
  document.body.append(form);
  form.submit();
  fetch(url("fetch"), { method: "POST", mode: "no-cors", credentials: "include", body: "forged" }).catch(() => {});
  new Image().src = url("image");
}
</script>
</html>
`;
