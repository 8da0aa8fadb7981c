import type { Attack } from "./attack.ts";
import { signOutWithoutNetwork, wrongClock } from "./client.ts";
import {
  anotherOrigin,
  fixation,
  forgedRequest,
  injectedScript,
  racingTabs,
  readTheToken,
  replayTheCookie,
} from "./sessions.ts";
import { algNone, changedClaim, expired, hmacWithPublicKey, noSignature, otherAudience } from "./tokens.ts";

/** In the order of the page. */
export const ATTACKS: readonly Attack[] = [
  readTheToken,
  replayTheCookie,
  forgedRequest,
  fixation,
  anotherOrigin,
  changedClaim,
  noSignature,
  algNone,
  hmacWithPublicKey,
  expired,
  otherAudience,
  injectedScript,
  signOutWithoutNetwork,
  racingTabs,
  wrongClock,
];
