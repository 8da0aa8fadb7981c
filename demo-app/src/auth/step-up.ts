import type { RequiredStepUp } from "latchkey-auth";

type Ask = (required: RequiredStepUp) => Promise<unknown>;

/** The client exists before the page that can show a dialog, and longer. */
let shown: Ask | null = null;

/** For `createClient`. While nothing is shown that can ask the user, the calls get their 401. */
export async function onStepUp(required: RequiredStepUp): Promise<void> {
  await shown?.(required);
}

/** From now on `ask` asks the user, until the returned function is called. */
export function asksForStepUps(ask: Ask): () => void {
  shown = ask;
  return () => {
    if (shown === ask) shown = null;
  };
}
