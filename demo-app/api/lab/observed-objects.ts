/** What one request has asked of the service's Durable Objects. */
export interface Observer {
  /** Called for each call of an object, before it is made. If it throws, the call fails with that error. */
  asked(binding: string, object: string): void;
}

/** The bindings, with every namespace of Durable Objects replaced by one that reports its calls. */
export function observedObjects<E extends object>(env: E, observer: Observer): E {
  const observed: Record<string, unknown> = {};
  for (const [binding, value] of Object.entries(env))
    observed[binding] = isNamespace(value) ? observedNamespace(value, binding, observer) : value;
  return observed as E;
}

function isNamespace(value: unknown): value is DurableObjectNamespace {
  return typeof value === "object" && value?.constructor.name === "DurableObjectNamespace";
}

/** The Worker recognises a namespace by the name of its constructor, which a proxy passes on. */
function observedNamespace(namespace: DurableObjectNamespace, binding: string, observer: Observer) {
  return new Proxy(namespace, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || key === "constructor") return value;
      return (...parameters: unknown[]) => {
        const made: unknown = value.apply(target, parameters);
        if (key === "jurisdiction") return observedNamespace(made as DurableObjectNamespace, binding, observer);
        if (key === "get" || key === "getByName") return observedStub(made as DurableObjectStub, binding, observer);
        return made;
      };
    },
  });
}

function observedStub(stub: DurableObjectStub, binding: string, observer: Observer) {
  const fetch: DurableObjectStub["fetch"] = async (...parameters) => {
    observer.asked(binding, stub.id.toString());
    return stub.fetch(...parameters);
  };
  return { id: stub.id, fetch };
}
