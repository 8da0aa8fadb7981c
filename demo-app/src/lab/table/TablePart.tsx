import { useSession } from "latchkey-auth/react";
import { useEffect, useRef, useState } from "react";
import { messageOf } from "../../auth/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { useLab } from "../frame/LabProvider.tsx";
import { LabFailed } from "../measure/lab-service.ts";
import { run } from "../measure/run.ts";
import { tableOf } from "../measure/table.ts";
import { Comparison } from "./Comparison.tsx";
import { download, pictureOf } from "./export.ts";
import { lookForCredentials } from "./script-reach.ts";

/** The comparison table of the articles, with what was measured on this page. */
export function TablePart() {
  const { transport, report, record } = useLab();
  const [doing, setDoing] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const rows = tableOf(report);
  const recording = useRef(record);
  recording.current = record;
  const visitor = useSession()?.user.id ?? "";
  useEffect(() => void lookForCredentials(visitor).then((script) => recording.current({ script })), [visitor]);
  const file = `sessions-or-jwts-${report.measured_at.slice(0, 10)}`;

  async function measure() {
    setError(null);
    setDoing("Starting");
    try {
      await run(transport, {
        ...{ runtime: navigator.userAgent, bound: report.bound, latencyFor: 2000, untilExpiry: false },
        script: await lookForCredentials(visitor),
        onProgress: (next, found) => {
          if (next !== "") setDoing(next);
          record(found);
        },
      });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setDoing(null);
    }
  }

  return (
    <div className="table-part">
      <p className="lab-text">
        The table of the articles, filled in. What “Side by side” has measured is here already; one button measures
        everything, in about half a minute. A credential that still worked at the end of a measurement is shown as such:
        in the column <code>none</code> it works until the token expires.
      </p>
      {error !== null && <Notice tone="error">{error instanceof LabFailed ? error.message : messageOf(error)}</Notice>}
      <div className="button-row">
        <Button look="primary" pending={doing !== null} onClick={() => void measure()}>
          Measure everything
        </Button>
        <Button
          onClick={() =>
            download(`${file}.json`, new Blob([`${JSON.stringify({ ...report, table: rows }, null, 2)}\n`]))
          }
        >
          Export as JSON
        </Button>
        <Button onClick={() => void pictureOf(rows, report).then((picture) => download(`${file}.png`, picture))}>
          Export as a picture
        </Button>
      </div>
      <p className="count" role="status">
        {doing === null ? "" : `Measuring: ${doing}…`}
      </p>
      <Comparison rows={rows} report={report} />
    </div>
  );
}
