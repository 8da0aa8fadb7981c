import { Component, type ReactNode } from "react";
import { messageOf } from "../auth/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";

/** Shown when the client can't start: WebAssembly is off, say, or a file couldn't be loaded. */
export class StartBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <main className="page-message" role="alert">
        <Logo />
        <h1>The demo couldn't start</h1>
        <p>{messageOf(this.state.error)}</p>
        <Button onClick={() => location.reload()}>Reload</Button>
      </main>
    );
  }
}
