// The page as its users see it, with a token service in memory: no browser, no network.
import { type FakeService, fakeService } from "latchkey-auth/testing";
import { beforeEach, expect, test, vi } from "vitest";
import html from "../index.html?raw";
import { mount } from "./page";

let service: FakeService;

beforeEach(async () => {
  service = fakeService({
    users: [{ email: "ada@example.com" }],
    api: (_, { user }) => Response.json({ id: user.id }),
  });
  document.body.innerHTML = /<body>(.*)<script/s.exec(html)?.[1] ?? "";
  mount(document.getElementById("app") as HTMLElement, await service.createClient());
  await sees("No account yet?");
});

/** Waits until the page shows the text. */
const sees = (text: string) => vi.waitFor(() => expect(document.body.textContent).toContain(text));

function press(name: string) {
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent?.trim() === name);
  if (!button) throw new Error(`no button "${name}"`);
  button.click();
}

function fillIn(email: string, password: string) {
  for (const [name, value] of Object.entries({ email, password })) {
    const input = document.querySelector<HTMLInputElement>(`input[name=${name}]`);
    if (!input) throw new Error(`no field "${name}"`);
    input.value = value;
  }
}

test("a user signs in, calls the API, and signs out", async () => {
  fillIn("ada@example.com", "correct horse battery staple");
  press("Sign in");
  await sees("Signed in as ada@example.com");
  press("Call the API");
  await sees("The API knows you as ");
  expect(service.requests).toContain("GET /api/me");
  press("Sign out");
  await sees("No account yet?");
});

test("a new user signs up", async () => {
  press("No account yet? Create one");
  await sees("Already have an account?");
  fillIn("grace@example.com", "a long and unusual sentence");
  press("Create account");
  await sees("Signed in as grace@example.com");
  press("Sign out");
  await sees("No account yet?");
});

test("a wrong password is explained", async () => {
  fillIn("ada@example.com", "not the password");
  press("Sign in");
  await sees("The e-mail address or the password is wrong.");
});

test("losing the network does not sign the user out", async () => {
  fillIn("ada@example.com", "correct horse battery staple");
  press("Sign in");
  await sees("Signed in as ada@example.com");
  service.faults.offline = true;
  press("Call the API");
  const alerts = () => [...document.querySelectorAll("[role=alert]")].map((alert) => alert.textContent).join("");
  await vi.waitFor(() => expect(alerts()).not.toBe(""));
  expect(document.body.textContent).toContain("Signed in as ada@example.com");
});
