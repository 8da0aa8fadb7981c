// How the lab's measurements send requests without a browser.
import type { Credentials, Transport } from "../../../demo-app/src/lab/measure/lab-service.ts";
import { newEmail, PASSWORD, post } from "../../harness/visitor.ts";

/** A visitor of this run, whose token is renewed before it expires. */
export async function terminalTransport(origin: string): Promise<Transport> {
  const who = { email: newEmail("lab"), password: PASSWORD };
  let token = "";
  let expires = 0;
  const signedIn = async (path: string) => {
    const answer = await post(origin, path, who);
    if (answer.status >= 300) throw new Error(`${path} was answered with ${answer.status}: ${answer.text}`);
    token = answer.json().access_token;
    expires = performance.now() + answer.json().expires_in * 1000;
  };
  await signedIn("/auth/sign-up");
  const send = (method: string, path: string) =>
    fetch(`${origin}/lab/control/${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
  return {
    async control(method, path) {
      if (performance.now() > expires - 2000) await signedIn("/auth/sign-in");
      const response = await send(method, path);
      // The signing key has been retired.
      if (response.status !== 401) return response;
      await signedIn("/auth/sign-in");
      return send(method, path);
    },
    call: (path, credential, credentials, storeIsDown) =>
      fetch(origin + path, { headers: headersFor(credential, credentials, storeIsDown) }),
  };
}

function headersFor(credential: "cookie" | "token", { cookie, token }: Credentials, storeIsDown: boolean) {
  return {
    ...(credential === "token" ? { Authorization: `Bearer ${token}` } : { Cookie: cookie ?? "" }),
    ...(storeIsDown ? { "Lab-Store": "down" } : {}),
  };
}
