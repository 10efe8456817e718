import * as z from 'zod';
import type { CaptureRef } from '../../core/capture.ts';
import type { Change } from '../../core/change.ts';
import type { Permission } from '../../core/vhost.ts';

const strings = z.array(z.string());
const count = z.int().nonnegative();
const position = z.strictObject({ file: z.string(), offset: count });
const range = z.strictObject({ atLeast: count, atMost: count });

const cdcPlace = z.strictObject({ host: z.string().nullable(), vhost: z.string(), user: z.string() });
const engine = { host: z.string(), endpoint: z.string().nullable() };
const containerState = z.enum(['created', 'running', 'paused', 'restarting', 'exited', 'removing', 'dead', 'unknown']);
const writtenBefore = z.strictObject({ where: z.string(), total: count.nullable() });

const captureRef: z.ZodType<CaptureRef> = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('step'), step: z.string() }),
  z.strictObject({ from: z.literal('id'), id: z.string() }),
]);

const permission: z.ZodType<Permission> = z.strictObject({
  user: z.string(),
  configure: z.string(),
  write: z.string(),
  read: z.string(),
});

/** Shape of every kind of change, as plan files and journals hold them. */
export const changeSchema: z.ZodType<Change> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('capture.write'), vhost: z.string(), ifChanged: z.boolean() }),
  z.strictObject({ kind: z.literal('vhost.start'), vhost: z.string(), nodes: strings }),
  z.strictObject({
    kind: z.literal('broker.reboot'),
    broker: z.string(),
    before: z.record(z.string(), z.string()),
  }),
  z.strictObject({ kind: z.literal('permission.withdraw'), vhost: z.string(), was: permission }),
  z.strictObject({
    kind: z.literal('permission.grant'),
    vhost: z.string(),
    permission,
    topics: z.array(z.strictObject({ exchange: z.string(), write: z.string(), read: z.string() })),
  }),
  z.strictObject({ kind: z.literal('connections.close'), vhost: z.string(), users: strings }),
  z.strictObject({ kind: z.literal('user.hold-off'), vhost: z.string(), user: z.string(), was: count.nullable() }),
  z.strictObject({
    kind: z.literal('user.release'),
    vhost: z.string(),
    user: z.string(),
    maxConnections: count.nullable(),
  }),
  z.strictObject({ kind: z.literal('vhost.delete'), vhost: z.string(), capture: captureRef }),
  z.strictObject({ kind: z.literal('vhost.create'), vhost: z.string(), capture: captureRef }),
  z.strictObject({ kind: z.literal('definitions.import'), vhost: z.string(), capture: captureRef }),
  z.strictObject({ kind: z.literal('canary.round-trip'), vhost: z.string() }),
  z.strictObject({
    kind: z.literal('messages.drain'),
    vhost: z.string(),
    drain: z.string(),
    queues: z.array(
      z.strictObject({
        name: z.string(),
        kind: z.enum(['classic', 'quorum', 'stream']),
        exclusive: z.boolean(),
        messages: count.nullable(),
        bytes: count.nullable(),
        consumers: count,
        deliveryLimit: count.nullable(),
      }),
    ),
    copy: z.boolean(),
    allowConsumers: z.boolean(),
    checkTargets: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('cdc.stop'), clientId: z.string() }),
  z.strictObject({ kind: z.literal('cdc.start'), clientId: z.string(), vhost: z.string() }),
  z.strictObject({
    kind: z.literal('cdc.repoint'),
    clientId: z.string(),
    where: z.string(),
    was: z.string(),
    becomes: z.string(),
    from: cdcPlace,
    to: cdcPlace,
    asked: z.strictObject({ vhost: z.string(), user: z.string().nullable(), host: z.string().nullable() }),
    changed: strings,
    diff: z.array(z.strictObject({ sign: z.enum(['-', '+']), at: count, text: z.string() })),
  }),
  z.strictObject({
    kind: z.literal('maxwell.reset'),
    clientId: z.string(),
    serverId: count,
    was: z
      .strictObject({
        serverId: count,
        clientId: z.string(),
        position: position.nullable(),
        gtidSet: z.string().nullable(),
        lastHeartbeatRead: z.number().nullable(),
      })
      .nullable(),
    to: z.strictObject({ file: z.string(), offset: count, gtidSet: z.string().nullable(), heartbeat: z.number() }),
    expect: z.strictObject({ rows: count, twice: range, never: range }),
    undoes: z.strictObject({ run: z.string(), skips: count }).nullable(),
  }),
  z.strictObject({
    kind: z.literal('reconcile.sign-off'),
    date: z.string(),
    by: z.string(),
    exceptions: count,
    digest: z.string(),
  }),
  z.strictObject({ kind: z.literal('docker.keep'), ...engine }),
  z.strictObject({
    kind: z.literal('docker.restart'),
    ...engine,
    before: z
      .array(
        z.strictObject({
          name: z.string(),
          id: z.string(),
          state: containerState,
          startedAt: z.string().nullable(),
          fate: z.enum([
            'keeps-running',
            'comes-back',
            'may-come-back',
            'stays-down',
            'is-started',
            'vanishes',
            'stays',
            'unknown',
          ]),
        }),
      )
      .nullable(),
  }),
  z.strictObject({
    kind: z.literal('container.remove'),
    ...engine,
    name: z.string(),
    id: z.string(),
    state: containerState,
  }),
  z.strictObject({
    kind: z.literal('component.stop'),
    component: z.string(),
    graceMs: z.number(),
    start: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('component.start'), component: z.string(), before: z.string().nullable() }),
  z.strictObject({ kind: z.literal('component.recreate'), component: z.string() }),
  z.strictObject({
    kind: z.literal('load.start'),
    loadType: z.string(),
    date: z.string(),
    id: z.string(),
    replaces: z.string().nullable(),
    parameters: z.record(z.string(), z.string()),
    offices: strings,
    found: z.enum(['none', 'partial', 'complete', 'unknown']),
    twice: z.string().nullable(),
    was: z.array(writtenBefore),
  }),
  z.strictObject({ kind: z.literal('load.follow'), loadType: z.string(), date: z.string(), id: z.string() }),
  z.strictObject({
    kind: z.literal('load.prove'),
    loadType: z.string(),
    date: z.string(),
    offices: strings,
    was: z.array(writtenBefore),
  }),
  z.strictObject({ kind: z.literal('run.settle'), run: z.string(), target: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal('queue.declare'), vhost: z.string(), queue: z.string() }),
  z.strictObject({
    kind: z.literal('messages.restore'),
    vhost: z.string(),
    drain: captureRef,
    queues: strings.nullable(),
    to: z.enum(['queue', 'exchange', 'death']),
    skipReplayedFrom: z.number().nullable(),
    into: z.string().nullable(),
    unsent: z.boolean(),
    again: count,
  }),
]);
