import type { Report } from "../measure/run.ts";
import type { Row } from "../measure/table.ts";

/** Saves a file on the visitor's machine. */
export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(content);
  link.click();
  URL.revokeObjectURL(link.href);
}

const WIDTH = 1600;
const MARGIN = 40;
const LINE = 22;
const FONT = "15px system-ui, sans-serif";
/** The widths of the five columns. */
const WIDTHS = [190, 230, 370, 230, 500] as const;

/** The table as a picture, always light, so that it can be put into a document. */
export async function pictureOf(rows: readonly Row[], report: Report): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no pictures");
  context.font = FONT;
  const lines = [
    ["", "Sessions, as articles say", "Measured", "JWTs, as articles say", "Measured"],
    ...rows.map(({ dimension, session, jwt }) => [
      dimension,
      session.says,
      session.figures.map(({ of, value }) => `${of}: ${value ?? "not measured"}`).join("\n"),
      jwt.says,
      jwt.figures.map(({ of, value }) => `${of}: ${value ?? "not measured"}`).join("\n"),
    ]),
  ].map((cells) => cells.map((cell, at) => wrapped(context, cell, (WIDTHS[at] ?? 0) - 20)));
  const heights = lines.map((cells) => Math.max(...cells.map((cell) => cell.length)) * LINE + 16);
  canvas.width = WIDTH;
  canvas.height = heights.reduce((sum, height) => sum + height, MARGIN * 2 + 90);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "top";
  context.fillStyle = "#14201b";
  context.font = "600 28px system-ui, sans-serif";
  context.fillText("Sessions or JWTs? Measured with Latchkey", MARGIN, MARGIN);
  context.font = FONT;
  context.fillStyle = "#52605a";
  const life = report.token_life === undefined ? "" : `; an access token lives ${report.token_life} s`;
  context.fillText(
    `${report.measured_at}, on one machine${life}. ${report.runtime}`,
    MARGIN,
    MARGIN + 44,
    WIDTH - 2 * MARGIN,
  );
  let top = MARGIN + 80;
  for (const [number, cells] of lines.entries()) {
    const height = heights[number] ?? 0;
    context.fillStyle = number === 0 ? "#0f5c4c" : number % 2 === 0 ? "#f3f5f2" : "#ffffff";
    context.fillRect(MARGIN, top, WIDTH - 2 * MARGIN, height);
    let left = MARGIN + 10;
    for (const [at, cell] of cells.entries()) {
      context.fillStyle = number === 0 ? "#ffffff" : at === 1 || at === 3 ? "#52605a" : "#14201b";
      context.font = at === 0 || number === 0 ? `600 ${FONT}` : FONT;
      for (const [line, text] of cell.entries()) context.fillText(text, left, top + 8 + line * LINE);
      left += WIDTHS[at] ?? 0;
    }
    top += height;
  }
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png"),
  );
}

/** A cell's text as lines that fit. */
function wrapped(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines = [""];
    for (const word of paragraph.split(" ")) {
      const line = lines.at(-1) ?? "";
      const longer = line === "" ? word : `${line} ${word}`;
      if (context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}
