import { LabFailed } from "../measure/lab-service.ts";
import type { Realm } from "../table/script-reach.ts";
import { forgetToken } from "../usual-app/stored-token.ts";

/** Removes the frame and what its app has stored. */
export function closeUsualApp(place: HTMLElement): void {
  place.replaceChildren();
  forgetToken();
}

/** Opens the app in a frame in `place`, and signs its user in. Resolves with the frame's window when the app has called the API. */
export async function openUsualApp(place: HTMLElement, token: string): Promise<Realm> {
  const frame = document.createElement("iframe");
  frame.title = "An app that keeps its access token in localStorage";
  frame.src = "/lab-usual-app";
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  place.replaceChildren(frame);
  await loaded;
  // There is none if the browser has kept the page out of the frame.
  const app = frame.contentDocument?.defaultView;
  if (!app) throw new LabFailed("The app's page", 0, "The browser does not show it in a frame.");
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise<number>((done) => {
    port1.onmessage = ({ data }) => done(data);
  });
  app.postMessage({ access_token: token }, location.origin, [port2]);
  const status = await answered;
  port1.close();
  if (status !== 200) throw new LabFailed("The app's call", status, "");
  return app;
}
