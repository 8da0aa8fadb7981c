// What a Worker writes to its log. A test can read an answer before the line about its request arrives, because they
// come by different ways: the answer by a socket, the line by the process' output. Tests therefore wait for a line.
import type { Answer } from "./http.ts";
import { until } from "./until.ts";

/** Waits until the log matches `expected`. */
export const untilLogged = (logs: () => string, expected: RegExp) =>
  until(`the log matches ${expected}`, () => expected.test(logs()));

/** Waits for the log line about the request of this answer that contains `event`. Returns its fields. */
export async function lineAbout(logs: () => string, answer: Answer, event: string): Promise<Record<string, unknown>> {
  const id = answer.header("latchkey-request-id");
  if (!id) throw new Error(`the answer ${answer.status} has no request id`);
  const line = await until(`a line ${event} about the request ${id}`, () =>
    logs()
      .split("\n")
      .find((line) => line.includes(`"event":"${event}"`) && line.includes(`"request_id":"${id}"`)),
  );
  return JSON.parse(line.slice(line.indexOf("{")));
}
