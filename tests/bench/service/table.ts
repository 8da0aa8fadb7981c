// What the turns say, for people.
import { median, type Spread } from "../harness/statistics.ts";
import { KINDS } from "./loads.ts";
import type { Turn } from "./measure.ts";
import type { Ratio, Results } from "./results.ts";

/** What is asked of the service, and whether a figure must be at least that or under it. */
const GOALS = [
  ["refresh_young_per_s", "at least", 1500],
  ["refresh_rotating_per_s", "at least", 600],
  ["refresh_rotating_p99_ms", "under", 40],
  ["growth_10_to_10000", "at most", 1.2],
  ["gate_share_under_sign_ins", "at least", 0.5],
] as const;

const LOADS: Record<"young" | "rotating", Record<string, string>> = {
  young: {
    floor: "bare object, one row read",
    refresh: "refresh, young",
    better_auth: "better-auth, read",
    strict: "strict verification, through the gate",
    gate: "the gate alone",
    gate_under_sign_ins: "the gate under sign-ins",
    sign_in: "sign-in, 16 clients",
    mixed: "mixed",
    small: "refresh, $small accounts",
    middle: "refresh, $middle accounts",
    large: "refresh, $large accounts",
    one_family: "refresh, 1 family in each account",
    hundred_families: "refresh, 100 families in each account",
  },
  rotating: {
    floor: "bare object, one row written",
    refresh: "refresh, rotating",
    better_auth: "better-auth, renewed",
    small: "refresh, $small accounts",
    middle: "refresh, $middle accounts",
    large: "refresh, $large accounts",
    one_family: "refresh, 1 family in each account",
    hundred_families: "refresh, 100 families in each account",
    asleep: "refresh, object asleep",
  },
};

export function showResults(results: Results): void {
  const { raw } = results;
  const [small, middle, large] = raw.accounts;
  console.log(row(["", "requests/s", "CPU µs", "p50 ms", "p99 ms", "core share"]));
  for (const phase of ["young", "rotating"] as const) {
    console.log(phase === "young" ? "\nNothing rotates" : "\nEvery refresh rotates");
    const turns: Record<string, { medians: Turn }> = { ...raw[phase] };
    for (const [name, label] of Object.entries(LOADS[phase])) {
      const { medians } = turns[name] as { medians: Turn };
      const text = label
        .replace("$small", String(small))
        .replace("$middle", String(middle))
        .replace("$large", String(large));
      const ms = [medians.p50, medians.p99].map((microseconds) => (microseconds / 1000).toFixed(2));
      const { perSecond, cpu, serverShare } = medians;
      console.log(
        row([text, perSecond.toFixed(perSecond < 100 ? 1 : 0), cpu.toFixed(0), ...ms, serverShare.toFixed(2)]),
      );
    }
  }
  const { mixed, gate_under_sign_ins } = raw.young;
  console.log("\nThe mixed load, by kind");
  for (const kind of KINDS) {
    const of = (figure: "requests" | "p50" | "p99") => median(mixed.rounds.map(({ kinds }) => kinds[kind][figure]));
    const ms = [of("p50"), of("p99")].map((microseconds) => (microseconds / 1000).toFixed(2));
    console.log(row([`${kind}, ${of("requests")} of ${mixed.medians.requests}`, "", "", ...ms, ""]));
  }
  const siege = median(gate_under_sign_ins.rounds.map(({ signInsPerSecond }) => signInsPerSecond));
  console.log(`Sign-ins while the gate was measured beside them: ${siege.toFixed(1)} per second.`);
  showRatios(results);
  showGoals(results);
}

function showRatios({ raw: { ratios } }: Results): void {
  console.log(`\n${row(["within a round", "requests/s", "quartiles", "p50", "quartiles", "CPU"])}`);
  const line = (label: string, { perSecond, p50, cpu }: Ratio) =>
    console.log(row([label, ...shown(perSecond), ...shown(p50), cpu.median.toFixed(2)]));
  for (const phase of ["young", "rotating"] as const) {
    const { vs_better_auth, vs_floor, growth, growth_to_middle, families } = ratios[phase];
    line(`${phase}: refresh to better-auth`, vs_better_auth);
    line(`${phase}: refresh to the bare object`, vs_floor);
    line(`${phase}: middle store to small`, growth_to_middle);
    line(`${phase}: large store to small`, growth);
    line(`${phase}: 100 families to 1`, families);
  }
  line("rotating: asleep to awake", ratios.rotating.asleep_to_awake);
  line("the gate under sign-ins to alone", ratios.gate_under_sign_ins);
  const [parts, quartiles] = shown(ratios.mixed_to_parts);
  console.log(`CPU time of the mixed load to that of its parts alone: ${parts} (${quartiles})`);
}

function showGoals(results: Results): void {
  const { raw } = results;
  console.log(`\n${goalRow(["goal", "measured", "", ""])}`);
  for (const [name, relation, goal] of GOALS) {
    const measured = results[name];
    const met = { "at least": measured >= goal, "at most": measured <= goal, under: measured < goal }[relation];
    console.log(goalRow([name, String(measured), `${relation} ${goal}`, met ? "met" : "MISSED"]));
  }
  console.log(goalRow(["vs_better_auth", String(results.vs_better_auth), "", ""]));
  console.log(goalRow(["vs_better_auth_young", String(results.vs_better_auth_young), "", ""]));
  const generator = median(
    [raw.young, raw.rotating].flatMap((phase) => Object.values(phase).map(({ medians }) => medians.generatorCpu)),
  );
  console.log(`
Load generator: ${generator.toFixed(0)} µs of CPU per request${raw.pinned ? ", on a core of its own" : " (nothing was pinned to a core)"}.
Core share: where it is below about 0.9 although the server is what is waited for, something else was using its core. Sign-ins pause between two hashes.`);
}

const shown = ({ median, quartiles }: Spread): [median: string, quartiles: string] => [
  median.toFixed(2),
  quartiles.map((value) => value.toFixed(2)).join("–"),
];

const row = ([label = "", ...cells]: string[]) => label.padEnd(40) + cells.map((cell) => cell.padStart(12)).join("");
const goalRow = ([name = "", measured = "", goal = "", verdict = ""]: string[]) =>
  `${name.padEnd(28)}${measured.padStart(10)}   ${goal.padEnd(16)}${verdict}`;
