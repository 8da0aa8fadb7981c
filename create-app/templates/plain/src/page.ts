import type { AuthClient } from "latchkey-auth";
import { explain, whoAmI } from "./api";

/** Brings the elements of index.html to life. */
export function mount(root: HTMLElement, auth: AuthClient) {
  const find = <E extends HTMLElement>(selector: string) => root.querySelector(selector) as E;
  const status = find("#status");
  const form = find<HTMLFormElement>("#sign-in");
  const account = find("#account");
  const submit = find<HTMLButtonElement>("#sign-in button");
  const password = find<HTMLInputElement>("input[name=password]");
  const [formProblem, accountProblem] = [find("#sign-in [role=alert]"), find("#account [role=alert]")];
  let isNew = false;

  function render() {
    status.textContent = auth.status === "loading" ? "One moment…" : "No connection. Trying again…";
    status.hidden = auth.status === "signed-in" || auth.status === "signed-out";
    form.hidden = auth.status !== "signed-out";
    account.hidden = auth.session === null;
    find("#email").textContent = auth.session?.user.email ?? "";
  }

  function renderForm(busy = false) {
    const verb = isNew ? "Create account" : "Sign in";
    find("#sign-in h2").textContent = verb;
    find("#switch").textContent = isNew ? "I have an account" : "I need an account";
    password.autocomplete = isNew ? "new-password" : "current-password";
    submit.textContent = busy ? "One moment…" : verb;
    submit.disabled = busy;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const credentials = Object.fromEntries(new FormData(form)) as { email: string; password: string };
    formProblem.textContent = "";
    renderForm(true);
    try {
      await (isNew ? auth.signUp(credentials) : auth.signIn(credentials));
      form.reset();
    } catch (error) {
      formProblem.textContent = explain(error);
    }
    renderForm();
  });

  find("#switch").addEventListener("click", () => {
    isNew = !isNew;
    formProblem.textContent = "";
    renderForm();
  });

  find("#call").addEventListener("click", async () => {
    const output = find("output");
    accountProblem.textContent = "";
    output.textContent = "One moment…";
    try {
      output.textContent = await whoAmI(auth);
    } catch (error) {
      output.textContent = "";
      accountProblem.textContent = explain(error);
    }
  });

  find("#sign-out").addEventListener("click", () => {
    find("output").textContent = "";
    void auth.signOut();
  });

  auth.subscribe(render);
  render();
}
