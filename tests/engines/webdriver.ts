// Firefox and WebKit, each by the driver of its own makers.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, By, until as becomes, type WebDriver } from "selenium-webdriver";
import { VirtualAuthenticatorOptions } from "selenium-webdriver/lib/virtual_authenticator.js";
import { freePort } from "../harness/port.ts";
import "../../tools/signals.mjs";
import { until } from "../harness/until.ts";
import type { Engine, EngineName, Tab } from "./engine.ts";

const setupTool = new URL("../../tools/setup/engines.mjs", import.meta.url).href;
const { enginePrograms } = (await import(setupTool)) as {
  enginePrograms(): Promise<Record<"firefox" | "geckodriver" | "WebKitWebDriver" | "MiniBrowser" | "Xvfb", string>>;
};

/** How long one scenario may take, in milliseconds. */
const SCRIPT_LIMIT = 60_000;

export async function startFirefox(): Promise<Engine> {
  const { firefox, geckodriver } = await enginePrograms();
  const port = await freePort();
  const driver = await program(geckodriver, ["--port", String(port), "--log", "error"], {});
  // Firefox's virtual authenticators are those of its own tests.
  const options = {
    binary: firefox,
    args: ["-headless"],
    prefs: { "security.webauth.webauthn_enable_softtoken": true, "security.webauth.webauthn_enable_usbtoken": false },
  };
  return engine("firefox", false, port, { browserName: "firefox", "moz:firefoxOptions": options }, [driver]);
}

export async function startWebkit(): Promise<Engine> {
  const { WebKitWebDriver, MiniBrowser, Xvfb } = await enginePrograms();
  const screen = await display(Xvfb);
  const port = await freePort();
  const driver = await program(WebKitWebDriver, [`--port=${port}`], {
    DISPLAY: screen.name,
    // Its own sandbox can't be made inside a container, nor by root.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    WEBKIT_DISABLE_SANDBOX: "1",
    // No bus, no keyring: nothing of this user's desktop.
    DBUS_SESSION_BUS_ADDRESS: "disabled:",
    GIO_USE_VFS: "local",
    LIBGL_ALWAYS_SOFTWARE: "1",
  });
  const options = { binary: MiniBrowser, args: ["--automation"] };
  const capabilities = { browserName: "MiniBrowser", "webkitgtk:browserOptions": options };
  return engine("webkit", true, port, capabilities, [driver, screen.program]);
}

async function engine(
  name: EngineName,
  needsHttps: boolean,
  port: number,
  capabilities: Record<string, unknown>,
  programs: Program[],
): Promise<Engine> {
  const server = `http://127.0.0.1:${port}`;
  await until(`the driver of ${name} is ready`, () =>
    fetch(`${server}/status`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const driver = await new Builder()
    .usingServer(server)
    .withCapabilities({ acceptInsecureCerts: true, ...capabilities })
    .build();
  await driver.manage().setTimeouts({ script: SCRIPT_LIMIT, pageLoad: SCRIPT_LIMIT });
  const known = await driver.getCapabilities();
  return {
    ...{ name, needsHttps, version: String(known.get("browserVersion")) },
    open: async (url) => {
      await driver.switchTo().newWindow("tab");
      await driver.get(url);
      await loaded(driver);
      return tab(driver, await driver.getWindowHandle());
    },
    stop: async () => {
      await driver.quit().catch(() => {});
      for (const each of programs) await each.stop();
    },
  };
}

/** All tabs have the same authenticators. */
async function addAuthenticator(driver: WebDriver): Promise<() => Promise<void>> {
  const options = new VirtualAuthenticatorOptions();
  options.setHasResidentKey(true);
  options.setHasUserVerification(true);
  options.setIsUserVerified(true);
  const here = driver as WebDriver & {
    // Missing in the types.
    addVirtualAuthenticator(options: VirtualAuthenticatorOptions): Promise<void>;
    removeVirtualAuthenticator(): Promise<void>;
  };
  await here.addVirtualAuthenticator(options);
  return () => here.removeVirtualAuthenticator();
}

/** WebKit's driver doesn't wait for modules. */
async function loaded(driver: WebDriver): Promise<void> {
  await until("the page is loaded", () => driver.executeScript<boolean>("return window.scenarios !== undefined"));
}

/** One of the tabs of a driver, which attends to one at a time. */
function tab(driver: WebDriver, handle: string): Tab {
  const here = () => driver.switchTo().window(handle);
  return {
    run: async <T>(scenario: string, ...args: unknown[]) => {
      await here();
      const answer: { value?: T; error?: string } = await driver.executeAsyncScript(
        `const [name, given, done] = arguments;
         window.scenarios[name](...given).then(
           (value) => done({ value }),
           (error) => done({ error: String(error) + "\\n" + (error && error.stack) }),
         );`,
        ...[scenario, args],
      );
      if (answer.error !== undefined) throw new Error(`${scenario}: ${answer.error}`);
      return answer.value as T;
    },
    reload: async () => {
      await here();
      await driver.navigate().refresh();
      await loaded(driver);
    },
    press: async (selector) => {
      await here();
      await driver.wait(becomes.elementLocated(By.css(selector)), SCRIPT_LIMIT).click();
    },
    text: async (selector) => {
      await here();
      const script = "return document.querySelector(arguments[0])?.textContent ?? ''";
      return driver.executeScript<string>(script, selector).catch(() => "");
    },
    addAuthenticator: async () => {
      await here();
      return addAuthenticator(driver);
    },
    close: async () => {
      await here();
      await driver.close();
      const [first] = await driver.getAllWindowHandles();
      if (first) await driver.switchTo().window(first);
    },
  };
}

interface Program {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** A program with a home of its own, which goes when it ends, and its children with it. */
async function program(path: string, args: string[], env: NodeJS.ProcessEnv): Promise<Program> {
  const home = await mkdtemp(join(tmpdir(), "latchkey-engine-"));
  const child = spawn(path, args, {
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, ...env },
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // No process of the group exists any more.
    }
  };
  process.once("exit", kill);
  const ended = Promise.race([once(child, "exit"), once(child, "error")]);
  return {
    child,
    stop: async () => {
      kill();
      process.off("exit", kill);
      await ended;
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A screen in memory. On descriptor 3 it says its number. */
async function display(path: string): Promise<{ name: string; program: Program }> {
  const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  const screen = await program(path, args, {});
  const [number] = (await once(screen.child.stdio[3] as NodeJS.ReadableStream, "data")) as [Buffer];
  return { name: `:${number.toString().trim()}`, program: screen };
}
