import * as z from 'zod';
import type { JsonObject } from '../core/json.ts';
import { configSchema } from './schema.ts';

/** JSON Schema of the configuration file, for editors (`esr-ops config schema`). */
export function configJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return { ...(JSON.parse(JSON.stringify(schema)) as JsonObject), title: 'esr-ops configuration' };
}
