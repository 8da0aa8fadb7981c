// A document for node:test: `node --import ./jsdom.mjs --test`.
import { JSDOM } from "jsdom";
import { provide } from "./provide.mjs";

provide(new JSDOM("", { url: "https://app.example.com/", pretendToBeVisual: true }).window);
