import type { Open } from "./client.js";
import type { ClientOptions } from "./types.js";
import type { RequiredStepUp } from "./ways-in.js";

type StepUpOption = NonNullable<ClientOptions["onStepUp"]>;

/** Starts a vault that lets the user step up by the given function. Loaded only if there is one. */
export const withStepUp =
  (open: Open, onStepUp: StepUpOption): Open =>
  (opening, hearing) => {
    hearing.stepUp = (_, required, done) => void ask(onStepUp, required).then(done);
    return open(opening, hearing);
  };

/** What goes wrong in the app's function must not become a fault of the calls that wait for it. */
async function ask(onStepUp: StepUpOption, required: RequiredStepUp): Promise<void> {
  try {
    await onStepUp(required);
  } catch (error) {
    reportError(error);
  }
}
