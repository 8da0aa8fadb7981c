import { type ComponentProps, useState } from "react";
import { Button } from "./Button.tsx";

interface CopyButtonProps extends Pick<ComponentProps<typeof Button>, "look"> {
  /** What is copied. */
  text: string;
  children: string;
}

/** Copies a text, and says whether that worked: a browser may not allow it. */
export function CopyButton({ text, children, ...rest }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("refused");
    }
  }

  return (
    <>
      <Button {...rest} onClick={() => void copy()}>
        {outcome === "copied" ? "Copied" : children}
      </Button>
      {outcome === "refused" && (
        <p className="field-problem copy-refused" role="alert">
          Your browser does not allow that. Select the text and copy it.
        </p>
      )}
    </>
  );
}
