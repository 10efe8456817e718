import { Fault } from './core/fault.ts';

/** Ctrl-C, SIGTERM and a closed terminal: the first asks to stop at the next boundary; bin leaves at the second. */
export function stopSignal() {
  const controller = new AbortController();
  const state: { say: (after: string) => void; changing: boolean; work: string } = {
    say: () => undefined,
    changing: false,
    work: 'the change that is under way',
  };
  const onSignal = (): void => {
    if (!controller.signal.aborted && state.changing) state.say(state.work);
    controller.abort(new Fault({ code: 'interrupted', message: 'Interrupted.', exit: 'interrupted' }));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return Object.assign(state, {
    signal: { requested: () => controller.signal.aborted, signal: controller.signal },
    /** Rejects at a signal as long as nothing can have been changed: reading is left at once. */
    beforeChanges: () =>
      new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () => {
          if (!state.changing) reject(controller.signal.reason as Fault);
        });
      }),
    end: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  });
}
