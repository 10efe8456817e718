import type { ReconcileSettings } from '../core/reconcile.ts';
import type { ReconcileFile } from './schema-reconcile.ts';

/** The section with its defaults. `offices` are the environment's Local Offices. */
export function toReconcile(file: ReconcileFile, offices: readonly string[]): ReconcileSettings {
  return {
    recordsPerPost: file.recordsPerPost ?? 40,
    tables: file.tables.map((table) => {
      const [schema = '', name = ''] = table.table.split('.');
      return {
        what: table.what,
        schema,
        table: name,
        id: table.id ?? 'id',
        created: table.created,
        zone: table.zone ?? 'utc',
        office: table.office ?? null,
        duplicates: table.duplicates ?? [],
        file: table.file ?? null,
        post: table.post ?? null,
      };
    }),
    files:
      file.files === undefined
        ? null
        : {
            bucket: file.files.bucket,
            prefix: file.files.prefix,
            name: file.files.name,
            offices: file.files.offices ?? offices,
            sequence: file.files.sequence ?? 'shared',
            lookBackDays: file.files.lookBackDays ?? 7,
          },
  };
}
