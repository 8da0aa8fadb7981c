import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Mailbox } from "./Mailbox.tsx";

const root = document.getElementById("root");
if (!root) throw new Error("mailbox.html has no #root");

createRoot(root).render(
  <StrictMode>
    <Mailbox />
  </StrictMode>,
);
