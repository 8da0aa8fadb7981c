/** Each page with a panel holds this lock in shared mode, so that the pages can be counted, even after one of them crashes. */
const NAME = "latchkey-devtools";

/** What a page can find out about the tabs of its origin. */
export interface TabsSeen {
  /** The tabs that show a panel. */
  readonly panels: number;
  /** Whether a tab holds the vault's lock, which it does while it renews the token. */
  readonly renewing: boolean;
}

/** Looks at the locks of the origin. Returns `null` in a browser without Web Locks. */
export async function seeTabs(): Promise<TabsSeen | null> {
  if (!("locks" in navigator)) return null;
  const { held = [] } = await navigator.locks.query();
  return {
    panels: held.filter(({ name }) => name === NAME).length,
    renewing: held.some(({ name }) => name?.startsWith("latchkey:")),
  };
}

/** Lets other panels count this one. Returns a function that stops this. */
export function beCounted(): () => void {
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  if ("locks" in navigator) void navigator.locks.request(NAME, { mode: "shared" }, () => left);
  return leave;
}
