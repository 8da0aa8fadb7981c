"use client";

import { createClient } from "latchkey-auth";
import { AuthProvider } from "latchkey-auth/react";

const client = () => createClient({ service: location.origin });

export function Auth({ initialSession, children }) {
  return (
    <AuthProvider client={client} initialSession={initialSession}>
      {children}
    </AuthProvider>
  );
}
