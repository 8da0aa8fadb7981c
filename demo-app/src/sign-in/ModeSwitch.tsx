import type { Mode } from "./CredentialsForm.tsx";

const CHOICES: readonly (readonly [mode: Mode, label: string])[] = [
  ["sign-in", "I have an account"],
  ["sign-up", "I need an account"],
];

export function ModeSwitch({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  return (
    <div className="mode-switch">
      {CHOICES.map(([choice, label]) => (
        <button
          key={choice}
          type="button"
          className="mode-switch-choice"
          aria-pressed={mode === choice}
          onClick={() => onChange(choice)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
