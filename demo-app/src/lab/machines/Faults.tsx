import type { Fault } from "./faults.ts";

interface FaultsProps {
  title: string;
  faults: readonly Fault[];
  chosen: string;
  onChoose: (id: string) => void;
}

/** Which fault the network has. One at a time. */
export function Faults({ title: legend, faults, chosen, onChoose }: FaultsProps) {
  return (
    <fieldset className="faults">
      <legend>{legend}</legend>
      {faults.map(({ id, title, about }) => (
        <label key={id}>
          <input
            type="radio"
            name="fault"
            checked={id === chosen}
            aria-label={title}
            aria-describedby={`fault-${id}`}
            onChange={() => onChoose(id)}
          />
          <span>
            {title}
            <small id={`fault-${id}`}>{about}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
