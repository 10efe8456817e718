import * as z from 'zod';
import { nothing, type Action, type ActionContext, type Decision } from '../core/action.ts';
import type { Capture, CaptureVerdict } from '../core/capture.ts';
import type { Change } from '../core/change.ts';
import type { Blocker } from '../core/plan.ts';
import type { VhostSnapshot } from '../core/vhost.ts';
import { judgeCapture } from '../core/verdict.ts';
import { chooseCapture, stepMarker, type CaptureChoice } from './capture-choice.ts';
import { lastGood } from '../core/last-good.ts';
import { foreigners } from './foreigners.ts';
import { compareSnapshots } from '../core/definitions.ts';
import { expectedVhost } from '../core/expected.ts';
import { unfinishedRecreation } from '../core/unfinished.ts';
import { notesOf, neighbourNotes, unknowns } from './vhost-recreate-notes.ts';

const schema = z.object({
  vhost: z.string(),
  capture: stepMarker.nullish(),
  baseline: z.string().nullish(),
  'accept-missing': z.array(z.string()).nullish(),
  foreign: z.array(z.string()).nullish(),
});

type Args = z.infer<typeof schema>;

/**
 * Deletes the vhost and creates it again from a capture, as one guarded operation: nothing is deleted without a
 * verified capture that is complete (or whose gaps were acknowledged one by one), nobody else gets in before the
 * re-export has been compared, and people and queues that don't belong there must be named first.
 */
export const vhostRecreate: Action<Args> = {
  verb: 'vhost.recreate',
  help: 'delete the vhost, create it from a verified capture, re-export and compare',
  args: { vhost: 'string', capture: 'step?', baseline: 'string?', 'accept-missing': 'strings?', foreign: 'strings?' },
  affects: ['vhost.'],
  reads: ['vhost.state'],
  settles: 'plan',
  outputs: {},
  schema,
  plan: async (args, context) => {
    const { vhost } = args;
    const { rabbit } = context.readers;
    const status = await rabbit.status(vhost);
    const present = status.state !== 'absent';
    const choice = await chooseCapture(
      vhost,
      { baseline: args.baseline ?? null, step: args.capture ?? null, secrets: 'with' },
      context,
    );
    if (choice === null)
      return blocked([
        {
          code: 'capture.none',
          message: `There is no capture of vhost ${vhost} to create it from.`,
          items: [],
          remedies: [],
        },
      ]);
    // What this run captured was read moments ago; reading it all again would only make the outage longer.
    const captured = choice.capture !== null && choice.ref.from === 'step';
    const fresh = present && !captured ? await rabbit.snapshot(vhost) : null;
    const blockers = [
      ...(present && (await rabbit.deletionProtected(vhost)) ? [protectedVhost(vhost)] : []),
      ...(await missingItems(args, choice, fresh, context)),
      ...newerItems(args, choice, fresh),
      ...(status.state === 'running' ? await madeMeanwhile(args, choice, context) : []),
      ...(present ? await strangers(args, choice, fresh, context) : []),
      ...leftOutSecrets(args, choice.capture),
    ];
    const changes: Change[] = [
      ...(present ? [{ kind: 'vhost.delete' as const, vhost, capture: choice.ref }] : []),
      { kind: 'vhost.create', vhost, capture: choice.ref },
      { kind: 'definitions.import', vhost, capture: choice.ref },
    ];
    return {
      ...nothing,
      changes,
      blockers,
      notes: [...notesOf(choice, fresh), ...neighbourNotes(choice, fresh, context)],
      unknown: unknowns(fresh),
    };
  },
};

function blocked(blockers: readonly Blocker[]): Decision {
  return { ...nothing, blockers };
}

function protectedVhost(vhost: string): Blocker {
  return {
    code: 'vhost.protected',
    message: `Vhost ${vhost} has deletion protection: the broker would refuse to delete it. Lift it on the broker first.`,
    items: [],
    remedies: [],
  };
}

/** What the vhost would lack afterwards: each item must be in a better capture or be accepted by name. */
async function missingItems(
  args: Args,
  choice: CaptureChoice,
  fresh: VhostSnapshot | null,
  context: ActionContext,
): Promise<readonly Blocker[]> {
  const good = await lastGood(context.readers.captures, args.vhost);
  const unfinished = unfinishedRecreation(await context.readers.runs.list(), args.vhost) !== null;
  const verdict = verdictOf(choice, fresh, { good, unfinished }, context);
  if (verdict === null || verdict.is === 'complete') return [];
  const missing = verdict.missing.filter((item) => !(args['accept-missing'] ?? []).includes(item));
  if (missing.length === 0) return [];
  const better =
    good === null
      ? []
      : [
          {
            flag: '--baseline',
            input: 'baseline',
            value: good.manifest.id,
            label: `use the good capture ${good.manifest.id} of ${good.manifest.takenAt}`,
          },
        ];
  return [
    {
      code: 'capture.poorer',
      message: `Vhost ${args.vhost} can't be recreated from this capture, which lacks ${missing.length} item(s): ${verdict.because}.`,
      items: missing,
      remedies: [
        ...better,
        {
          flag: '--accept-missing',
          input: 'accept-missing',
          value: missing,
          label: `give up these ${missing.length} item(s) for good`,
        },
      ],
    },
  ];
}

