import { closest } from './closest.ts';
import type { Component } from './component.ts';
import type { LoadType } from './load-type.ts';

/** Something of the configuration that people call by name. */
export type Named =
  | { readonly kind: 'component'; readonly component: Component }
  | { readonly kind: 'load-type'; readonly loadType: LoadType };

/** What a name means: one thing, or the candidates that it may mean (none, one near miss, or several). */
export type NameMeaning =
  | { readonly is: 'found'; readonly named: Named }
  | { readonly is: 'ambiguous' | 'unknown'; readonly candidates: readonly Named[] };

/**
 * Finds a component or a load type by its name, else by an alias, without regard to case. A name that several go by is
 * ambiguous; one that nothing goes by comes with those that contain it or are near to it.
 */
export function findNamed(
  word: string,
  { components, loadTypes }: { readonly components: readonly Component[]; readonly loadTypes: readonly LoadType[] },
): NameMeaning {
  const all: readonly Named[] = [
    ...components.map((component) => ({ kind: 'component' as const, component })),
    ...loadTypes.map((loadType) => ({ kind: 'load-type' as const, loadType })),
  ];
  const wanted = plain(word);
  const named = all.filter((one) => plain(nameOf(one)) === wanted);
  const called =
    named.length > 0 ? named : all.filter((one) => aliasesOf(one).some((alias) => plain(alias) === wanted));
  const [only, ...others] = called;
  if (only !== undefined && others.length === 0) return { is: 'found', named: only };
  if (only !== undefined) return { is: 'ambiguous', candidates: called };
  const near = all.filter((one) => {
    const names = [nameOf(one), ...aliasesOf(one)].map(plain);
    return names.some((name) => wanted.length > 1 && name.includes(wanted)) || closest(wanted, names) !== null;
  });
  return { is: 'unknown', candidates: near };
}

/** Its name in the configuration. */
export function nameOf(named: Named): string {
  return named.kind === 'component' ? named.component.name : named.loadType.name;
}

/** One sentence: what it is. */
export function sentenceOf(named: Named): string {
  return named.kind === 'component' ? named.component.is : named.loadType.meaning;
}

function aliasesOf(named: Named): readonly string[] {
  return named.kind === 'component' ? named.component.aliases : named.loadType.aliases;
}

/** Case, and the spaces, dashes and underscores that people mix up, don't matter. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '-');
}
