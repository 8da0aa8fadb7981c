"use client";

import { useEffect, useRef } from "react";
import { start } from "../app.js";

export function Client() {
  const root = useRef(null);
  useEffect(() => start(root.current), []);
  return <main ref={root} />;
}
