import type { ReactNode } from "react";

interface NoticeProps {
  tone: "info" | "error";
  children: ReactNode;
  "data-testid"?: string;
}

/** A message that is read out as it appears: at once if it is an error, in its turn if not. */
export function Notice({ tone, ...rest }: NoticeProps) {
  return <div {...rest} className={`notice notice-${tone}`} role={tone === "error" ? "alert" : "status"} />;
}
