/** What the lab's ETL, and who breaks what it wrote, write down; a JSON line each. */
export type EtlRecord = {
  /** Ms since the epoch. */
  readonly at: number;
  readonly loadType: string;
  /** The date that it is for. */
  readonly date: string;
} & (
  | {
      readonly event: 'wrote';
      readonly office: string;
      readonly what: 'rows' | 'messages' | 'file';
      readonly count: number;
      /** Of a file. */
      readonly key?: string;
    }
  | { readonly event: 'finished' }
  | { readonly event: 'failed'; readonly why: string }
  /** Everything of the date was taken away again, as if it had not run. */
  | { readonly event: 'cleared' }
  /** A file was taken away. */
  | { readonly event: 'removed'; readonly key: string }
);
