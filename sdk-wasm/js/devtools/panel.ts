import type { AuthClient } from "../types.js";
import { errorOf, type Observer } from "./observe.js";
import { linkTo, MAX_STEPS, type Moment, type Run, runIn, STATUSES, type Step } from "./run.js";
import { STYLE } from "./style.js";
import { beCounted, seeTabs, type TabsSeen } from "./tabs.js";
import { factsOf, since } from "./timers.js";

export interface Panel extends Observer {
  close(): void;
}

const NOT_STARTED: Moment = {
  ...{ status: "loading", error: null, refreshes: 0 },
  ...{ tokenExpires: null, idleExpires: null, sessionExpires: null },
};

/** A line that tells only of new access tokens, and the number of the first one. A rotation changes the session's times. */
const RENEWALS = /^access tokens? (\d+)[^,]*(, the session has changed)?$/;

/** The panel, inside of `into`. It writes text only, and no markup, because policies with Trusted Types allow no other. */
export function openPanel(into: Element, isInline: boolean, now: () => number): Panel {
  const began = now();
  const steps: Step[] = [];
  let client: AuthClient | undefined;
  let tabs: TabsSeen | null = null;
  /** How long the newest access token lives, in milliseconds, if it has arrived while the panel was there. */
  let tokenLife: number | null = null;
  /** The run that is shown, and the place in it; `null`: the present. */
  let shown: { run: Run; index: number } | null = null;

  const parts = build(isInline);
  const { host, states, facts, list, slider, label, back, forward, live, copy, link, linkLabel, said, hide, body } =
    parts;
  into.append(host);

  const present = (): Moment => (client ? momentOf(client, began) : NOT_STARTED);

  const render = () => {
    const run = shown?.run ?? { began, steps };
    const step = shown && run.steps[shown.index];
    const moment = step ?? present();
    for (const item of states) mark(item, item.dataset.status === moment.status);
    const rows = factsOf(moment, step ? step.at : now() - began, step ? null : tokenLife);
    if (!step) rows.push(...tabFacts(tabs));
    facts.replaceChildren(...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
    const last = run.steps.length - 1;
    slider.max = String(Math.max(last, 0));
    slider.value = String(shown?.index ?? last);
    label.textContent = step ? `Step ${(shown?.index ?? 0) + 1} of ${last + 1}` : `Live: ${last + 1} steps so far`;
    disable(back, step ? shown?.index === 0 : last < 1);
    disable(forward, !step || shown?.index === last);
    disable(live, !step);
  };

  const renderList = () => {
    const { steps: all } = shown?.run ?? { steps };
    list.replaceChildren(
      ...all.map(({ at, what }) => el("li", {}, el("time", {}, `+${since(at)}`), el("span", {}, what))),
    );
  };

  const follow = () => {
    const index = shown?.index ?? list.children.length - 1;
    for (const [position, item] of [...list.children].entries()) mark(item, position === shown?.index);
    const item = list.children[index] as HTMLElement | undefined;
    // Not `scrollIntoView`, which would scroll the page too.
    if (item) list.scrollTop = item.offsetTop - list.offsetTop - list.clientHeight / 2;
  };

  const show = (next: typeof shown) => {
    shown = next;
    renderAll();
  };

  const renderAll = () => {
    renderList();
    render();
    follow();
  };

  let isDue = false;
  /** At most once per frame, however many steps there are. */
  const renderSoon = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      if (!shown) renderAll();
    });
  };

  const go = (index: number) => {
    const run = shown?.run ?? { began, steps: [...steps] };
    show({ run, index: Math.min(Math.max(index, 0), run.steps.length - 1) });
  };

  const on = (button: HTMLElement, act: () => void) =>
    button.addEventListener("click", () => button.ariaDisabled !== "true" && act());
  on(back, () => go((shown?.index ?? steps.length - 1) - 1));
  on(forward, () => go((shown?.index ?? 0) + 1));
  on(live, () => show(null));
  slider.addEventListener("input", () => go(Number(slider.value)));
  on(hide, () => {
    body.hidden = !body.hidden;
    hide.textContent = body.hidden ? "Show" : "Hide";
    hide.ariaExpanded = String(!body.hidden);
  });
  on(copy, async () => {
    link.value = await linkTo(shown?.run ?? { began, steps });
    linkLabel.hidden = false;
    const isCopied = await navigator.clipboard?.writeText(link.value).then(
      () => true,
      () => false,
    );
    said.textContent = isCopied ? "The link is copied." : "Copy the link from the field.";
  });

  /** Shows the run that the page's address has. */
  const open = async () => {
    const run = await runIn(location.hash);
    if (!run) return;
    said.textContent = `A run of ${new Date(run.began).toLocaleString()}, from the link.`;
    show({ run, index: 0 });
  };
  const onHash = () => void open();
  addEventListener("hashchange", onHash);
  const uncount = beCounted();
  const tick = async () => {
    tabs = await seeTabs();
    render();
  };
  const timer = setInterval(() => void tick(), 1000);
  render();
  void tick();
  void open();

  let refreshes = -1;
  return {
    show(shownClient) {
      client = shownClient;
      refreshes = client.tokenClock.refreshes;
      render();
    },
    now,
    add(what) {
      const at = now() - began;
      const moment = present();
      if (moment.refreshes !== refreshes && refreshes >= 0) {
        tokenLife = moment.tokenExpires === null ? null : moment.tokenExpires - at;
      }
      refreshes = moment.refreshes;
      // After two such lines, further tokens only change the second one, so that other steps are not dropped.
      const [before, last] = steps.slice(-2).map((step) => RENEWALS.exec(step.what)?.[1]);
      const isOneMore = RENEWALS.test(what) && before && last;
      if (isOneMore) steps.pop();
      const line = isOneMore ? `access tokens ${last} to ${refreshes} have arrived` : what;
      steps.push({ at, what: line, ...moment });
      if (steps.length > MAX_STEPS) steps.shift();
      if (!shown) renderSoon();
    },
    close() {
      clearInterval(timer);
      removeEventListener("hashchange", onHash);
      uncount();
      host.remove();
    },
  };
}

