// The verifier as a native program that judges one token per line, and the published vectors with its
// verdicts, for the tests that compare it with other implementations.
import { run } from "../run.mjs";

export const verdicts = {
  name: "verdicts",
  title: "Native verifier and vectors for the tests",
  usually: "1 minute the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "worker-config"],
    ...["edge-worker/Cargo.toml", "edge-worker/src", "edge-worker/examples", "tools/build/verdicts.mjs"],
  ],
  outputs: ["target/debug/examples/verdicts", "target/debug/examples/vectors"],
  work: () => run("cargo", ["build", "-p", "edge-worker", "--examples"]),
};
