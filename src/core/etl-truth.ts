/** What the ETL wrote by its own records, for everything that was due. */
export interface EtlTruth {
  readonly loads: readonly {
    readonly loadType: string;
    readonly date: string;
    readonly rows: number;
    readonly files: number;
    /** Local Offices without what they should have, and those that have more of it. */
    readonly missing: readonly string[];
    readonly twice: readonly string[];
  }[];
  /** Both over all of them. */
  readonly missing: number;
  readonly twice: number;
}
