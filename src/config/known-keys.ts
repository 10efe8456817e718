import * as z from 'zod';

/** Keys that the schema knows at a path of the file, for "did you mean". Empty where any key goes. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const here = unwrapped(schema);
  if (here instanceof z.ZodUnion) return here.options.flatMap((option) => knownKeys(option, path));
  const [next, ...rest] = path;
  if (here instanceof z.ZodObject) {
    const shape = here.shape as Readonly<Record<string, z.core.$ZodType>>;
    if (next === undefined) return Object.keys(shape);
    const inner = shape[String(next)];
    return inner === undefined ? [] : knownKeys(inner, rest);
  }
  if (next === undefined) return [];
  if (here instanceof z.ZodRecord) return knownKeys(here.valueType, rest);
  return here instanceof z.ZodArray ? knownKeys(here.element, rest) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}
