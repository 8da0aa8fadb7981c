// In the page: takes the turns that main.ts asks for.
import { CANDIDATES, type Candidate, type CandidateName } from "./candidates.ts";

const started = new Map<CandidateName, Candidate>();

function of(name: CandidateName): Candidate {
  const candidate = started.get(name);
  if (!candidate) throw new Error(`${name} hasn't been started`);
  return candidate;
}

async function ok(response: Response): Promise<Response> {
  if (response.status !== 200) throw new Error(`${response.url} answered ${response.status}`);
  return response;
}

const blob = new Blob([new Uint8Array(10_000_000)]);

export const bench = {
  /** Gives the milliseconds that it took. */
  async start(name: CandidateName): Promise<number> {
    const candidate = await CANDIDATES[name]();
    started.set(name, candidate);
    return candidate.ready;
  },
  /** Milliseconds of one small call, one after the other; the answer is read. */
  async small(name: CandidateName, count: number): Promise<number> {
    const { call } = of(name);
    const began = performance.now();
    for (let i = 0; i < count; i++) await (await ok(await call("/api/small"))).text();
    return (performance.now() - began) / count;
  },
  /** Milliseconds of one download of 10 MB. */
  async download(name: CandidateName): Promise<number> {
    const { call } = of(name);
    const began = performance.now();
    const { byteLength } = await (await ok(await call("/api/big"))).arrayBuffer();
    if (byteLength !== blob.size) throw new Error(`${byteLength} bytes came`);
    return performance.now() - began;
  },
  /** Milliseconds of one upload of 10 MB. */
  async upload(name: CandidateName): Promise<number> {
    const { call } = of(name);
    const began = performance.now();
    const { bytes } = await (await ok(await call("/api/upload", { method: "POST", body: blob }))).json();
    if (bytes !== blob.size) throw new Error(`${bytes} bytes arrived`);
    return performance.now() - began;
  },
  /** Small calls, all at once. Gives how many were answered, and in how many milliseconds. */
  async atOnce(name: CandidateName, count: number): Promise<{ answered: number; ms: number }> {
    const { call } = of(name);
    const began = performance.now();
    const all = await Promise.allSettled(
      Array.from({ length: count }, async () => (await ok(await call("/api/small"))).text()),
    );
    return { answered: all.filter(({ status }) => status === "fulfilled").length, ms: performance.now() - began };
  },
  /** Bytes of this page and its workers, after their garbage has been collected. */
  async memory(): Promise<number> {
    const measure = performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
    return (await measure.measureUserAgentSpecificMemory()).bytes;
  },
};

export type Bench = typeof bench;
Object.assign(window, { bench });
