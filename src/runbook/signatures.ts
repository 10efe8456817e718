import { z } from 'zod';
import { parseDocument, LineCounter } from 'yaml';
import { Fault, type Problem } from '../core/fault.ts';
import type { Signature } from '../core/signature.ts';

const words = z.string().trim().min(1);

const expression = words.superRefine((source, context) => {
  try {
    if (new RegExp(source, 'i').test('')) context.addIssue({ code: 'custom', message: 'matches every line' });
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no regular expression' });
  }
});

const signature = z
  .strictObject({
    id: words.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words with hyphens'),
    title: words,
    matches: z.array(expression).min(1),
    whole: expression.optional(),
    missing: words.optional(),
    from: words.optional(),
    meanings: z
      .array(
        z.strictObject({
          means: words,
          says: expression.optional(),
          look: words,
          found: z
            .array(words.regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be the code of a finding, such as vhost.down'))
            .optional(),
        }),
      )
      .min(1),
  })
  .superRefine(({ whole, missing, from }, context) => {
    if ((whole === undefined) !== (missing === undefined) || (whole === undefined) !== (from === undefined))
      context.addIssue({ code: 'custom', message: '`whole`, `missing` and `from` belong together' });
  });

const file = z.strictObject({ version: z.literal(1), signatures: z.array(signature).min(1) });

/**
 * The signatures of a file, checked: shape, regular expressions, ids that are used once. All faults of the file are
 * thrown together, each with its line.
 */
export function readSignatures(path: string, text: string): readonly Signature[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const fault = (message: string, at: readonly PropertyKey[] = []): Problem => {
    const node = at.length === 0 ? null : document.getIn(at.map(String), true);
    const range = (node as { range?: readonly [number, number, number] } | null | undefined)?.range;
    const place = range === undefined ? '' : `:${lines.linePos(range[0]).line}`;
    return { code: 'signatures.invalid', message, where: `${path}${place}`, exit: 'usage' };
  };
  const broken = document.errors.map((error) => fault(`It is not YAML: ${error.message.split('\n')[0] ?? ''}`));
  throwAll(broken);
  const parsed = file.safeParse(document.toJS());
  if (!parsed.success)
    throw faultOf(
      parsed.error.issues.map(({ path: at, message }) => fault(`${at.map(String).join('.')}: ${message}`, at)),
    );
  const seen = new Set<string>();
  const twice = parsed.data.signatures.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [fault(`The id ${id} is used twice.`, ['signatures', index, 'id'])];
  });
  throwAll(twice);
  return parsed.data.signatures.map((one) => {
    const [first, ...others] = one.meanings.map(({ means, says, look, found }) => ({
      means,
      says: says ?? null,
      look,
      found: found ?? [],
    }));
    if (first === undefined) throw faultOf([fault(`${one.id} has no meaning.`)]);
    return {
      id: one.id,
      title: one.title,
      matches: one.matches,
      whole: one.whole ?? null,
      missing: one.missing ?? '',
      from: one.from ?? '',
      meanings: [first, ...others],
    };
  });
}

function throwAll(problems: readonly Problem[]): void {
  if (problems.length > 0) throw faultOf(problems);
}

function faultOf([first, ...others]: readonly Problem[]): Fault {
  if (first === undefined) throw new Error('a fault without a problem');
  return new Fault(first, ...others);
}
