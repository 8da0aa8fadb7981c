// The verifiers of tokens and of passkeys as native programs that judge one line each, and the published vectors with
// their verdicts, for the tests that compare them with other implementations.
import { run } from "../run.mjs";

export const verdicts = {
  name: "verdicts",
  title: "Native verifiers and vectors for the tests",
  usually: "1 minute the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "worker-config"],
    ...["edge-worker/Cargo.toml", "edge-worker/src", "edge-worker/examples", "tools/build/verdicts.mjs"],
  ],
  outputs: ["verdicts", "vectors", "ceremonies"].map((name) => `target/debug/examples/${name}`),
  work: () => run("cargo", ["build", "-p", "edge-worker", "--examples"]),
};
