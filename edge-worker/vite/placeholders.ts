// Values that were copied from an example and not replaced. The Worker accepts them while its issuer is on localhost.
import { lineOf } from "../command/check/lines.ts";
import type { Report } from "../command/config-check.ts";

const PLACEHOLDER = /, expected a value of your own in place of the placeholder [^\n]+$/;

/** @param text The file's text. @returns One line for each placeholder, as `latchkey-worker check` prints it. */
export const placeholdersIn = ({ errors }: Report, name: string, text: string): string[] =>
  errors
    .filter(({ line }) => PLACEHOLDER.test(line))
    .map(({ path, line }) => {
      const number = lineOf(name, text, path);
      return `${name}${number === undefined ? "" : `:${number}`}: ${line}`;
    });
