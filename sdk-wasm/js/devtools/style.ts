/** The style of the panel. A constructed style sheet, which policies without inline styles allow. */
export const STYLE = `
:host {
  color-scheme: light dark;
  --surface: light-dark(#fff, #141c19);
  --sunken: light-dark(#f1f4f1, #0d1311);
  --line: light-dark(#86918a, #6b7a73);
  --text: light-dark(#14201b, #e5ebe7);
  --soft: light-dark(#52605a, #9caaa3);
  --accent: light-dark(#0f5c4c, #74d3b3);
  --on-accent: light-dark(#fff, #06231a);
  --bad: light-dark(#a6301e, #ff9482);
  display: block;
  color: var(--text);
  font: 13px/1.45 system-ui, sans-serif;
}
:host([data-floating]) {
  position: fixed;
  z-index: 2147483647;
  inset: auto 12px 12px auto;
  width: min(420px, calc(100vw - 24px));
}
* { box-sizing: border-box; margin: 0; padding: 0; }
section, .body { display: grid; gap: 10px; }
section {
  padding: 12px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--surface);
}
:host([data-floating]) section { max-height: calc(100vh - 24px); overflow: auto; box-shadow: 0 8px 24px rgb(0 0 0 / 25%); }
header, .buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
h2 { flex: 1; font-size: 14px; }
ol, ul { list-style: none; }
.states { display: grid; grid-template-columns: repeat(auto-fit, minmax(72px, 1fr)); gap: 6px; }
.states li {
  padding: 6px;
  border: 1px solid var(--line);
  border-radius: 6px;
  color: var(--soft);
  text-align: center;
}
.states li[aria-current] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 6px 12px; }
dt { color: var(--soft); font-size: 12px; }
dd { font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere; }
button, input[readonly] {
  min-height: 28px;
  padding: 3px 10px;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--sunken);
  color: inherit;
  font: inherit;
}
button { cursor: pointer; }
button[aria-disabled] { color: var(--soft); cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
label { display: grid; gap: 2px; color: var(--soft); font-size: 12px; }
input { width: 100%; accent-color: var(--accent); }
.steps { max-height: 220px; overflow: auto; padding: 4px; border-radius: 6px; background: var(--sunken); }
.steps li { display: grid; grid-template-columns: minmax(64px, max-content) 1fr; gap: 8px; padding: 2px 4px; border-radius: 4px; overflow-wrap: anywhere; }
.steps time { white-space: nowrap; color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; }
.steps li[aria-current] { outline: 2px solid var(--accent); outline-offset: -2px; }
[hidden] { display: none !important; }
`;
