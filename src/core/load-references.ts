import { didYouMean } from './closest.ts';
import type { Environment } from './environment.ts';
import type { Json } from './json.ts';
import type { LoadType } from './load-type.ts';
import { placeholdersOf } from './load-template.ts';

/** Something of the configuration that can't be meant as it is. */
export interface LoadFinding {
  /** Path in the environment's section: `loadTypes.x.feeds`. */
  readonly where: string;
  readonly found: string;
  readonly next: string;
}

type Loads = Pick<Environment, 'components' | 'loadTypes' | 'localOffices'>;

/** Names that nothing has: of components, load types, Local Offices, parameters; and names that two things go by. */
export function referenceFindings({ components, loadTypes, localOffices }: Loads): readonly LoadFinding[] {
  const componentNames = components.map(({ name }) => name);
  const loadNames = loadTypes.map(({ name }) => name);
  const unknown = (where: string, what: string, name: string, known: readonly string[]): readonly LoadFinding[] =>
    known.includes(name)
      ? []
      : [
          {
            where,
            found: `there is no ${what} ${name}.${didYouMean(name, known)}`,
            next: known.length === 0 ? `add ${name}, or correct the name` : `one of ${known.join(', ')}`,
          },
        ];
  return [
    ...components.flatMap(({ name, dependsOn }) =>
      dependsOn.flatMap((other) => unknown(`components.${name}.dependsOn`, 'component', other, componentNames)),
    ),
    ...loadTypes.flatMap((load) => {
      const at = `loadTypes.${load.name}`;
      const { coveredBy } = load.missed;
      return [
        ...unknown(`${at}.component`, 'component', load.component, componentNames),
        ...load.feeds.flatMap((other) => unknown(`${at}.feeds`, 'load type', other, loadNames)),
        ...(coveredBy === null ? [] : unknown(`${at}.missed.coveredBy`, 'load type', coveredBy, loadNames)),
        ...officesOf(load).flatMap((office) => unknown(`${at}.writes`, 'Local Office', office, localOffices)),
        ...templateFindings(load, at),
      ];
    }),
    ...sharedNames([...components, ...loadTypes]),
  ];
}

function officesOf({ writes }: LoadType): readonly string[] {
  return writes.flatMap((write) => (write.kind === 'table' ? Object.keys(write.table.officeIs) : []));
}

function templateFindings(load: LoadType, at: string): readonly LoadFinding[] {
  const parameters = load.parameters.map(({ name }) => name);
  const { driver } = load;
  const office = driver.kind === 'publish' && driver.perOffice ? ['office'] : [];
  const known = ['date', 'loadType', ...parameters, ...office];
  const inKey = ['date', 'office', 'seq', 'loadType'];
  const check = (where: string, template: string, names: readonly string[]): readonly LoadFinding[] =>
    placeholdersOf(template)
      .filter(({ name }) => !names.includes(name))
      .map(({ name }) => ({
        where,
        found: `\${${name}} is nothing that is known here.${didYouMean(name, names)}`,
        next: `known are ${names.map((one) => `\${${one}}`).join(', ')}`,
      }));
  const words = 'args' in driver ? driver.args : [];
  return [
    ...words.flatMap(({ when }) =>
      when === null || parameters.includes(when)
        ? []
        : [
            {
              where: `${at}.run.args`,
              found: `there is no parameter ${when}.${didYouMean(when, parameters)}`,
              next: `add it to ${at}.parameters`,
            },
          ],
    ),
    ...runTemplates(load).flatMap((template) => check(`${at}.run`, template, known)),
    ...load.writes.flatMap((write) =>
      write.kind === 's3'
        ? [...check(`${at}.writes`, write.prefix, ['date', 'loadType']), ...check(`${at}.writes`, write.key, inKey)]
        : [],
    ),
  ];
}

/** Every template of how it is run. */
function runTemplates({ driver }: LoadType): readonly string[] {
  switch (driver.kind) {
    case 'docker-run':
      return [driver.image, ...driver.options, ...driver.args.flatMap(({ words }) => words)];
    case 'argv':
      return driver.args.flatMap(({ words }) => words);
    case 'docker-start':
      return [];
    case 'publish':
      return [driver.routingKey, ...Object.values(driver.headers), ...textsOf(driver.body)];
    default:
      return driver satisfies never;
  }
}

function textsOf(body: Json): readonly string[] {
  if (typeof body === 'string') return [body];
  if (typeof body !== 'object' || body === null) return [];
  return Object.values(body).flatMap((one) => textsOf(one));
}

function sharedNames(
  all: readonly { readonly name: string; readonly aliases: readonly string[] }[],
): readonly LoadFinding[] {
  const owners = new Map<string, string[]>();
  for (const { name, aliases } of all)
    for (const one of new Set([name, ...aliases].map((text) => text.toLowerCase())))
      owners.set(one, [...(owners.get(one) ?? []), name]);
  return [...owners].flatMap(([name, [first = '', ...others]]) =>
    others.length === 0
      ? []
      : [
          {
            where: 'aliases',
            found: `${name} is what ${[first, ...others].join(' and ')} are called: explain can't tell which is meant`,
            next: 'leave the alias with one of them',
          },
        ],
  );
}
