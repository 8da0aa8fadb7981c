import { AuthProvider } from "latchkey-auth/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startingClient } from "../auth/client.ts";
import { StartBoundary } from "../views/StartBoundary.tsx";
import { Lab } from "./frame/Lab.tsx";

const root = document.getElementById("root");
if (!root) throw new Error("lab.html has no #root");

createRoot(root).render(
  <StrictMode>
    <StartBoundary>
      <AuthProvider client={startingClient}>
        <Lab />
      </AuthProvider>
    </StartBoundary>
  </StrictMode>,
);
