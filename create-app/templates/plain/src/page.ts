import type { AuthClient } from "latchkey-auth";
import { explain, whoAmI } from "./api";

/** Brings the elements of index.html to life. */
export function mount(root: HTMLElement, auth: AuthClient) {
  const find = <E extends HTMLElement>(selector: string) => root.querySelector(selector) as E;
  const [status, signedOut, signedIn] = [find("#status"), find("#signed-out"), find("#signed-in")];
  const form = find<HTMLFormElement>("form");
  const submit = find<HTMLButtonElement>("[part=submit]");
  const [message, problem, output] = [find("[part=message]"), find("#signed-in [role=alert]"), find("output")];
  let isNew = false;

  function render() {
    status.textContent = auth.status === "loading" ? "One moment…" : "No connection. Trying again…";
    status.hidden = auth.status === "signed-in" || auth.status === "signed-out";
    signedOut.hidden = auth.status !== "signed-out";
    signedIn.hidden = auth.session === null;
    find("#email").textContent = auth.session?.user.email ?? "";
  }

  function renderForm(busy = false) {
    submit.textContent = busy ? "One moment…" : isNew ? "Create account" : "Sign in";
    submit.disabled = busy;
    find("[part=switch]").textContent = isNew ? "Already have an account? Sign in" : "No account yet? Create one";
    find<HTMLInputElement>("input[name=password]").autocomplete = isNew ? "new-password" : "current-password";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const credentials = Object.fromEntries(new FormData(form)) as { email: string; password: string };
    message.textContent = "";
    renderForm(true);
    try {
      if (isNew) await auth.signUp(credentials);
      else if ((await auth.signIn(credentials)).status === "second-factor") {
        await auth.secondFactor.verify({ code: prompt("The code of your authenticator app") ?? "" });
      }
      form.reset();
      isNew = false;
    } catch (error) {
      message.textContent = explain(error);
    }
    renderForm();
  });

  find("[part=switch]").addEventListener("click", () => {
    isNew = !isNew;
    message.textContent = "";
    renderForm();
  });

  find("#call").addEventListener("click", async () => {
    problem.textContent = "";
    output.textContent = "One moment…";
    try {
      output.textContent = await whoAmI(auth);
    } catch (error) {
      output.textContent = "";
      problem.textContent = explain(error);
    }
  });

  find("#sign-out").addEventListener("click", () => {
    output.textContent = "";
    void auth.signOut();
  });

  auth.subscribe(render);
  render();
}
