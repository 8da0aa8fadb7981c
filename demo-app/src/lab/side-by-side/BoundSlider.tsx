import { useId } from "react";
import { BOUNDS } from "../measure/columns.ts";

/** Chooses one of the bounds for which there is a route. */
export function BoundSlider({ bound, onChange }: { bound: number; onChange: (bound: number) => void }) {
  const id = useId();
  return (
    <div className="slider">
      <label htmlFor={id}>
        Bound: <output htmlFor={id}>{bound} s</output>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={BOUNDS.length - 1}
        step={1}
        value={BOUNDS.indexOf(bound)}
        aria-valuetext={`${bound} ${bound === 1 ? "second" : "seconds"}`}
        onChange={({ target }) => onChange(BOUNDS[Number(target.value)] ?? bound)}
      />
      <span className="slider-ends" aria-hidden="true">
        <span>1 s</span>
        <span>60 s</span>
      </span>
    </div>
  );
}
