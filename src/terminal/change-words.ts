/** A change in words: what it does, why that is safe, how it is undone. Names are raw; whoever prints makes them visible. */
export interface ChangeWords {
  /** In the infinitive, so that it fits "would …" and "will …". */
  readonly does: string;
  readonly safe: string;
  readonly undo: string;
}
