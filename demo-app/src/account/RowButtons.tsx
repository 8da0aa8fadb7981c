import type { Ref } from "react";
import { Button } from "../ui/Button.tsx";

interface RowButtonsProps {
  /** The button that opens the form for another name. */
  ref: Ref<HTMLButtonElement>;
  /** The id of the element with the row's name, which screen readers read with each button. */
  nameId: string;
  /** What the second button says, such as "Remove". */
  remove: string;
  onRename: () => void;
  onRemove: () => void;
}

/** The buttons of a row that has a name and can be removed. */
export function RowButtons({ ref, nameId, remove, onRename, onRemove }: RowButtonsProps) {
  return (
    <div className="button-row">
      <Button ref={ref} look="quiet" aria-describedby={nameId} onClick={onRename}>
        Rename
      </Button>
      <Button look="quiet" aria-describedby={nameId} onClick={onRemove}>
        {remove}
      </Button>
    </div>
  );
}
