import type { Component } from '../../../src/core/component.ts';
import type { DeadlineOutlook } from '../../../src/core/deadline.ts';
import type { LoadStatus } from '../../../src/core/load-status.ts';
import type { LoadType } from '../../../src/core/load-type.ts';
import type { TimetableRow } from '../../../src/core/timetable.ts';
import { atMs } from './moment.ts';
import type { Samples } from './samples.ts';

/** Messages of load types, components and the timetable. */
export function loadSamples(name: string) {
  return {
    'load.logged': [{ loadType: name, date: '2026-03-22', lines: [name, name] }],
    'etl.status': [{ environment: name, date: null, runs: loadStatuses(name) }],
    'schedule.shown': [
      {
        environment: name,
        timetable: {
          atMs,
          sinceMs: atMs - 86_400_000,
          rows: timetableRows(name),
          missed: [
            { loadType: name, atMs, date: '2026-03-22', means: name, coveredBy: null, outlook: outlook(name) },
            {
              loadType: name,
              atMs,
              date: '2026-03-22',
              means: name,
              coveredBy: { loadType: name, atMs },
              outlook: null,
            },
          ],
        },
      },
    ],
    'etl.listed': [{ loadTypes: [loadType(name)] }],
    'etl.explained': [
      {
        loadType: loadType(name),
        component: component(name),
        fedBy: [name],
        atMs,
        row: timetableRows(name)[0] ?? null,
      },
    ],
    'component.explained': [{ component: component(name), neededBy: [name], runs: [name] }],
  } satisfies Partial<Samples>;
}

function outlook(name: string): DeadlineOutlook {
  return { deadline: { atMs, feeds: name }, leftMs: 4_690_000, usualMs: 600_000, is: 'cannot-make-it' };
}

function timetableRows(name: string): readonly TimetableRow[] {
  const row = { loadType: name, meaning: name, cron: '0 2 * * *', zone: 'Europe/London', nextMs: atMs + 9_999_999 };
  return [
    { ...row, example: true, lastMs: atMs - 60_000, lastDate: '2026-03-22', due: true, outlook: outlook(name) },
    {
      ...row,
      example: false,
      cron: null,
      zone: null,
      lastMs: null,
      lastDate: null,
      nextMs: null,
      due: false,
      outlook: { ...outlook(name), is: 'passed' },
    },
  ];
}

function loadType(name: string): LoadType {
  return {
    name,
    aliases: [name],
    meaning: name,
    example: true,
    component: name,
    driver: {
      kind: 'docker-run',
      image: name,
      options: [name],
      args: [{ when: name, words: [name] }],
      host: null,
      docker: null,
    },
    parameters: [{ name: 'deanery', type: 'enum', values: [name], help: name, required: true, default: null }],
    defaultDate: 'today',
    schedule: { cron: '0 2 * * *', zone: 'Europe/London' },
    usualMs: 600_000,
    limitMs: 3_600_000,
    writes: [
      { kind: 'queue', vhost: null, queue: name, atLeast: 1 },
      { kind: 's3', bucket: name, prefix: name, key: name, expect: 'per-office', contiguous: true, minBytes: 1 },
      {
        kind: 'table',
        table: {
          database: name,
          table: name,
          date: name,
          holds: 'date',
          office: name,
          officeIs: {},
          where: { kind: name },
        },
        atLeast: 1,
        offices: 'all',
      },
    ],
    evidenceMs: 60_000,
    feeds: [name],
    closesAt: null,
    missed: { means: name, coveredBy: name, instead: name },
    rerun: { is: 'twice', twice: name, clear: name },
    log: { succeeded: [], failed: [] },
    busy: null,
  };
}

function loadStatuses(name: string): readonly LoadStatus[] {
  const jobs = [
    null,
    { is: 'placed', id: '1', where: name },
    { is: 'running', id: '1', sinceMs: atMs, where: name },
    { is: 'ended', id: '1', exitCode: 1, endedMs: atMs, where: name },
  ] as const;
  return jobs.map((job) => ({
    loadType: name,
    meaning: name,
    date: '2026-03-22',
    scheduledMs: atMs,
    job,
    inProgress: { own: [], others: [name], unknown: null },
    standing: { is: 'partial', words: [name] },
    outlook: outlook(name),
    problems: [name],
  }));
}

function component(name: string): Component {
  return {
    name,
    aliases: [name],
    is: name,
    isNot: [name],
    owner: name,
    host: name,
    control: { kind: 'commands', start: [name], stop: [name], status: [name], logs: [name] },
    recreate: { kind: 'command', command: [name] },
    health: { kind: 'http', url: name, status: 200, body: name, timeoutMs: 1000 },
    log: { started: [name], failed: [name] },
    stopGraceMs: 1,
    startLimitMs: 1,
    dependsOn: [name],
    queues: [name],
  };
}
