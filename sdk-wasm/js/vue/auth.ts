import {
  type ComputedRef,
  computed,
  getCurrentInstance,
  type InjectionKey,
  inject,
  onMounted,
  type Plugin,
  shallowRef,
} from "vue";
import {
  type AdapterOptions,
  type AuthSnapshot,
  type ClientSource,
  type Connection,
  connect,
  MEMBERS,
} from "../adapter/connection.js";
import type { LateActions } from "../adapter/late-actions.js";
import type { InitialSession, Session } from "../types.js";

export type { AdapterOptions, AuthSnapshot, ClientSource } from "../adapter/connection.js";

/** What {@link useAuth} gives: the snapshot's members as refs, and what the client can be asked to do. */
export type Auth = LateActions & { readonly [Name in keyof AuthSnapshot]: ComputedRef<AuthSnapshot[Name]> };

/** What the plugin provides. */
interface Provided {
  readonly connection: Connection;
  /** Starts the client when it is time, and gives what {@link useAuth} returns. */
  use(): Auth;
}

const KEY: InjectionKey<Provided> = Symbol();

/** The plugin for `app.use`. A server that renders pages needs one for each request. */
export function createAuth(source: ClientSource, options?: AdapterOptions): Plugin<[]> {
  return {
    install(app) {
      const connection = connect(source, options?.initialSession);
      // Until it is begun, everything is as a server renders it; so what is hydrated matches.
      const read = shallowRef(() => connection.initial);
      // A function of its own each time: that it is another one is what tells of the change.
      const update = () => {
        read.value = () => connection.read();
      };
      let begin = () => {
        app.onUnmount(connection.subscribe(update));
        begin = update;
        update();
      };
      const auth: Record<keyof Auth, unknown> = { ...connection.initial };
      for (const name of MEMBERS) auth[name] = computed(() => read.value()[name]);
      app.provide(KEY, {
        connection,
        use() {
          if (getCurrentInstance()) onMounted(() => begin());
          else begin();
          return auth as Auth;
        },
      });
    },
  };
}

/**
 * What the client says, as refs, and what it can be asked to do. The client starts when the first component that calls
 * this is mounted; on a server, and until then, `status` is `loading`. If the client can't be made, reading a ref
 * throws why, for `onErrorCaptured`.
 */
export function useAuth(): Auth {
  return useProvided().use();
}

/** @internal */
export function useProvided(): Provided {
  const provided = inject(KEY, null);
  if (!provided) throw new Error("app.use(createAuth()) is missing.");
  return provided;
}

/** The session, or `null`: also while it isn't known yet. */
export function useSession(): ComputedRef<Session | InitialSession | null> {
  return useAuth().session;
}
