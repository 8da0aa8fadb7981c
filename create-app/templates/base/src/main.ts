import { createClient } from "latchkey-auth";
import "latchkey-auth/sign-in.css";
import "./style.css";
import { explain } from "./api";
import { mount } from "./page";

const root = document.getElementById("app") as HTMLElement;

try {
  // The token service is on the page's own origin.
  mount(root, await createClient({ service: location.origin }));
} catch (error) {
  // For example in a browser without WebAssembly.
  root.textContent = `This app can't start: ${explain(error)}`;
}
