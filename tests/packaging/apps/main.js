import { start } from "./app.js";

start(document.body);
