// Chromium, by Playwright, as in all other tests.
import { launch } from "../harness/browser.ts";
import type { Engine, Tab } from "./engine.ts";

export async function startChromium(): Promise<Engine> {
  const browser = await launch();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  return {
    name: "chromium",
    version: browser.version(),
    needsHttps: false,
    open: async (url): Promise<Tab> => {
      const page = await context.newPage();
      await page.goto(url);
      return {
        run: (scenario, ...args) =>
          page.evaluate(
            ([name, given]) =>
              (window as unknown as { scenarios: Record<string, (...args: unknown[]) => Promise<never>> }).scenarios[
                name
              ]?.(...given) as Promise<never>,
            [scenario, args] as const,
          ),
        reload: async () => void (await page.reload()),
        press: (selector) => page.click(selector),
        text: (selector) =>
          page.evaluate((found) => document.querySelector(found)?.textContent ?? "", selector).catch(() => ""),
        addAuthenticator: async () => {
          const devtools = await context.newCDPSession(page);
          await devtools.send("WebAuthn.enable");
          const verifies = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
          const options = {
            protocol: "ctap2",
            transport: "usb",
            automaticPresenceSimulation: true,
            ...verifies,
          } as const;
          const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
          return async () => void (await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }));
        },
        close: () => page.close(),
      };
    },
    stop: () => browser.close(),
  };
}