function momentOf(client: AuthClient, began: number): Moment {
  const { status, session, tokenClock } = client;
  const since = (time: number | null | undefined) => (time == null ? null : Math.round(time - began));
  return {
    ...{ status, error: errorOf(client), refreshes: tokenClock.refreshes },
    tokenExpires: since(tokenClock.expiresAt),
    idleExpires: since(session?.idleExpiresAt),
    sessionExpires: since(session?.expiresAt),
  };
}

const tabFacts = (tabs: TabsSeen | null): [string, string][] => [
  ["Tabs with this panel", tabs ? String(tabs.panels) : "unknown"],
  ["Renewal lock", tabs ? (tabs.renewing ? "held by a tab" : "free") : "unknown"],
];

function build(isInline: boolean) {
  const host = el("div", { className: "latchkey-devtools" });
  if (!isInline) host.dataset.floating = "";
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const states = STATUSES.map((status) => {
    const item = el("li", {}, status);
    item.dataset.status = status;
    return item;
  });
  const facts = el("dl", {});
  const list = el("ol", { className: "steps", tabIndex: 0, ariaLabel: "Changes and calls" });
  const slider = el("input", { type: "range", min: "0", step: "1" });
  const label = el("span", {});
  const button = (text: string) => el("button", { type: "button" }, text);
  const [back, forward, live, copy, hide] = [
    button("Step back"),
    button("Step forward"),
    button("Live"),
    button("Share as a link"),
    button("Hide"),
  ];
  hide.ariaExpanded = "true";
  const link = el("input", { readOnly: true });
  link.addEventListener("focus", () => link.select());
  const linkLabel = el(
    "label",
    { hidden: true },
    "Link to this run: its fragment has the lines above, and no secret",
    link,
  );
  const said = el("p", { role: "status" });
  const body = el(
    "div",
    { className: "body" },
    el("ol", { className: "states", ariaLabel: "State" }, ...states),
    facts,
    el("label", {}, label, slider),
    el("div", { className: "buttons" }, back, forward, live, copy),
    list,
    linkLabel,
    said,
  );
  const header = el("header", {}, el("h2", {}, "Latchkey devtools"), hide);
  root.append(el("section", { ariaLabel: "Latchkey devtools" }, header, body));
  return { host, states, facts, list, slider, label, back, forward, live, copy, link, linkLabel, said, hide, body };
}

function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function mark(item: Element, isCurrent: boolean): void {
  if (isCurrent) item.ariaCurrent = "true";
  else item.removeAttribute("aria-current");
}

/** The button keeps the focus. */
function disable(button: HTMLElement, isDisabled: boolean): void {
  if (isDisabled) button.ariaDisabled = "true";
  else button.removeAttribute("aria-disabled");
}
