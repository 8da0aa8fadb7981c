// The page that every bundler builds: sign up, call the API, sign out. It says what happens in elements that the test reads.
// The service is the page's own origin, or the one that `?service=` names; `?vault=`, `?workerUrl=` and `?wasmUrl=` are options of the client.
import { createClient, isAuthError } from "latchkey-auth";

/**
 * @param {HTMLElement} root
 * @returns {() => void} ends it
 */
export function start(root) {
  const status = part("output", "status");
  const result = part("output", "result");
  const query = new URLSearchParams(location.search);
  const service = query.get("service") ?? location.origin;
  const given = ["vault", "workerUrl", "wasmUrl"].filter((name) => query.has(name));
  const options = Object.fromEntries(given.map((name) => [name, query.get(name)]));
  let dispose = () => {};
  let ended = false;
  createClient({ service, ...options }).then(
    (auth) => {
      dispose = () => auth.dispose();
      if (ended) return dispose();
      const show = () => {
        status.textContent = auth.session ? `${auth.status} ${auth.session.user.email}` : auth.status;
      };
      auth.subscribe(show);
      show();
      const attempt = (work) => async () => {
        result.textContent = "";
        result.textContent = await work().catch(told);
      };
      const credentials = () => ({ email: query.get("email"), password: "correct horse battery staple" });
      root.append(
        button(
          "sign up",
          attempt(async () => (await auth.signUp(credentials())).user.email),
        ),
        button(
          "call",
          attempt(async () => (await auth.fetch(`${service}/api/me`)).text()),
        ),
        button(
          "sign out",
          attempt(async () => String(await auth.signOut())),
        ),
      );
    },
    (error) => {
      status.textContent = told(error);
    },
  );
  root.append(status, result);
  return () => {
    ended = true;
    root.replaceChildren();
    dispose();
  };
}

const told = (error) => (isAuthError(error) ? `${error.code}: ${error.message}` : String(error));

function part(kind, id) {
  return Object.assign(document.createElement(kind), { id });
}

function button(name, press) {
  const made = document.createElement("button");
  made.textContent = name;
  made.addEventListener("click", press);
  return made;
}
