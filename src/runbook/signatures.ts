import * as z from 'zod';
import { Fault } from '../core/fault.ts';
import type { Signature } from '../core/signature.ts';
import { checkedYaml, throwAll, usedTwice } from './checked-yaml.ts';

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
  const { data, fault } = checkedYaml(path, text, file, 'signatures.invalid');
  throwAll(
    usedTwice(
      data.signatures.map(({ id }) => id),
      'id',
      'signatures',
      fault,
    ),
  );
  return data.signatures.map((one) => {
    const [first, ...others] = one.meanings.map(({ means, says, look, found }) => ({
      means,
      says: says ?? null,
      look,
      found: found ?? [],
    }));
    if (first === undefined) throw new Fault(fault(`${one.id} has no meaning.`));
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
