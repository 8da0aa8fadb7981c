// The Worker's entry point. What a request may do is decided in Rust; what would cost a crossing between WebAssembly
// and JavaScript for every header is done here: copying headers, asking the upstream, and changing the response's
// headers.
//
// A request that may be forwarded needs one call into Rust if everything that decides is there, and one more if the
// signature of its token must be checked. While the upstream works on it, nothing of it is in WebAssembly, so that a
// panic there can't affect it.
import { env as environment } from "cloudflare:workers";
import * as rust from "#rust";
import { type Checked, Plan } from "./plan.ts";
import { forward, lost, withHeaders } from "./proxy.ts";
import { guarded, InstanceEnded, instance, repair, revive, whileAlive } from "./recovery.ts";
import { type Env, type Settings, settings } from "./settings.ts";

export * from "./objects.ts";

// Before the first request, so that a mistake in the configuration is seen when the Worker starts.
guarded(() => rust.reportConfiguration(environment));

export default {
  fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    const plan = new Plan(request.headers.get("origin"));
    const known = guarded(() => settings(env));
    if (!known) return Promise.resolve(lost(env, plan));
    const head = headOf(request, known);
    if (guarded(() => rust.admit(head, Date.now(), plan))) return forward(request, env, plan);
    const { genuine } = plan;
    return genuine ? settle(genuine, request, env, context, head, plan) : consider(request, env, context, head, plan);
  },
};

/** What decides about most requests: a line each for the method, the URL, and the names and values of headers. */
function headOf({ method, url, headers }: Request, { alwaysRead, readWithApiKey, apiKey }: Settings): string {
  let head = `${method}\n${url}`;
  for (const name of alwaysRead) {
    const value = headers.get(name);
    if (value === null) continue;
    head += `\n${name}\n${value}`;
    // The form of the header is checked in Rust.
    if (value.startsWith(apiKey, "Bearer ".length))
      for (const more of readWithApiKey) {
        const also = headers.get(more);
        if (also !== null) head += `\n${more}\n${also}`;
      }
  }
  if (method !== "OPTIONS") return head;
  const asked = headers.get("access-control-request-method");
  return asked === null ? head : `${head}\naccess-control-request-method\n${asked}`;
}

/** When the signature has been checked. */
async function settle(
  genuine: Promise<boolean>,
  request: Request,
  env: Env,
  context: unknown,
  head: string,
  plan: Plan,
): Promise<Response> {
  try {
    const verdict = await genuine;
    const admitted = guarded(() => {
      const number = numberOf(plan.checked);
      return number !== undefined && rust.settle(number, verdict, Date.now(), plan);
    });
    if (admitted) return await forward(request, env, plan);
  } catch (error) {
    // The platform could not check it. It is checked again, where a fault is answered as one.
    console.error("signature", error);
  }
  return consider(request, env, context, head, new Plan(plan.origin), plan.checked);
}

const numberOf = (checked?: Checked) => (checked?.instance === instance ? checked.number : undefined);

/** Any request. A panic in {@link guarded} is seen here again, and reported to the caller. */
async function consider(
  request: Request,
  env: Env,
  context: unknown,
  head: string,
  plan: Plan,
  checked?: Checked,
  again = true,
): Promise<Response> {
  try {
    revive();
    const filling = rust.answer(request, head, env, context, plan, numberOf(checked));
    if (filling) await whileAlive(filling);
    return plan.own ? withHeaders(plan.own, env, plan) : await forward(request, env, plan);
  } catch (error) {
    // Another request's panic ended this one's instance. Nothing was done for this request that can't be done twice,
    // unless its body was read.
    if (error instanceof InstanceEnded && again && !request.bodyUsed)
      return consider(request, env, context, head, new Plan(plan.origin), undefined, false);
    repair(error);
  }
  return lost(env, plan);
}
