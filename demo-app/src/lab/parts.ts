import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** A part of the lab. Each has a folder of its own, and is loaded when it is opened. */
export interface Part {
  /** The fragment of its address. */
  readonly id: string;
  readonly title: string;
  readonly View: LazyExoticComponent<ComponentType>;
}

/** In the order of the navigation; the first is shown at `/lab`. */
export const PARTS: readonly [Part, ...Part[]] = [
  {
    id: "side-by-side",
    title: "Side by side",
    View: lazy(async () => ({ default: (await import("./side-by-side/SideBySide.tsx")).SideBySide })),
  },
  {
    id: "table",
    title: "The table",
    View: lazy(async () => ({ default: (await import("./table/TablePart.tsx")).TablePart })),
  },
  {
    id: "attack",
    title: "Attack it",
    View: lazy(async () => ({ default: (await import("./attack/AttackPart.tsx")).AttackPart })),
  },
  {
    id: "machines",
    title: "See the machines",
    View: lazy(async () => ({ default: (await import("./machines/MachinesPart.tsx")).MachinesPart })),
  },
];
