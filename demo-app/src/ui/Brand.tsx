import { Logo } from "./Logo.tsx";

export function Brand() {
  return (
    <span className="brand">
      <Logo />
      <span className="brand-name">Latchkey</span>
      <span className="brand-tag">demo</span>
    </span>
  );
}
