// A free port for a program that is started later and can't choose one itself.
import { randomInt } from "node:crypto";
import getPort from "get-port";

/**
 * Below the range from which Linux takes the port of each outgoing connection and of each server that asks for any
 * (32768 to 60999). A port of that range can be given away before the program that was told to use it listens.
 */
const [MIN, COUNT] = [20_000, 12_000];

/** Free on every address of this machine. Callers in other processes look at other ports, except by chance. */
export function freePort() {
  return getPort({ port: Array.from({ length: 20 }, () => MIN + randomInt(COUNT)) });
}
