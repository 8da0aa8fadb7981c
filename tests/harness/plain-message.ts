// How long pages of one origin take to hear of something, compared with a plain message that one page sends to all of
// them at the same moment: how busy the machine is delays both.
import type { Page } from "playwright-core";

declare global {
  /** When this page heard the plain message, by the machine's clock in milliseconds. */
  var plainMessage: Promise<number>;
}

const CHANNEL = "test-plain-message";

/** Has the page listen. */
export const hearsPlainMessage = (page: Page): Promise<void> =>
  page.evaluate((channel) => {
    globalThis.plainMessage = new Promise((heard) => {
      new BroadcastChannel(channel).onmessage = () => heard(Date.now());
    });
  }, CHANNEL);

/** Has the page send it at the next click on it. */
export const sendsPlainMessageAtClick = (page: Page): Promise<void> =>
  page.evaluate((channel) => {
    addEventListener("click", () => new BroadcastChannel(channel).postMessage(null), { capture: true, once: true });
  }, CHANNEL);

/** Sends it from the page, and then does this there. */
export const sendsPlainMessageBefore = (page: Page, act: () => unknown): Promise<void> =>
  page.evaluate(`new BroadcastChannel(${JSON.stringify(CHANNEL)}).postMessage(null); void (${act})();`);
