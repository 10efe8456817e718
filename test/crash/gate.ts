import type { Scene } from './scene.ts';

/** Holds the first request that fits, and lets everything else pass. */
export interface Gate {
  /** The request is there and is held. */
  readonly arrived: Promise<void>;
  /** Lets it through, and all that follow. */
  open(): void;
}

/** Closes a scene's way to the broker for the first request with this method and beginning of the path. */
export function gateAt({ proxy }: Scene, method: string, path: string): Gate {
  const arrived = signal();
  const opened = signal();
  let held = false;
  proxy.intercept(async (request) => {
    if (held || request.method !== method || !request.path.startsWith(path)) return undefined;
    held = true;
    arrived.give();
    await opened.given;
    return undefined;
  });
  return {
    arrived: arrived.given,
    open: opened.give,
  };
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}