/** What was made after the chosen capture was taken and is there now: recreating from that capture would lose it. */
function newerItems(args: Args, choice: CaptureChoice, fresh: VhostSnapshot | null): readonly Blocker[] {
  if (fresh === null || choice.capture === null || choice.ref.from !== 'id') return [];
  const newer = compareSnapshots(choice.capture.snapshot, fresh)
    .filter((difference) => difference.is !== 'missing')
    .map((difference) => `${difference.kind} ${difference.name}`)
    .filter((item) => !(args['accept-missing'] ?? []).includes(item));
  if (newer.length === 0) return [];
  return [
    {
      code: 'capture.older',
      message: `Capture ${choice.capture.manifest.id} is older than ${newer.length} item(s) that vhost ${args.vhost} has now, and recreating from it would lose or change them.`,
      items: newer,
      remedies: [
        {
          flag: '--accept-missing',
          input: 'accept-missing',
          value: newer,
          label: 'they may be as the capture has them',
        },
      ],
    },
  ];
}

/** What somebody declared between this run's capture and its fence: nobody can any more, and it would be lost. */
async function madeMeanwhile(args: Args, choice: CaptureChoice, context: ActionContext): Promise<readonly Blocker[]> {
  if (choice.ref.from !== 'step' || choice.capture === null) return [];
  const { snapshot } = choice.capture;
  const now = { ...snapshot, definitions: await context.readers.rabbit.definitions(args.vhost) };
  const items = compareSnapshots(snapshot, now)
    .filter((difference) => difference.is !== 'missing')
    .map((difference) => `${difference.kind} ${difference.name}`)
    .filter((item) => !(args['accept-missing'] ?? []).includes(item));
  if (items.length === 0) return [];
  return [
    {
      code: 'capture.gap',
      message: `${items.length} item(s) were declared or changed after the capture was taken and before everybody was out; they would be lost. Acknowledge this run and start again: the next capture has them.`,
      items,
      remedies: [],
    },
  ];
}

function verdictOf(
  choice: CaptureChoice,
  fresh: VhostSnapshot | null,
  { good, unfinished }: { readonly good: Capture | null; readonly unfinished: boolean },
  context: ActionContext,
): CaptureVerdict | null {
  if (choice.capture !== null) return choice.capture.manifest.verdict;
  if (fresh === null) return null;
  const expected = expectedVhost(context.environment);
  return judgeCapture({ fresh, lastGood: good?.snapshot ?? null, expected, unfinished });
}

async function strangers(
  args: Args,
  choice: CaptureChoice,
  fresh: VhostSnapshot | null,
  context: ActionContext,
): Promise<readonly Blocker[]> {
  const snapshot = choice.capture?.snapshot ?? fresh;
  if (snapshot === null) return [];
  const me = (await context.readers.rabbit.whoami()).name;
  const expected = expectedVhost(context.environment);
  const named = [...(args.foreign ?? []), ...expected.neighbours];
  const found = foreigners(snapshot, expected, me).filter((item) => !named.includes(item));
  if (found.length === 0) return [];
  return [
    {
      code: 'vhost.foreign',
      message: `Vhost ${args.vhost} has ${found.length} item(s) in it that do not belong to this environment, and recreating it interrupts or empties them too. Ask their owners, then name each.`,
      items: found,
      remedies: [{ flag: '--foreign', input: 'foreign', value: found, label: 'their owners know: go on' }],
    },
  ];
}

function leftOutSecrets(args: Args, capture: Capture | null): readonly Blocker[] {
  if (capture?.manifest.secrets.kept !== 'omitted') return [];
  const items = capture.manifest.secrets.items.filter((item) => !(args['accept-missing'] ?? []).includes(item));
  if (items.length === 0) return [];
  return [
    {
      code: 'capture.secrets-omitted',
      message:
        'The capture was taken without the passwords inside these parameters (capture.secrets: omit), so they would have to be entered again by hand.',
      items,
      remedies: [{ flag: '--accept-missing', input: 'accept-missing', value: items, label: 'I can enter them again' }],
    },
  ];
}
